"""Questions as they are asked in words, for pages, the API and the command line: one way in for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from wellheard.people.models import Workspace
from wellheard.people.queries.money import today

from . import breakdown
from .crowd import both, crowd, somebody
from .did import steps
from .errors import Unaskable
from .kinds import KINDS, Asked, Kind, Word
from .kinds.base import chosen, day
from .question import Period, next_start, start_of

if TYPE_CHECKING:
    import numpy as np

    from wellheard.store.reader import Reader

__all__ = ["BEFORE", "COMMON", "PART", "ask", "behind", "default_period", "kind_of", "question", "refused", "steps"]

COMMON = (
    Word("from", "First day, in the workspace's zone."),
    Word("to", "Last day, included."),
    Word("lens", "users, or customers: what was done for accounts that pay.", "", ("", "users", "customers")),
    Word("segment", "Only people, or accounts, of this segment: its name or number."),
    Word("breakdown", f"Also by parts: {breakdown.FORMS}."),
    Word("more", "yes: also what goes beyond the published shape, such as the sample.", "", ("", "yes", "no")),
    Word("compare", "Also over the period before, or 52 weeks earlier.", "", ("", "before", "year")),
)
PART = Word("part", "The part of the breakdown.")
BEFORE = Word("period", "before: the compared period.", "", ("", "before"))
DAYS = 90


def kind_of(name: str) -> Kind[Any, Any]:
    if name not in KINDS:
        raise Unaskable(f"there is no question {name!r}; there are {', '.join(KINDS)}")
    return KINDS[name]


def default_period(workspace: Workspace, kind: Kind[Any, Any], words: Mapping[str, str]) -> Period:
    """The last 90 days, from the first day of their first week or month. The aha finder looks at those whose time to stay is over."""
    last = today(workspace)
    if kind.name == "aha" and not words.get("to"):
        stay = words.get("stay_to") or "55"
        last -= timedelta(days=1 + (int(stay) if stay.isdecimal() and len(stay) < 4 else 55))
    if words.get("to"):
        last = day(words["to"], "to")
    if words.get("from"):
        return Period(day(words["from"], "from"), last)
    every = next((words.get("every") or w.default for w in kind.words if w.name == "every"), "day")
    first = last - timedelta(days=DAYS - 1)
    return Period(start_of(every, first) if every in ("week", "month") else first, last)  # type: ignore[arg-type]


def question(workspace: Workspace, name: str, words: Mapping[str, str]) -> Any:
    """The question these words ask. Raises Unaskable."""
    kind = kind_of(name)
    period = default_period(workspace, kind, words)
    for word in kind.words:
        if word.needed and not (words.get(word.name) or "").strip():
            raise Unaskable(f"{word.name} is needed. {word.about}")
        if word.choices and word.name in words:
            chosen(words, word)
    who = crowd(workspace, period, words.get("lens") or "", words.get("segment") or "")
    if kind.name == "activity":
        who = both(who, somebody(workspace, words.get("person") or "", words.get("account") or ""))
    return kind.build(words, period, who)


def ask(reader: Reader, workspace: Workspace, name: str, words: Mapping[str, str]) -> Asked[Any, Any]:
    """Asks the question, over the compared period and by parts too when the words say so. Raises Unaskable."""
    kind, asked = kind_of(name), question(workspace, name, words)
    kept = {key: value for key, value in words.items() if value}
    found = replace(_answer(reader, workspace, kind, kept, asked), open=_is_open(workspace, asked))
    if compare := chosen(words, COMMON[-1]):
        earlier = _before(workspace, kind, words, asked, compare)
        found = replace(found, before=_answer(reader, workspace, kind, kept, earlier))
    if by := (words.get("breakdown") or "").strip():
        divided = breakdown.parts(reader, workspace, asked, by, kind.breaks)
        found = replace(found, parts=[(label, _answer(reader, workspace, kind, kept, one)) for label, one in divided])
    return found


def _is_open(workspace: Workspace, asked: Any) -> bool:
    last: date = asked.period.last
    every: Any = getattr(asked, "every", "day")
    return last >= today(workspace) or next_start(every, start_of(every, last)) - timedelta(days=1) > last


def _answer(
    reader: Reader, workspace: Workspace, kind: Kind[Any, Any], words: dict[str, str], asked: Any
) -> Asked[Any, Any]:  # fmt: skip
    return Asked(kind, words, asked, kind.answer(reader, workspace.pk, asked))


def _before(workspace: Workspace, kind: Kind[Any, Any], words: Mapping[str, str], asked: Any, compare: str) -> Any:
    """The compared question; who pays is looked at anew, as of that period."""
    period: Period = (
        asked.period.before(getattr(asked, "every", "day")) if compare == "before" else asked.period.year_before()
    )
    if kind.name in ("aha", "activity"):
        told = {**words, "from": period.first.isoformat(), "to": period.last.isoformat()}
        return question(workspace, kind.name, told)
    who = crowd(workspace, period, words.get("lens") or "", words.get("segment") or "")
    return kind.build(words, period, who)


def behind(
    reader: Reader, workspace: Workspace, name: str, words: Mapping[str, str]
) -> tuple[str, np.ndarray, Any]:  # fmt: skip
    """("person" or "account", their numbers, the question) behind a point of an answer. Raises Unaskable."""
    kind = kind_of(name)
    if kind.behind is None:
        raise Unaskable(f"nobody can be listed behind {kind.title.lower()}")
    asked = question(workspace, name, words)
    if chosen(words, BEFORE):
        asked = _before(workspace, kind, words, asked, words.get("compare") or "before")
    if part := words.get("part"):
        divided = dict(breakdown.parts(reader, workspace, asked, words.get("breakdown") or "", kind.breaks))
        if part not in divided:
            raise Unaskable(f"there is no part {part!r}")
        asked = divided[part]
    unit, numbers = kind.behind(reader, workspace.pk, asked, words)
    return unit, numbers, asked


def refused(reader: Reader, workspace: Workspace, limit: int = 100) -> dict[str, Any]:
    """The newest refused messages, each with when it came, the key it came with, the reason and itself."""
    rows = reader.refused(workspace.pk, limit)
    return {
        "refused": [
            {"received": at.isoformat(), "source": source, "reason": reason, "message": message}
            for at, source, reason, message in rows
        ]
    }
