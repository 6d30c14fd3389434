"""What somebody did, as a value: an event, one of several, or only those with certain properties.

    Report opened                      that event
    Report opened | Report exported    either of them
    Report opened[plan=pro; items>3]   only with these properties
    page[path~/pricing]                a page view whose path holds the word
    *                                  anything

A name that holds | [ ] or quotes is written in double quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import Unaskable

COLUMNS = ("url", "path", "referrer", "title", "source", "session")
MOST = 20
_COMPARISON = re.compile(
    r"\s*(?P<field>[^=!<>~?;\[\]]+?)\s*(?P<how>!=|>=|<=|!~|!\?|=|>|<|~|\?)\s*(?P<value>.*?)\s*$", re.S
)
_PART = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^|\[\]"]+?))?\s*(?:\[(?P<where>[^\]]*)\])?\s*$', re.S
)


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on a property, or on the event's url, path, referrer, title, source or session.

    `how` is = != (as text, whatever the property's type), ~ !~ (holds the text, in any case), > >= < <= (as
    numbers), ? !? (is there, is not there; `value` is empty then). A missing property fulfils only != !~ and !?.
    """

    field: str
    how: str
    value: str = ""

    def __post_init__(self) -> None:
        if self.how in (">", ">=", "<", "<="):
            try:
                float(self.value)
            except ValueError:
                raise Unaskable(f"{self.field} {self.how} needs a number, not {self.value!r}") from None

    def __str__(self) -> str:
        return f"{self.field}{self.how}{self.value}"


@dataclass(frozen=True, slots=True)
class One:
    """An event's name (None: any) with conditions that must all hold."""

    name: str | None
    where: tuple[Where, ...] = ()

    def __str__(self) -> str:
        shown = "*" if self.name is None else _quoted(self.name)
        return f"{shown}[{'; '.join(map(str, self.where))}]" if self.where else shown


@dataclass(frozen=True, slots=True)
class Did:
    """Any of these. Made by `did` from text, or by hand."""

    either: tuple[One, ...] = (One(None),)

    @property
    def plain(self) -> bool:
        """Only names: the rollup knows the answer."""
        return not any(one.where for one in self.either)

    @property
    def anything(self) -> bool:
        return self.either == (One(None),)

    @property
    def names(self) -> list[str]:
        """The names as the rollup calls them; '' is any event."""
        return [one.name or "" for one in self.either]

    def overlaps(self, other: Did) -> bool:
        """Whether one event might be both."""
        return any(a.name is None or b.name is None or a.name == b.name for a in self.either for b in other.either)

    def narrowed(self, where: Where) -> Did:
        return Did(tuple(One(one.name, (*one.where, where)) for one in self.either))

    def __str__(self) -> str:
        return " | ".join(map(str, self.either))


ANYTHING = Did()
Event = str | Did | None


def of(event: Event) -> Did:
    """A name is taken as it stands; None is anything."""
    if isinstance(event, Did):
        return event
    return ANYTHING if event is None else Did((One(event),))


def did(text: str) -> Did:
    """Reads the form above. Raises Unaskable, saying where it stumbled."""
    if text.strip() in ("", "*"):
        return ANYTHING
    parts = _split(text, "|")
    if len(parts) > MOST:
        raise Unaskable(f"more than {MOST} events in one")
    return Did(tuple(_one(part) for part in parts))


def steps(text: str) -> tuple[Did, ...]:
    """Several, separated by commas outside of brackets and quotes."""
    return tuple(did(part) for part in _split(text, ",") if part.strip())


def _one(text: str) -> One:
    found = _PART.match(text)
    if not found or not text.strip():
        raise Unaskable(f"cannot read {text.strip()!r}: write an event, or an event[property=value]")
    name = found["bare"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
    where = tuple(_where(part) for part in (found["where"] or "").split(";") if part.strip())
    if len(where) > MOST:
        raise Unaskable(f"more than {MOST} conditions on one event")
    return One(None if found["quoted"] is None and (name or "*") == "*" else name, where)


def _where(text: str) -> Where:
    found = _COMPARISON.match(text)
    if not found:
        raise Unaskable(f"cannot read the condition {text.strip()!r}: write property=value, >, <, ~ or property?")
    return Where(found["field"], found["how"], "" if "?" in found["how"] else found["value"])


def _split(text: str, by: str) -> list[str]:
    parts, depth, quoted, begin = [], 0, False, 0
    for at, sign in enumerate(text):
        if sign == '"' and depth == 0 and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "[":
            depth += 1
        elif sign == "]":
            depth -= 1
        elif sign == by and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]


def _quoted(name: str) -> str:
    if name == "*" or name != name.strip() or any(sign in name for sign in '|[]",'):
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return name
