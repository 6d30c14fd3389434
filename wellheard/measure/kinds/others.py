"""The aha finder, and what one person or account does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from wellheard.store.reader import Reader

from ..aha import Aha, Candidate, Findings, cannot_show, find_aha, sentence, verdict
from ..did import ANYTHING, Did
from ..errors import Unaskable
from ..question import Crowd, Period
from .base import EVENT, Kind, Table, Word, Words, event, whole
from .sets import percent

EARLY = Word("early", "How many first days count as early.", "7")
STAY_FROM = Word("stay_from", "To stay is to be there from this day after the first …", "28")
STAY_TO = Word("stay_to", "… to this day.", "55")


@dataclass(frozen=True, slots=True)
class Sought:
    """The aha finder's question with whom it is about."""

    question: Aha
    crowd: Crowd

    @property
    def period(self) -> Period:
        return self.question.period


def _aha(words: Words, period: Period, crowd: Crowd) -> Sought:
    found = event(words)
    if not found.plain or len(found.either) > 1:
        raise Unaskable("to stay is to do one event, or anything")
    early, begin, end = whole(words, "early", 7), whole(words, "stay_from", 28), whole(words, "stay_to", 55)
    return Sought(Aha(period, early, begin, end, found.either[0].name), crowd)


def _told_candidate(c: Candidate, early: int) -> dict[str, Any]:
    return {
        "event": c.event,
        "times": c.times,
        "confirmed": c.confirmed,
        "did": c.did,
        "did_not": c.other,
        "stayed_of_did": round(c.of_did, 6),
        "stayed_of_others": round(c.of_other, 6),
        "raw": _difference(c.raw),
        "adjusted": _difference(c.adjusted),
        "p": round(c.p, 6),
        "sentence": sentence(c, early),
    }


def _difference(d: Any) -> dict[str, float]:
    return {"estimate": round(d.value, 6), "low": round(d.low, 6), "high": round(d.high, 6)}


def _told(found: Findings, asked: Sought) -> dict[str, Any]:
    return {
        "verdict": verdict(found),
        "too_few": found.too_few,
        "candidates": [_told_candidate(c, asked.question.early) for c in found.candidates],
        "cannot_show": cannot_show(found),
        "sample": {"people": found.people, "stayed": found.stayed, "accounts": found.accounts},
    }


def _table(data: dict[str, Any]) -> Table:
    rows = [
        (f"{c['event']} ×{c['times']}", c["did"], percent(c["stayed_of_did"]), percent(c["stayed_of_others"]),
         "yes" if c["confirmed"] else "no")
        for c in data["candidates"]
    ]  # fmt: skip
    return ["early behaviour", "people", "stayed", "of the others", "confirmed"], rows


AHA = Kind(
    "aha",
    "Aha moment",
    "Which early behaviour goes with staying, also among people equally active.",
    (EARLY, STAY_FROM, STAY_TO, EVENT),
    _aha,
    lambda reader, workspace, asked: find_aha(reader, workspace, asked.question, asked.crowd),
    _told,
    _table,
    breaks=False,
)

# one person, one account ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Habitual:
    """One event of somebody's: how often, and when first and last."""

    event: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Doings:
    """`days` are (day, events) of the days with any."""

    events: list[Habitual]
    days: list[tuple[date, int]]

    @property
    def count(self) -> int:
        return sum(e.count for e in self.events)


@dataclass(frozen=True, slots=True)
class Activities:
    """What the crowd did: as a rule one person or one account."""

    period: Period
    crowd: Crowd
    event: Did = ANYTHING


def doings(reader: Reader, workspace: int, question: Activities) -> Doings:
    from ..sql.activity import by_day, by_event

    events = [Habitual(str(n), int(c), a, b) for n, c, a, b in reader.rows(*by_event(reader, workspace, question))]
    days = [(day, int(n)) for day, n in reader.rows(*by_day(reader, workspace, question))]
    return Doings(events, days)


def everything(days: list[tuple[date, int]], period: Period) -> list[int]:
    """Events a day, the days without any included."""
    held = dict(days)
    return [held.get(period.first + timedelta(days=n), 0) for n in range(period.days)]


def _told_doings(found: Doings, question: Activities) -> dict[str, Any]:
    return {
        "count": found.count,
        "days_active": len(found.days),
        "events": [
            {"event": e.event, "count": e.count, "first": e.first.isoformat(), "last": e.last.isoformat()}
            for e in found.events
        ],
        "days": [{"day": day.isoformat(), "count": n} for day, n in found.days],
        "sample": {"events": found.count},
    }


ACTIVITY = Kind(
    "activity",
    "Activity",
    "What one person or one account did: each event, how often, and on which days.",
    (
        Word("person", "The person's id in your product, their e-mail, or number:N."),
        Word("account", "The account's id in your product, or number:N."),
        EVENT,
    ),
    lambda words, period, crowd: Activities(period, crowd, event(words)),
    doings,
    _told_doings,
    lambda data: (
        ["event", "count", "first (UTC)", "last (UTC)"],
        [(e["event"], e["count"], e["first"][:16], e["last"][:16]) for e in data["events"]],
    ),
)
