"""A question about what people do is a value: it can be compared, kept, asked again over another period.

Days are the workspace's own and both ends belong to the period. Weeks start on Monday. `event` None asks about any
event. `crowd` restricts a question to some people or to what was done for some accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeVar

import numpy as np

from .did import ANYTHING, Did, Event, of
from .errors import Unaskable

__all__ = [
    "ANYTHING", "DAY_MS", "Active", "Adoption", "Conversion", "Count", "Crowd", "Did", "Event", "Every", "Funnel",
    "Habit", "Lifecycle", "Pages", "Paths", "Period", "Question", "Retention", "Rolling", "Unaskable", "Unit",
    "compared", "next_start", "start_of", "starts", "window",
]  # fmt: skip

Every = Literal["day", "week", "month"]
Unit = Literal["person", "session", "account"]
Order = Literal["this", "any"]
Numbers = Sequence[int] | np.ndarray
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Who is asked about, by the event store's numbers. None is everybody.

    people: only what they did; accounts: only what was done for these; without: not what these people did.
    """

    people: Numbers | None = None
    accounts: Numbers | None = None
    without: Numbers | None = None

    @property
    def everybody(self) -> bool:
        return self.people is None and self.accounts is None and self.without is None

    @property
    def key(self) -> tuple[object, ...]:
        return tuple(None if n is None else tuple(map(int, n)) for n in (self.people, self.accounts, self.without))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crowd) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


EVERYBODY = Crowd()


def _months_back(day: date, months: int) -> date:
    """The same day of an earlier month; the last day of a month stays a last day."""
    at = day.year * 12 + day.month - 1 - months
    first = date(at // 12, at % 12 + 1, 1)
    last = next_start("month", first) - timedelta(days=1)
    is_last = (day + timedelta(days=1)).day == 1
    return last if is_last or day.day > last.day else first.replace(day=day.day)


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Unaskable(f"the period ends ({self.last}) before it begins ({self.first})")
        if self.first.year < 1990 or self.last.year > 2100:
            raise Unaskable("a period lies between the years 1990 and 2100")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self, every: Every = "day") -> Period:
        """The period of the same length just before this one; asked by week or month the same weekdays, or days of
        the month, so many whole weeks or months earlier, that like stands beside like."""
        if every == "week":
            back = timedelta(weeks=-(-self.days // 7))
            return Period(self.first - back, self.last - back)
        if every == "month":
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            return Period(_months_back(self.first, months), _months_back(self.last, months))
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def year_before(self) -> Period:
        """The same weekdays 52 weeks earlier."""
        return Period(self.first - timedelta(weeks=52), self.last - timedelta(weeks=52))


@dataclass(frozen=True, slots=True)
class Count:
    """How often, by how many people, for how many accounts."""

    event: Event
    period: Period
    crowd: Crowd = EVERYBODY


@dataclass(frozen=True, slots=True)
class Active:
    """How many people and accounts did something, day by day, week by week or month by month."""

    every: Every
    period: Period
    event: Event = None
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        _check_every(self.every)


@dataclass(frozen=True, slots=True)
class Rolling:
    """For each day: how many people and accounts did something on it or on the `days` − 1 days before."""

    period: Period
    days: int = 28
    event: Event = None
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise Unaskable("a rolling window has between 1 and 366 days")


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Who is new, who returns, who comes back after a pause, and who stopped, period by period.

    new: never before; returning: also in the period just before; resurrected: before, but not in the period just
    before; dormant: in the period just before, not in this one.
    """

    every: Every
    period: Period
    event: Event = None
    unit: Unit = "person"
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        _check_every(self.every)
        if self.unit not in ("person", "account"):
            raise Unaskable("a lifecycle is that of persons or of accounts")


@dataclass(frozen=True, slots=True)
class Adoption:
    """Which share of the active people and accounts did `event`; how deep, and how soon after they came."""

    event: Event
    period: Period
    crowd: Crowd = EVERYBODY


@dataclass(frozen=True, slots=True)
class Habit:
    """On how many days of a week or month people were there, of those who were there at all."""

    every: Every
    period: Period
    event: Event = None
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        if self.every not in ("week", "month"):
            raise Unaskable("habit is asked per week or month")


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many came how far along `steps` within `window_ms` of the first step.

    A unit (a person, an account, or one session of a person) counts by its best try: any first step within the
    period may start one. The first step lies in the period; later steps may fall after it, inside the window.
    Steps in the same millisecond count in either order. When one event might be two of the steps, or when something
    is excluded, each step must be an event of its own, and events of one millisecond are taken in the order of the
    steps they are first named for, excluded ones last.

    `without`: whoever does this between the first step and the last gives up that try.

    With order "any" the steps may come in any order: a unit gets to step k when it did each of the first k steps no
    further than the window from one first step, before or after it. No step may then be named twice.
    """

    steps: tuple[Event, ...]
    period: Period
    window_ms: int = 7 * DAY_MS
    unit: Unit = "person"
    order: Order = "this"
    without: Did | None = None
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        if not 2 <= len(self.steps) <= 20:
            raise Unaskable("a funnel has between 2 and 20 steps")
        if any(step == "" for step in self.steps):
            raise Unaskable("a step of a funnel needs an event")
        if self.window_ms < 1:
            raise Unaskable("the window of a funnel must be longer than nothing")
        if self.window_ms > 400 * DAY_MS:
            raise Unaskable("the window of a funnel is at most 400 days")
        if self.unit not in ("person", "session", "account"):
            raise Unaskable("a funnel counts by person, session or account")
        if self.order not in ("this", "any"):
            raise Unaskable("the order of a funnel is this or any")
        if self.order == "any" and len(set(self.dids)) < len(self.steps):
            raise Unaskable("a funnel in any order cannot name a step twice")
        if self.order == "any" and self.without is not None:
            raise Unaskable("something can only be excluded from a funnel in order")

    @property
    def dids(self) -> tuple[Did, ...]:
        return tuple(of(step) for step in self.steps)

    @property
    def overlapping(self) -> bool:
        """Whether one event might be two of the steps, or an excluded one."""
        dids = [*self.dids, *([self.without] if self.without else [])]
        return any(a.overlaps(b) for at, a in enumerate(dids) for b in dids[:at])


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of those who took the funnel's first step in a day, week or month, how many took the last within the window.

    A unit counts once in each period in which it took the first step.
    """

    funnel: Funnel
    every: Every = "week"

    def __post_init__(self) -> None:
        _check_every(self.every)
        if self.funnel.order == "any":
            raise Unaskable("a conversion over time needs steps in order")

    @property
    def period(self) -> Period:
        return self.funnel.period

    @property
    def crowd(self) -> Crowd:
        return self.funnel.crowd


@dataclass(frozen=True, slots=True)
class Retention:
    """Of those who did `event` for the first time ever in one day, week or month, how many came back later.

    `returning` is what counts as coming back ("": the event itself). Bounded: they were there in exactly the k-th
    period after; unbounded: in the k-th or any later one up to the end of the question's period.
    """

    every: Every
    period: Period
    event: Event = None
    returning: str | Did = ""
    unbounded: bool = False
    unit: Unit = "person"
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        _check_every(self.every)
        if self.unit not in ("person", "account"):
            raise Unaskable("retention is that of persons or of accounts")

    @property
    def back(self) -> Did:
        return of(self.event) if self.returning == "" else of(self.returning)


@dataclass(frozen=True, slots=True)
class Paths:
    """What people did next after `event` ("from"), or last before it ("to"), up to `steps` things.

    One path a unit: around its first such event in the period, as far as `window_ms` reaches. The same thing several
    times in a row is one step. With `pages` a page view is told by its path. Things of one millisecond come in the
    order of their names. What libraries send by themselves is left out.
    """

    event: Event
    period: Period
    direction: Literal["from", "to"] = "from"
    steps: int = 3
    window_ms: int = 3_600_000
    unit: Unit = "person"
    pages: bool = True
    crowd: Crowd = EVERYBODY

    def __post_init__(self) -> None:
        if of(self.event).anything:
            raise Unaskable("a path begins or ends at some event: name one")
        if self.direction not in ("from", "to"):
            raise Unaskable("a path runs from or to an event")
        if not 1 <= self.steps <= 8:
            raise Unaskable("a path has between 1 and 8 steps")
        if not 1 <= self.window_ms <= 31 * DAY_MS:
            raise Unaskable("the window of a path is at most 31 days")
        if self.unit not in ("person", "session"):
            raise Unaskable("a path is that of a person or of a session")


@dataclass(frozen=True, slots=True)
class Pages:
    """Views of each page, by how many people and accounts, and for how long they looked.

    The time on a page is what the browser reported, else the time to the person's next event within half an hour;
    views without either have no time.
    """

    period: Period
    crowd: Crowd = EVERYBODY


def _check_every(every: str) -> None:
    if every not in ("day", "week", "month"):
        raise Unaskable(f"every must be day, week or month, not {every!r}")


Question = Count | Active | Rolling | Lifecycle | Adoption | Habit | Funnel | Conversion | Retention | Paths | Pages
Q = TypeVar("Q", Count, Active, Rolling, Lifecycle, Adoption, Habit, Funnel, Conversion, Retention, Paths, Pages)


def over(question: Q, period: Period) -> Q:
    """The same question over another period."""
    if isinstance(question, Conversion):
        return replace(question, funnel=replace(question.funnel, period=period))
    return replace(question, period=period)


def among(question: Q, crowd: Crowd) -> Q:
    """The same question about others."""
    if isinstance(question, Conversion):
        return replace(question, funnel=replace(question.funnel, crowd=crowd))
    return replace(question, crowd=crowd)


def compared(question: Q) -> Q:
    """The same question over the period before."""
    return over(question, question.period.before())


def start_of(every: Every, day: date) -> date:
    """The first day of the week or month `day` lies in."""
    if every == "day":
        return day
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def starts(every: Every, period: Period) -> list[date]:
    """The first days of all days, weeks or months the period touches; the first may lie before the period."""
    _check_every(every)
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
