"""Sums of one arm: how many rows, their means, and how the columns vary together. All that any metric needs, so that a
million people and twenty metrics are read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """`mean` has one number a column; `spread` is columns × columns: sums of products of deviations from the means."""

    n: int
    columns: tuple[str, ...]
    mean: Array
    spread: Array

    @classmethod
    def of(cls, table: Mapping[str, Array]) -> Moments:
        """From columns of equal length. Raises ValueError when they are not, or hold what is no number."""
        names = tuple(table)
        rows = np.column_stack([np.asarray(table[c], np.float64) for c in names]) if names else np.empty((0, 0))
        if not np.isfinite(rows).all():
            raise ValueError("A row holds what is no finite number.")
        n = len(rows)
        mean = rows.mean(axis=0) if n else np.zeros(len(names))
        centred = rows - mean
        return cls(n, names, mean, centred.T @ centred)

    @classmethod
    def by_arm(cls, arm: NDArray[np.integer], table: Mapping[str, Array], arms: int) -> list[Moments]:
        """One for each arm 0 … arms − 1; `arm` says whose each row is, negative: nobody's."""
        if not table:
            return [cls.of({c: np.empty(0) for c in table}) for _ in range(arms)]
        theirs = [np.flatnonzero(arm == a) for a in range(arms)]
        return [cls.of({c: np.asarray(v)[rows] for c, v in table.items()}) for rows in theirs]

    def at(self, column: str) -> int:
        try:
            return self.columns.index(column)
        except ValueError:
            raise ValueError(f"There is no column {column!r}; there are {', '.join(self.columns)}.") from None

    def average(self, column: str) -> float:
        return float(self.mean[self.at(column)])

    def cov(self, one: str, other: str) -> float:
        """The sample covariance, with n − 1; nan below two rows."""
        if self.n < 2:
            return float("nan")
        return float(self.spread[self.at(one), self.at(other)] / (self.n - 1))

    def var(self, column: str) -> float:
        return self.cov(column, column)


def pooled(arms: Sequence[Moments]) -> Moments:
    """All rows of all arms together, from their sums alone (Chan, Golub & LeVeque 1983)."""
    first = arms[0]
    if any(a.columns != first.columns for a in arms):
        raise ValueError("The arms must have the same columns.")
    n = sum(a.n for a in arms)
    if not n:
        return first
    mean = sum((a.n * a.mean for a in arms), np.zeros_like(first.mean)) / n
    spread = sum((a.spread + a.n * np.outer(a.mean - mean, a.mean - mean) for a in arms), np.zeros_like(first.spread))
    return Moments(n, first.columns, mean, spread)
