"""Active people and accounts, how often something was done, and who is new, back or gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from wellheard.store.reader import Reader

from .question import Active, Count, Every, Lifecycle, Period, Rolling, next_start, start_of, starts
from .sql import set as sql


@dataclass(frozen=True, slots=True)
class Counted:
    count: int
    people: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Point:
    """`start` is the first day of the day, week or month; only days of the asked period are in it."""

    start: date
    people: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Stickiness:
    """Of the people active in a week or month, the share active on an average day of it; `people` is its number."""

    start: date
    share: float | None
    people: int


@dataclass(frozen=True, slots=True)
class Stage:
    """`active` = new + returning + resurrected; `dormant` were active in the period before and not in this one."""

    start: date
    active: int
    new: int
    returning: int
    resurrected: int
    dormant: int


def count(reader: Reader, workspace: int, question: Count) -> Counted:
    row = reader.rows(*sql.count(reader, workspace, question))[0]
    return Counted(int(row[0]), int(row[1]), int(row[2]))


def series(reader: Reader, workspace: int, question: Active) -> list[tuple[date, int]]:
    """How often it was done, for every day, week or month of the period."""
    found = dict(reader.rows(*sql.series(reader, workspace, question)))
    return [(start, int(found.get(start, 0))) for start in starts(question.every, question.period)]


def active(reader: Reader, workspace: int, question: Active) -> list[Point]:
    """One point for every day, week or month of the period, those without anybody included."""
    every = starts(question.every, question.period)
    rows = reader.rows(*sql.active(reader, workspace, question))
    found = {row[0]: Point(row[0], int(row[1]), int(row[2])) for row in rows}
    return [found.get(start, Point(start, 0, 0)) for start in every]


def totals(reader: Reader, workspace: int, question: Active) -> tuple[int, int]:
    """People and accounts over the whole period."""
    people, accounts = reader.rows(*sql.totals(reader, workspace, question))[0]
    return int(people), int(accounts)


def rolling(reader: Reader, workspace: int, question: Rolling) -> list[Point]:
    """One point for every day of the period."""
    found = {row[0]: Point(*row) for row in reader.rows(*sql.rolling(reader, workspace, question))}
    return [found.get(day, Point(day, 0, 0)) for day in starts("day", question.period)]


def stickiness(reader: Reader, workspace: int, question: Active) -> list[Stickiness]:
    """Average daily actives ÷ actives, per week or month of the question."""
    days = active(reader, workspace, Active("day", question.period, question.event, question.crowd))
    daily: dict[date, list[int]] = {}
    for day in days:
        daily.setdefault(start_of(question.every, day.start), []).append(day.people)
    return [
        Stickiness(
            point.start,
            sum(daily[point.start]) / len(daily[point.start]) / point.people if point.people else None,
            point.people,
        )
        for point in active(reader, workspace, question)
    ]


def lifecycle(reader: Reader, workspace: int, question: Lifecycle) -> list[Stage]:
    """One stage for every day, week or month of the period."""
    return [
        Stage(start, int(now), int(new), int(also), int(now - new - also), int(before - also))
        for start, now, new, also, before in reader.rows(*sql.lifecycle(reader, workspace, question))
    ]


# who stands behind a number ---------------------------------------------------------------------------------


def behind(
    reader: Reader, workspace: int, question: Active | Count | Rolling, start: date | None = None, unit: str = "person"
) -> np.ndarray:
    """Numbers of the people (or accounts) behind a point, or behind the whole question without `start`."""
    period = question.period
    if start is not None and isinstance(question, Rolling):
        period = Period(start - timedelta(days=question.days - 1), start)
    elif start is not None:
        every: Every = question.every if isinstance(question, Active) else "day"
        period = part(every, start, period)
    return _who(reader, workspace, Active("day", period, question.event, question.crowd), unit)


def stage_behind(reader: Reader, workspace: int, question: Lifecycle, start: date, stage: str) -> np.ndarray:
    """Numbers behind one stage of one period: active, new, returning, resurrected or dormant."""

    def who(first: date, last: date) -> np.ndarray:
        asked = Active("day", Period(first, last), question.event, question.crowd)
        return _who(reader, workspace, asked, question.unit)

    period = question.period
    end = min(next_start(question.every, start) - timedelta(days=1), period.last)
    previous = start_of(question.every, start - timedelta(days=1))
    now, before = who(start, end), who(previous, start - timedelta(days=1))
    if stage == "active":
        return now
    if stage == "dormant":
        return np.setdiff1d(before, now)
    if stage == "returning":
        return np.intersect1d(now, before)
    ever = who(date(1990, 1, 1), start - timedelta(days=1))
    if stage == "new":
        return np.setdiff1d(now, ever)
    return np.setdiff1d(np.intersect1d(now, ever), before)


def part(every: Every, start: date, period: Period) -> Period:
    """The days of the period in the day, week or month from `start`."""
    last = next_start(every, start) - timedelta(days=1)
    return Period(max(start, period.first), min(last, period.last))


def _who(reader: Reader, workspace: int, question: Active, unit: str) -> np.ndarray:
    found = reader.arrays(*sql.people(reader, workspace, question, unit), columns=1)[0]
    return np.sort(found.astype(np.int64))
