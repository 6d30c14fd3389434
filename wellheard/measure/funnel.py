"""How many come how far along a row of steps, and how long it takes them. The exact rules stand with the question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from wellheard.store.reader import Reader

from .active import part
from .chains import tries
from .did import of
from .question import Conversion, Funnel, Unaskable, starts
from .sql import funnel as sql

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """`count` units got here. `of_first` and `of_previous` are shares, None when nobody could have."""

    event: str
    count: int
    of_first: float | None
    of_previous: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Seconds from the step before to this one, for the `count` units that got here."""

    event: str
    count: int
    median: float
    ninth: float


@dataclass(frozen=True, slots=True)
class Converted:
    """`entered` units took the first step in the day, week or month from `start`; `converted` of them the last."""

    start: date
    entered: int
    converted: int

    @property
    def share(self) -> float | None:
        return self.converted / self.entered if self.entered else None


def funnel(reader: Reader, workspace: int, question: Funnel) -> list[Step]:
    """The first step's count is the sample."""
    exactly = np.zeros(len(question.steps) + 1, np.int64)
    if sql.plain(question):
        for level, n in reader.rows(*sql.funnel(reader, workspace, question)):
            exactly[int(level)] = int(n)
    else:
        for found in tries(reader, workspace, question):
            exactly += np.bincount(found.level[found.best()], minlength=len(exactly))
    reached = [int(exactly[step:].sum()) for step in range(1, len(exactly))]
    return [
        Step(
            _told(event),
            reached[at],
            reached[at] / reached[0] if reached[0] else None,
            reached[at] / reached[at - 1] if at and reached[at - 1] else None,
        )
        for at, event in enumerate(question.steps)
    ]


def between(reader: Reader, workspace: int, question: Funnel) -> list[Gap]:
    """The time between steps along each unit's best try: the furthest, of those the one completed first, of those the
    one begun last. Steps nobody reached are left out. Only for steps in order."""
    if question.order == "any":
        raise Unaskable("steps in any order have no time between them")
    gaps: list[list[np.ndarray]] = [[] for _ in question.steps]
    for found in tries(reader, workspace, question):
        best = found.best()
        for step in range(1, len(question.steps)):
            there = best[found.level[best] > step]
            gaps[step].append(found.times[there, step] - found.times[there, step - 1])
    told = []
    for step, parts in enumerate(gaps[1:], 1):
        mine = np.concatenate(parts) if parts else np.zeros(0)
        if len(mine):
            median, ninth = np.quantile(mine, [0.5, 0.9]) / 1000
            told.append(Gap(_told(question.steps[step]), len(mine), float(median), float(ninth)))
    return told


def conversion(reader: Reader, workspace: int, question: Conversion) -> list[Converted]:
    """One point for every day, week or month of the period."""
    times = starts(question.every, question.period)
    edges = np.array([(start - EPOCH).days for start in times])
    entered, converted = np.zeros(len(times), np.int64), np.zeros(len(times), np.int64)
    last = len(question.funnel.steps)
    for found in tries(reader, workspace, question.funnel):
        held = np.searchsorted(edges, found.day, side="right") - 1
        for counts, mine in ((entered, slice(None)), (converted, found.level == last)):
            pairs = np.unique(found.unit[mine] * len(times) + held[mine])
            counts += np.bincount(pairs % len(times), minlength=len(times))
    return [Converted(start, int(entered[at]), int(converted[at])) for at, start in enumerate(times)]


def behind(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool = False) -> np.ndarray:
    """Numbers of the people (accounts, when the funnel counts those) who reached step 1, 2, …; with `dropped`
    those for whom it was the last. By session somebody can be among both."""
    if not 1 <= step <= len(question.steps):
        raise Unaskable(f"this funnel has steps 1 to {len(question.steps)}")
    if sql.plain(question):
        found = sql.funnel_people(reader, workspace, question, step, dropped)
        return reader.arrays(*found, columns=1)[0].astype(np.int64)
    held = [np.zeros(0, np.int64)]
    for one in tries(reader, workspace, question):
        level = one.level[one.best()]
        held.append(one.who[level == step if dropped else level >= step])
    return np.unique(np.concatenate(held))


def conversion_behind(
    reader: Reader, workspace: int, question: Conversion, start: date, converted: bool | None = None
) -> np.ndarray:
    """Numbers of those who took the first step in the day, week or month from `start`."""
    asked = replace(question.funnel, period=part(question.every, start, question.period))
    last, held = len(asked.steps), [np.zeros(0, np.int64)]
    for one in tries(reader, workspace, asked):
        level = one.level[one.best()]
        kept = level > 0 if converted is None else (level == last) == converted
        held.append(one.who[kept])
    return np.unique(np.concatenate(held))


def _told(event: object) -> str:
    """A plain name as it stands, anything else in the form it can be asked in."""
    return event if isinstance(event, str) else str(of(event))  # type: ignore[arg-type]
