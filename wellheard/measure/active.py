"""Active people and accounts, and how often something was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from wellheard.store.reader import Reader

from . import sql
from .question import Active, Count, Every, Period, next_start, start_of, starts


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
    """Of the people active in a month, the share active on an average day of it; `people` is the month's number."""

    start: date
    share: float | None
    people: int


def count(reader: Reader, workspace: int, question: Count) -> Counted:
    row = reader.rows(*sql.count(reader, workspace, question))[0]
    return Counted(int(row[0]), int(row[1]), int(row[2]))


def active(reader: Reader, workspace: int, question: Active) -> list[Point]:
    """One point for every day, week or month of the period, those without anybody included."""
    every = starts(question.every, question.period)
    rows = reader.rows(*sql.active(reader, workspace, question))
    found = {row[0]: Point(row[0], int(row[1]), int(row[2])) for row in rows}
    return [found.get(start, Point(start, 0, 0)) for start in every]


def stickiness(reader: Reader, workspace: int, question: Active) -> list[Stickiness]:
    """Average daily actives ÷ actives, per week or month of the question."""
    days = active(reader, workspace, Active("day", question.period, question.event, question.people))
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


def people_behind(reader: Reader, workspace: int, question: Active | Count, start: date | None = None) -> np.ndarray:
    """Numbers of the people behind a point (or behind the whole question, without `start`)."""
    period = _part(question, start)
    found = reader.people_behind(workspace, question.event, period.first, period.last)
    return found if question.people is None else np.intersect1d(found, np.array(question.people, np.int64))


def accounts_behind(reader: Reader, workspace: int, question: Active | Count, start: date | None = None) -> np.ndarray:
    """Numbers of the accounts behind a point. A segment of people is not applied."""
    period = _part(question, start)
    return reader.accounts_behind(workspace, question.event, period.first, period.last)


def _part(question: Active | Count, start: date | None) -> Period:
    if start is None:
        return question.period
    every: Every = question.every if isinstance(question, Active) else "day"
    last = next_start(every, start) - timedelta(days=1)
    return Period(max(start, question.period.first), min(last, question.period.last))
