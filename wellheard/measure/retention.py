"""Who comes back, and on how many days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from wellheard.store.reader import Reader

from .active import part
from .active import stage_behind as _stage
from .question import Active, Habit, Lifecycle, Period, Retention, next_start, start_of, starts
from .sql import set as sql


@dataclass(frozen=True, slots=True)
class Cohort:
    """`size` people began in the day, week or month from `start`; `returned[k]` of them were there k later (or, when
    the question is unbounded, k or more later).

    returned[0] is the size when coming back means the same event. The list ends with the period's last day, week or
    month, which may not be over.
    """

    start: date
    size: int
    returned: list[int]


@dataclass(frozen=True, slots=True)
class Days:
    """`people[k]` were there on exactly k+1 days of the week or month from `start`."""

    start: date
    people: list[int]

    @property
    def total(self) -> int:
        return sum(self.people)

    @property
    def average(self) -> float | None:
        """Days a person, of those who were there at all."""
        return sum((k + 1) * n for k, n in enumerate(self.people)) / self.total if self.total else None


def retention(reader: Reader, workspace: int, question: Retention) -> list[Cohort]:
    """One cohort for every day, week or month of the period, empty ones included."""
    times = starts(question.every, question.period)
    place = {start: at for at, start in enumerate(times)}
    returned = [[0] * (len(times) - at) for at in range(len(times))]
    sizes = [0] * len(times)
    for start, size, later, n in reader.rows(*sql.retention(reader, workspace, question)):
        at = place[start]
        sizes[at] = int(size)
        if later not in place:
            continue
        returned[at][place[later] - at] = int(n)
    return [Cohort(start, sizes[at], returned[at]) for at, start in enumerate(times)]


def average(cohorts: list[Cohort], over: int = 0) -> list[float | None]:
    """The share that came back k later, over all cohorts old enough; `over` is how many of the newest periods are not
    complete and do not count."""
    found: list[float | None] = []
    for k in range(len(cohorts)):
        old = [c for c in cohorts if len(c.returned) - over > k and c.size]
        size = sum(c.size for c in old)
        found.append(sum(c.returned[k] for c in old) / size if size else None)
    return found


def habit(reader: Reader, workspace: int, question: Habit) -> list[Days]:
    """One line for every week or month of the period."""
    found: dict[date, dict[int, int]] = {}
    for start, days, n in reader.rows(*sql.habit(reader, workspace, question)):
        found.setdefault(start, {})[int(days)] = int(n)
    most = 7 if question.every == "week" else 31
    return [
        Days(start, [found.get(start, {}).get(days, 0) for days in range(1, most + 1)])
        for start in starts(question.every, question.period)
    ]


# who stands behind a number ---------------------------------------------------------------------------------


def behind(
    reader: Reader, workspace: int, question: Retention, start: date, later: int = 0, gone: bool = False
) -> np.ndarray:
    """Numbers of the people (or accounts) of the cohort from `start` who were there `later` days, weeks or months
    after; with `gone` those who were not. later 0 and not gone is the whole cohort."""
    period = question.period
    asked = Lifecycle(question.every, period, question.event, question.unit, question.crowd)
    cohort = _stage(reader, workspace, asked, start, "new")
    if not later and not gone:
        return cohort
    at = start
    for _ in range(later):
        at = next_start(question.every, at)
    last = period.last if question.unbounded else min(next_start(question.every, at) - timedelta(days=1), period.last)
    if last < at:
        return np.zeros(0, np.int64)
    back = Active("day", Period(at, last), question.back, question.crowd)
    came = reader.arrays(*sql.people(reader, workspace, back, question.unit), columns=1)[0].astype(np.int64)
    return np.setdiff1d(cohort, came) if gone else np.intersect1d(cohort, came)


def habit_behind(reader: Reader, workspace: int, question: Habit, start: date, days: int) -> np.ndarray:
    """Numbers of the people who were there on exactly `days` days of the week or month from `start`."""
    period = part(question.every, start_of(question.every, start), question.period)
    asked = replace(question, period=period)
    return np.sort(reader.arrays(*sql.habit_people(reader, workspace, asked, days), columns=1)[0].astype(np.int64))
