"""How many come how far along a row of steps, and how long it takes them. The exact rules stand with the question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from wellheard.store.reader import Reader

from .active import part
from .did import of
from .question import Conversion, Funnel, Unaskable, starts
from .sql import funnel as sql


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
    exactly = {int(level): int(n) for level, n in reader.rows(*sql.funnel(reader, workspace, question))}
    reached = [sum(n for level, n in exactly.items() if level >= step) for step in range(1, len(question.steps) + 1)]
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
    """The time between steps, along the chain by which each unit first got as far as it ever did; steps nobody
    reached are left out. Only for steps in order."""
    if question.order == "any":
        raise Unaskable("steps in any order have no time between them")
    found = reader.rows(*sql.between(reader, workspace, question))
    return [
        Gap(_told(question.steps[int(step) - 1]), int(n), float(median) / 1000, float(ninth) / 1000)
        for step, n, median, ninth in found
    ]


def conversion(reader: Reader, workspace: int, question: Conversion) -> list[Converted]:
    """One point for every day, week or month of the period."""
    rows = reader.rows(*sql.conversion(reader, workspace, question))
    found = {start: Converted(start, int(entered), int(converted)) for start, entered, converted in rows}
    return [found.get(start, Converted(start, 0, 0)) for start in starts(question.every, question.period)]


def behind(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool = False) -> np.ndarray:
    """Numbers of the people (accounts, when the funnel counts those) who reached step 1, 2, …; with `dropped`
    those for whom it was the last. By session somebody can be among both."""
    if not 1 <= step <= len(question.steps):
        raise Unaskable(f"this funnel has steps 1 to {len(question.steps)}")
    found = sql.funnel_people(reader, workspace, question, step, dropped)
    return reader.arrays(*found, columns=1)[0].astype(np.int64)


def conversion_behind(
    reader: Reader, workspace: int, question: Conversion, start: date, converted: bool | None = None
) -> np.ndarray:
    """Numbers of those who took the first step in the day, week or month from `start`."""
    period = part(question.every, start, question.period)
    asked = replace(question, funnel=replace(question.funnel, period=period))
    found = sql.conversion_people(reader, workspace, asked, converted)
    return reader.arrays(*found, columns=1)[0].astype(np.int64)


def _told(event: object) -> str:
    """A plain name as it stands, anything else in the form it can be asked in."""
    return event if isinstance(event, str) else str(of(event))  # type: ignore[arg-type]
