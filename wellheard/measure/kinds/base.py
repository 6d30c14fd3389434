"""How a question is asked in words: an address, an API call and a command line say the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

import numpy as np

from wellheard.store.reader import Reader

from ..did import Did, did
from ..errors import Unaskable
from ..question import Crowd, Period

Q = TypeVar("Q")
A = TypeVar("A")
Words = Mapping[str, str]
Table = tuple[list[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that can be said. `choices` empty: free text."""

    name: str
    about: str
    default: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = False
    event: bool = False


@dataclass(frozen=True, slots=True)
class Kind(Generic[Q, A]):
    """A kind of question.

    build makes the question from words, a period and a crowd; answer asks it; told is the answer as plain data, with
    the sample; table the same for a terminal. behind gives the numbers of the people ("person") or accounts
    ("account") behind a point, which `points` names. `breaks`: whether it can be broken down by an event's property.
    `brief`: the published shape alone, for whom does not say more=yes.
    """

    name: str
    title: str
    about: str
    words: tuple[Word, ...]
    build: Callable[[Words, Period, Crowd], Q]
    answer: Callable[[Reader, int, Q], A]
    told: Callable[[A, Q], dict[str, Any]]
    table: Callable[[dict[str, Any]], Table]
    behind: Callable[[Reader, int, Q, Words], tuple[str, np.ndarray]] | None = None
    points: tuple[Word, ...] = ()
    breaks: bool = True
    brief: Callable[[A, Q], dict[str, Any]] | None = None


EVENT = Word("event", "An event, Several | of them, or Event[property=value]; any event when left out.", event=True)
EVERY = Word("every", "Per day, week or month.", "week", ("day", "week", "month"))
OF = Word("of", "people or accounts", "people", ("people", "accounts"))
AT = Word("at", "The first day of the point.")


def event(words: Words, name: str = "event") -> Did:
    return did(words.get(name, ""))


def told_event(asked: Any) -> str | None:
    """As it can be asked again; None is any event."""
    text = str(asked)
    return None if text == "*" else text


def chosen(words: Words, word: Word) -> Any:
    """The value of a word with choices, or its default. Raises Unaskable with what may be said."""
    value = words.get(word.name) or word.default
    if value not in word.choices:
        raise Unaskable(f"{word.name} is one of {', '.join(word.choices)}, not {value!r}")
    return value


def whole(words: Words, name: str, default: int) -> int:
    text = words.get(name) or ""
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Unaskable(f"{name} is a whole number, not {text!r}")
    return int(text)


def day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unaskable(f"{name} is a day like 2026-11-22, not {text!r}") from None


def yes(words: Words, name: str) -> bool:
    return (words.get(name) or "").lower() in ("1", "yes", "true", "on")


def unit_of(words: Words) -> str:
    """ "person" or "account", as a point says whom it wants to see."""
    return "account" if chosen(words, OF) == "accounts" else "person"


def point(words: Words, period: Period, name: str = "at") -> date | None:
    text = words.get(name) or ""
    if not text:
        return None
    at = day(text, name)
    if at > period.last or at < period.first - timedelta(days=31):
        raise Unaskable(f"{at} lies outside of {period.first} to {period.last}")
    return at


def needed_point(words: Words, period: Period) -> date:
    at = point(words, period)
    if at is None:
        raise Unaskable("say which day, week or month: at=2026-11-02")
    return at


@dataclass(frozen=True, slots=True)
class Asked(Generic[Q, A]):
    """An answer with the question, over the period before and by parts if that was asked. `open`: the last day,
    week or month is not over, or not whole."""

    kind: Kind[Q, A]
    words: dict[str, str]
    question: Q
    answer: A
    before: Asked[Q, A] | None = None
    parts: list[tuple[str, Asked[Q, A]]] = field(default_factory=list)
    open: bool = False

    def told(self) -> dict[str, Any]:
        if self.kind.brief and not yes(self.words, "more"):
            found = self.kind.brief(self.answer, self.question)
        else:
            found = self.whole()
        if self.before:
            period = self.before.question.period  # type: ignore[attr-defined]
            found["before"] = {
                "from": period.first.isoformat(),
                "to": period.last.isoformat(),
                **self.before.told(),
            }
        if self.words.get("breakdown") and self.parts:
            found["parts"] = [{"part": label, **asked.told()} for label, asked in self.parts]
        return found

    def whole(self) -> dict[str, Any]:
        """All there is to tell, without comparison and parts."""
        return self.kind.told(self.answer, self.question)
