"""How many come how far along a row of steps. The exact rules stand with the question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wellheard.store.reader import Reader

from . import sql
from .question import Funnel, Unaskable


@dataclass(frozen=True, slots=True)
class Step:
    """`count` units got here. `of_first` and `of_previous` are shares, None when nobody could have."""

    event: str
    count: int
    of_first: float | None
    of_previous: float | None


def funnel(reader: Reader, workspace: int, question: Funnel) -> list[Step]:
    """The first step's count is the sample."""
    exactly = {int(level): int(n) for level, n in reader.rows(*sql.funnel(reader, workspace, question))}
    reached = [sum(n for level, n in exactly.items() if level >= step) for step in range(1, len(question.steps) + 1)]
    return [
        Step(
            event,
            reached[at],
            reached[at] / reached[0] if reached[0] else None,
            reached[at] / reached[at - 1] if at and reached[at - 1] else None,
        )
        for at, event in enumerate(question.steps)
    ]


def behind(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool = False) -> np.ndarray:
    """Numbers of the people (accounts, when the funnel counts those) who reached step 1, 2, …; with `dropped`
    those for whom it was the last. By session somebody can be among both."""
    if not 1 <= step <= len(question.steps):
        raise Unaskable(f"this funnel has steps 1 to {len(question.steps)}")
    found = sql.funnel_people(reader, workspace, question, step, dropped)
    return reader.arrays(*found, columns=1)[0].astype(np.int64)
