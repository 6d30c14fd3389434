"""A question about what people do is a value: it can be compared, kept, asked again over another period.

Days are the workspace's own and both ends belong to the period. Weeks start on Monday. `event` None asks about any
event. `people` restricts a question to a segment: the numbers of the people in it, None for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeVar

Every = Literal["day", "week", "month"]
Unit = Literal["person", "session", "account"]
Order = Literal["this", "any"]
People = tuple[int, ...] | None
DAY_MS = 86_400_000


class Unaskable(ValueError):
    """The question makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Unaskable(f"the period ends ({self.last}) before it begins ({self.first})")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """The period of the same length just before this one."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Count:
    """How often, by how many people, for how many accounts."""

    event: str | None
    period: Period
    people: People = None


@dataclass(frozen=True, slots=True)
class Active:
    """How many people and accounts did something, day by day, week by week or month by month."""

    every: Every
    period: Period
    event: str | None = None
    people: People = None


@dataclass(frozen=True, slots=True)
class Adoption:
    """Which share of the active people and accounts did `event`."""

    event: str
    period: Period
    people: People = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many came how far along `steps` within `window_ms` of the first step.

    A unit (a person, an account, or one session of a person) counts by its best try: any first step within the
    period may start one. The first step lies in the period; later steps may fall after it, inside the window.
    Steps in the same millisecond count in either order. When a step is named twice, each must be an event of its
    own, and events of one millisecond are then taken in the order of the steps they are first named for.

    With order "any" the steps may come in any order: a unit gets to step k when it did each of the first k steps no
    further than the window from one first step, before or after it. No step may then be named twice.
    """

    steps: tuple[str, ...]
    period: Period
    window_ms: int = 7 * DAY_MS
    unit: Unit = "person"
    people: People = None
    order: Order = "this"

    def __post_init__(self) -> None:
        if not 2 <= len(self.steps) <= 20:
            raise Unaskable("a funnel has between 2 and 20 steps")
        if "" in self.steps:
            raise Unaskable("a step of a funnel needs an event")
        if self.window_ms < 1:
            raise Unaskable("the window of a funnel must be longer than nothing")
        if self.unit not in ("person", "session", "account"):
            raise Unaskable("a funnel counts by person, session or account")
        if self.order not in ("this", "any"):
            raise Unaskable("the order of a funnel is this or any")
        if self.order == "any" and len(set(self.steps)) < len(self.steps):
            raise Unaskable("a funnel in any order cannot name a step twice")


@dataclass(frozen=True, slots=True)
class Retention:
    """Of those who did `event` for the first time ever in one day, week or month, how many did it again later."""

    every: Every
    period: Period
    event: str | None = None
    people: People = None


Question = Count | Active | Adoption | Funnel | Retention
Q = TypeVar("Q", Count, Active, Adoption, Funnel, Retention)


def compared(question: Q) -> Q:
    """The same question over the period before."""
    return replace(question, period=question.period.before())


def start_of(every: Every, day: date) -> date:
    """The first day of the week or month `day` lies in."""
    if every == "day":
        return day
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def starts(every: Every, period: Period) -> list[date]:
    """The first days of all days, weeks or months the period touches; the first may lie before the period."""
    if every not in ("day", "week", "month"):
        raise Unaskable(f"every must be day, week or month, not {every!r}")
    found, at = [], start_of(every, period.first)
    while at <= period.last:
        found.append(at)
        at = next_start(every, at)
    return found


def next_start(every: Every, start: date) -> date:
    if every == "month":
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start + timedelta(days=7 if every == "week" else 1)


_UNITS = {"s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}


def window(text: str) -> int:
    """ "30min", "24h", "7d", "2w" → milliseconds. Raises Unaskable."""
    number = text.strip().lower().rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text.strip().lower()[len(number) :].strip()
    if not number.isdigit() or unit not in _UNITS or not int(number):
        raise Unaskable(f"{text!r} is not a window; write 30min, 24h, 7d or 2w")
    return int(number) * _UNITS[unit]
