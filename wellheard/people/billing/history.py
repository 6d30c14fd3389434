"""What was said of one subscription, in any order, as the spans of days it was paid in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .stripe import ENDED, Thing, Worth, begins, ends, pays, worth


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The subscription as it stood at a moment. `deleted`: the event says it is gone. `exported`: from a file."""

    at: datetime
    body: Thing
    deleted: bool = False
    exported: bool = False
    key: str = ""


class Span(NamedTuple):
    """From `since` up to, not including, `until`: `cents` hundredths of `currency` a month."""

    since: date
    until: date | None
    cents: int
    currency: str


class _Turn(NamedTuple):
    """From this moment on it brings that much; nothing when None."""

    at: datetime
    brings: tuple[int, str] | None


def ordered(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """By when they were so, whatever the order they arrived in; at one moment the end has the last word.

    Files speak for the time before the first event and after the last: between them the events know better.
    """
    rows = sorted(snapshots, key=lambda s: (s.at, s.deleted, s.exported, s.key))
    told = [s.at for s in rows if not s.exported]
    return [s for s in rows if not s.exported or not told or s.at < told[0] or s.at > told[-1]]


def spans(snapshots: Sequence[Snapshot], zone: ZoneInfo) -> list[Span]:
    """A day has the amount of its end. What was before the first word is taken to be as in it.

    Raises stripe.Unreadable for a snapshot that cannot be read.
    """
    rows = ordered(snapshots)
    turns: list[_Turn] = []
    for number, snapshot in enumerate(rows):
        until = rows[number + 1].at if number + 1 < len(rows) else None
        start = snapshot.at
        if number == 0 and (began := begins(snapshot.body)) is not None:
            start = began if snapshot.body.get("status") in ENDED else min(began, snapshot.at)
        floor = rows[number - 1].at if number else None
        turns += _turns(snapshot, start, until, floor)
    return _by_day(turns, zone)


def _turns(snapshot: Snapshot, start: datetime, until: datetime | None, floor: datetime | None) -> list[_Turn]:
    """What a snapshot says of the time from `start`, or from the end it tells but not before `floor`, to `until`."""
    body = snapshot.body
    ended = ends(body) or (snapshot.at if snapshot.deleted else None)
    over = snapshot.deleted or body.get("status") in ENDED
    # One that has ended and was never told of before was paid from its beginning to its end.
    if over and floor is not None:
        return [_Turn(max(floor, min(ended or start, start)), None)]
    if over and (body.get("status") == "incomplete_expired" or ended is None or ended <= start):
        return [_Turn(start, None)]
    if not over and not pays(body):
        return [_Turn(start, None)]
    found = worth(body)
    moments = [start, *(d.end for d in found.discounts if d.end and d.end > start)]
    turns = [_Turn(m, _amount(found, m)) for m in sorted(moments)]
    if ended is not None:
        turns = [*(t for t in turns if t.at < ended), _Turn(max(ended, start), None)]
    return [t for t in turns if until is None or t.at < until]


def _amount(found: Worth, at: datetime) -> tuple[int, str] | None:
    cents = found.at(at)
    return (cents, found.currency) if cents else None


def _by_day(turns: Sequence[_Turn], zone: ZoneInfo) -> list[Span]:
    days: dict[date, tuple[int, str] | None] = {}
    for turn in sorted(turns, key=lambda t: t.at):  # sorted is stable: of one moment the later word counts
        days[turn.at.astimezone(zone).date()] = turn.brings
    found: list[Span] = []
    held: tuple[int, str] | None = None
    for day in sorted(days):
        if days[day] == held:
            continue
        if held is not None:
            found[-1] = found[-1]._replace(until=day)
        held = days[day]
        if held is not None:
            found.append(Span(day, None, *held))
    return found
