"""Questions as they are typed: words to question values and answers to plain data, for the API and the command line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from . import active, adoption, funnel, retention
from .question import Active, Adoption, Count, Funnel, Period, Retention, Unaskable
from .question import window as window_ms

if TYPE_CHECKING:
    from wellheard.store.reader import Reader


def steps_of(text: str) -> tuple[str, ...]:
    return tuple(step.strip() for step in text.split(",") if step.strip())


def ask_count(reader: Reader, workspace: int, event: str | None, first: date, last: date) -> dict[str, Any]:
    found = active.count(reader, workspace, Count(event or None, Period(first, last)))
    return {"count": found.count, "people": found.people, "accounts": found.accounts}


def ask_active(
    reader: Reader, workspace: int, every: str, first: date, last: date, event: str | None = None
) -> dict[str, Any]:
    points = active.active(reader, workspace, Active(_every(every), Period(first, last), event or None))
    return {"points": [{"start": p.start.isoformat(), "people": p.people, "accounts": p.accounts} for p in points]}


def ask_adoption(reader: Reader, workspace: int, event: str, first: date, last: date) -> dict[str, Any]:
    found = adoption.adoption(reader, workspace, Adoption(event, Period(first, last)))
    return {
        "event": event,
        "people": found.people.part,
        "active_people": found.people.whole,
        "accounts": found.accounts.part,
        "active_accounts": found.accounts.whole,
    }


def ask_funnel(
    reader: Reader, workspace: int, steps: str, window: str, unit: str, first: date, last: date, order: str = ""
) -> dict[str, Any]:
    """`order` is "this" or "any". Left out, people and accounts must take the steps in order; of a session it is
    asked which of the steps it holds, for within one visit pages go back and forth."""
    if unit not in ("person", "session", "account"):
        raise Unaskable("A funnel counts by person, session or account.")
    how = order or ("any" if unit == "session" else "this")
    question = Funnel(steps_of(steps), Period(first, last), window_ms(window), unit, order=how)  # type: ignore[arg-type]
    found = funnel.funnel(reader, workspace, question)
    return {"steps": [{"event": s.event, "count": s.count} for s in found], "unit": unit, "order": how}


def ask_retention(
    reader: Reader, workspace: int, every: str, event: str | None, first: date, last: date
) -> dict[str, Any]:
    found = retention.retention(reader, workspace, Retention(_every(every), Period(first, last), event or None))
    return {"cohorts": [{"start": c.start.isoformat(), "size": c.size, "returned": c.returned} for c in found]}


def ask_refused(reader: Reader, workspace: int, limit: int = 100) -> dict[str, Any]:
    """The newest refused messages, each with when it came, the key it came with, the reason and itself."""
    rows = reader.refused(workspace, limit)
    return {
        "refused": [
            {"received": at.isoformat(), "source": source, "reason": reason, "message": message}
            for at, source, reason, message in rows
        ]
    }


def _every(word: str) -> Any:
    if word not in ("day", "week", "month"):
        raise Unaskable("Ask for every day, week or month.")
    return word
