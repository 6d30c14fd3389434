"""Who was active, who is new, who stays away, who uses what: questions about sets of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wellheard.store.reader import Reader

from .. import active, adoption, retention
from ..errors import Unaskable
from ..question import Active, Adoption, Count, Habit, Lifecycle, Rolling
from .base import (
    AT,
    EVENT,
    EVERY,
    OF,
    Kind,
    Table,
    Word,
    Words,
    chosen,
    event,
    needed_point,
    point,
    told_event,
    unit_of,
    whole,
)

UNIT = Word("unit", "Counting persons or accounts.", "person", ("person", "account"))


def _behind(reader: Reader, workspace: int, question: Any, words: Words) -> tuple[str, np.ndarray]:
    unit = unit_of(words)
    return unit, active.behind(reader, workspace, question, point(words, question.period), unit)


def _points(points: list[active.Point]) -> list[dict[str, Any]]:
    return [{"start": p.start.isoformat(), "people": p.people, "accounts": p.accounts} for p in points]


# count ------------------------------------------------------------------------------------------------------

COUNT = Kind(
    "count",
    "Totals",
    "How often something was done, by how many people and for how many accounts.",
    (EVENT,),
    lambda words, period, crowd: Count(event(words), period, crowd),
    active.count,
    lambda found, q: {"count": found.count, "people": found.people, "accounts": found.accounts},
    lambda data: (["count", "people", "accounts"], [(data["count"], data["people"], data["accounts"])]),
    _behind,
    (OF,),
)

# active -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Activity:
    """Points, and how often it was done in each, when that was asked; `total` is the whole period, counted when
    somebody looks."""

    points: list[active.Point]
    reader: Reader
    workspace: int
    question: Active
    times: list[int] | None = None

    @cached_property
    def total(self) -> active.Point:
        people, accounts = active.totals(self.reader, self.workspace, self.question)
        return active.Point(self.question.period.first, people, accounts)


def _active(reader: Reader, workspace: int, question: Active) -> Activity:
    return Activity(active.active(reader, workspace, question), reader, workspace, question)


def _told_active(found: Activity, question: Active) -> dict[str, Any]:
    points = _points(found.points)
    if found.times is not None:
        points = [{**p, "count": n} for p, n in zip(points, found.times, strict=True)]
    return {"points": points, "sample": {"people": found.total.people, "accounts": found.total.accounts}}


ACTIVE = Kind(
    "active",
    "Active",
    "Active people and accounts per day, week or month.",
    (EVERY, EVENT),
    lambda words, period, crowd: Active(chosen(words, EVERY), period, event(words), crowd),
    _active,
    _told_active,
    lambda data: (["start", "people", "accounts"], [(p["start"], p["people"], p["accounts"]) for p in data["points"]]),
    _behind,
    (AT, OF),
    brief=lambda found, q: {"points": _points(found.points)},
)


def _trend(reader: Reader, workspace: int, question: Active) -> Activity:
    points, times = active.active(reader, workspace, question), active.series(reader, workspace, question)
    return Activity(points, reader, workspace, question, [n for _, n in times])


TREND = Kind(
    "trend",
    "Trend",
    "How often something was done per day, week or month, by how many people and for how many accounts.",
    (EVERY, EVENT),
    ACTIVE.build,
    _trend,
    _told_active,
    lambda data: (
        ["start", "count", "people", "accounts"],
        [(p["start"], p["count"], p["people"], p["accounts"]) for p in data["points"]],
    ),
    _behind,
    (AT, OF),
)

# rolling and stickiness -------------------------------------------------------------------------------------

DAYS = Word("days", "How many days the window has.", "28")

ROLLING = Kind(
    "rolling",
    "Rolling",
    "People and accounts active on a day or on the 27 days before it, day by day.",
    (DAYS, EVENT),
    lambda words, period, crowd: Rolling(period, whole(words, "days", 28), event(words), crowd),
    active.rolling,
    lambda found, q: {"days": q.days, "points": _points(found), "sample": _largest(found)},
    lambda data: (["day", "people", "accounts"], [(p["start"], p["people"], p["accounts"]) for p in data["points"]]),
    _behind,
    (AT, OF),
)


def _largest(points: list[active.Point]) -> dict[str, int]:
    """The largest window's number: the sample no point exceeds."""
    return {
        "people": max((p.people for p in points), default=0),
        "accounts": max((p.accounts for p in points), default=0),
    }


def _told_stickiness(found: list[active.Stickiness], question: Active) -> dict[str, Any]:
    points = [
        {"start": s.start.isoformat(), "share": None if s.share is None else round(s.share, 6), "people": s.people}
        for s in found
    ]
    return {"points": points, "sample": {"people": max((s.people for s in found), default=0)}}


MONTHLY = Word("every", "Of the people of a week or of a month.", "month", ("week", "month"))

STICKINESS = Kind(
    "stickiness",
    "Stickiness",
    "Of the people active in a week or month, the share active on an average day of it.",
    (MONTHLY, EVENT),
    lambda words, period, crowd: Active(chosen(words, MONTHLY), period, event(words), crowd),
    active.stickiness,
    _told_stickiness,
    lambda data: (
        ["start", "share", "people"],
        [(p["start"], percent(p["share"]), p["people"]) for p in data["points"]],
    ),
    _behind,
    (AT, OF),
)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


# lifecycle --------------------------------------------------------------------------------------------------

STAGES = ("active", "new", "returning", "resurrected", "dormant")
STAGE = Word("stage", "Which of them.", "active", STAGES)


def _lifecycle_behind(reader: Reader, workspace: int, question: Lifecycle, words: Words) -> tuple[str, np.ndarray]:
    at = needed_point(words, question.period)
    return question.unit, active.stage_behind(reader, workspace, question, at, chosen(words, STAGE))


def _told_lifecycle(found: list[active.Stage], question: Lifecycle) -> dict[str, Any]:
    points = [{"start": s.start.isoformat(), **{stage: getattr(s, stage) for stage in STAGES}} for s in found]
    most = max((s.active for s in found), default=0)
    return {"unit": question.unit, "points": points, "sample": {_plural(question.unit): most}}


def _plural(unit: str) -> str:
    return {"person": "people", "account": "accounts", "session": "sessions"}[unit]


LIFECYCLE = Kind(
    "lifecycle",
    "Lifecycle",
    "Who is new, who returns, who comes back after a pause, and who stopped.",
    (EVERY, UNIT, EVENT),
    lambda words, period, crowd: Lifecycle(chosen(words, EVERY), period, event(words), chosen(words, UNIT), crowd),
    active.lifecycle,
    _told_lifecycle,
    lambda data: (["start", *STAGES], [(p["start"], *(p[s] for s in STAGES)) for p in data["points"]]),
    _lifecycle_behind,
    (AT, STAGE),
)

# adoption ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adopting:
    """Breadth, depth and delay."""

    breadth: adoption.Adopted
    depth: adoption.Depth
    delay: adoption.Delay


FEATURE = Word("event", "An event, Several | of them, or Event[property=value].", needed=True, event=True)
USED = Word("used", "Those who used it, or who were active and did not.", "yes", ("yes", "no"))


def _adoption(reader: Reader, workspace: int, question: Adoption) -> Adopting:
    return Adopting(
        adoption.adoption(reader, workspace, question),
        adoption.depth(reader, workspace, question),
        adoption.delay(reader, workspace, question),
    )


def _feature(words: Words) -> Any:
    found = event(words)
    if found.anything:
        raise Unaskable("adoption is that of some event: name one")
    return found


def _told_adoption(found: Adopting, question: Adoption) -> dict[str, Any]:
    b, d, t = found.breadth, found.depth, found.delay
    return {
        "event": told_event(question.event),
        "people": b.people.part,
        "active_people": b.people.whole,
        "accounts": b.accounts.part,
        "active_accounts": b.accounts.whole,
        "depth": {"median_times": d.median_times, "mean_times": d.mean_times, "median_days": d.median_days},
        "delay": {
            "people": t.people,
            "median_days": t.median_days,
            "within": {str(k): round(share, 6) for k, share in t.within.items()},
        },
        "sample": {"people": b.people.whole, "accounts": b.accounts.whole},
    }


def _adoption_table(data: dict[str, Any]) -> Table:
    def share(part: int, whole_: int) -> str:
        return percent(part / whole_ if whole_ else None)

    rows: list[tuple[Any, ...]] = [
        ("people", data["people"], data["active_people"], share(data["people"], data["active_people"])),
        ("accounts", data["accounts"], data["active_accounts"], share(data["accounts"], data["active_accounts"])),
    ]
    return ["", "used it", "active", "share"], rows


ADOPTION = Kind(
    "adoption",
    "Adoption",
    "Which share of the active people and accounts use something, how much, and how soon after they came.",
    (FEATURE,),
    lambda words, period, crowd: Adoption(_feature(words), period, crowd),
    _adoption,
    _told_adoption,
    _adoption_table,
    lambda reader, workspace, question, words: (
        unit_of(words),
        adoption.behind(reader, workspace, question, chosen(words, USED) == "yes", unit_of(words)),
    ),
    (USED, OF),
)

# habit ------------------------------------------------------------------------------------------------------

HABIT_EVERY = Word("every", "Days active per week or per month.", "week", ("week", "month"))
HOW_MANY = Word("days", "On exactly this many days.")


def _habit_behind(reader: Reader, workspace: int, question: Habit, words: Words) -> tuple[str, np.ndarray]:
    at = needed_point(words, question.period)
    return "person", retention.habit_behind(reader, workspace, question, at, whole(words, "days", 1))


def _told_habit(found: list[retention.Days], question: Habit) -> dict[str, Any]:
    points = [
        {
            "start": d.start.isoformat(),
            "people": d.total,
            "average_days": None if d.average is None else round(d.average, 4),
            "days": d.people,
        }
        for d in found
    ]
    return {"points": points, "sample": {"people": max((d.total for d in found), default=0)}}


HABIT = Kind(
    "habit",
    "Habit",
    "On how many days of a week or month people are there, of those who are there at all.",
    (HABIT_EVERY, EVENT),
    lambda words, period, crowd: Habit(chosen(words, HABIT_EVERY), period, event(words), crowd),
    retention.habit,
    _told_habit,
    lambda data: (
        ["start", "people", "average days", "on 1, 2, 3 … days"],
        [
            (p["start"], p["people"], "–" if p["average_days"] is None else f"{p['average_days']:.2f}",
             " ".join(map(str, p["days"])))
            for p in data["points"]
        ],
    ),
    _habit_behind,
    (AT, HOW_MANY),
)  # fmt: skip
