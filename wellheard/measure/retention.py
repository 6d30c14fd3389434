"""Who comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from wellheard.store.reader import Reader

from . import sql
from .question import Every, Period, Retention, next_start, starts


@dataclass(frozen=True, slots=True)
class Cohort:
    """`size` people began in the day, week or month from `start`; `returned[k]` of them were there k later.

    returned[0] is the size. The list ends with the period's last day, week or month.
    """

    start: date
    size: int
    returned: list[int]


def retention(reader: Reader, workspace: int, question: Retention) -> list[Cohort]:
    """One cohort for every day, week or month of the period, empty ones included."""
    times = starts(question.every, question.period)
    place = {start: at for at, start in enumerate(times)}
    cohorts = [Cohort(start, 0, [0] * (len(times) - at)) for at, start in enumerate(times)]
    for start, size, later, n in reader.rows(*sql.retention(reader, workspace, question)):
        at = place[start]
        returned = cohorts[at].returned
        returned[place[later] - at] = int(n)
        cohorts[at] = Cohort(start, int(size), returned)
    return cohorts


def behind(reader: Reader, workspace: int, question: Retention, start: date, later: int = 0) -> np.ndarray:
    """Numbers of the people of the cohort from `start` who were there `later` days, weeks or months after."""
    whole = _people(reader, workspace, question, question.every, start)
    before = reader.people_behind(workspace, question.event, date(1970, 1, 1), start - timedelta(days=1))
    cohort = np.setdiff1d(whole, before)
    at = start
    for _ in range(later):
        at = next_start(question.every, at)
    return np.intersect1d(cohort, _people(reader, workspace, question, question.every, at))


def _people(reader: Reader, workspace: int, question: Retention, every: Every, start: date) -> np.ndarray:
    last = min(next_start(every, start) - timedelta(days=1), question.period.last)
    if last < start:
        return np.zeros(0, np.int64)
    part = Period(start, last)
    found = reader.people_behind(workspace, question.event, part.first, part.last)
    return found if question.people is None else np.intersect1d(found, np.array(question.people, np.int64))
