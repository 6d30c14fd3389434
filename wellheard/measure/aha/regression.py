"""A difference between two groups, as it is and among people equally active, with an interval that knows colleagues.

Staying is 0 or 1, so a coefficient of a linear model of it is a difference of shares. Errors are clustered by account:
colleagues stay and leave together. Few or uneven accounts say less than their number: degrees of freedom count the
effective number of clusters (Carter, Schnepel & Steigerwald 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit


@dataclass(frozen=True, slots=True)
class Difference:
    """`value` is a difference of shares (0.1: ten points), `low` and `high` its 95 % interval."""

    value: float
    error: float
    freedom: float

    @property
    def low(self) -> float:
        return self.value - self._half

    @property
    def high(self) -> float:
        return self.value + self._half

    @property
    def _half(self) -> float:
        return float(stdtrit(self.freedom, 0.975)) * self.error

    def exceeds(self, margin: float) -> float:
        """The one-sided p-value against “no more than `margin`”."""
        return float(stdtr(self.freedom, (margin - self.value) / self.error))


def difference(
    did: np.ndarray, stayed: np.ndarray, clusters: np.ndarray, beside: np.ndarray | None = None
) -> Difference | None:
    """Of those who `did`, how many more `stayed`; `beside` holds columns to hold equal (n × p, without a constant).

    did, stayed: n booleans or zeros and ones; clusters: n small numbers from 0. None when nothing is left to compare:
    everybody or nobody did it once the columns are held equal, or fewer than three clusters carry the comparison.
    """
    n = len(did)
    x, y = did.astype(float), stayed.astype(float)
    columns = np.ones((n, 1)) if beside is None else np.column_stack([np.ones(n), beside])
    solved, *_ = np.linalg.lstsq(columns, np.column_stack([x, y]), rcond=1e-10)
    x, y = (np.column_stack([x, y]) - columns @ solved).T
    weight = float(x @ x)
    if n <= columns.shape[1] + 1 or weight < 1e-8 * n:
        return None
    value = float(x @ y) / weight
    scores = np.bincount(clusters, x * (y - value * x))
    held = np.bincount(clusters, x * x) / weight
    many = int((held > 0).sum())
    effective = 1 / float(held @ held)
    if many < 3 or effective < 2:
        return None
    grown = many / (many - 1) * (n - 1) / (n - columns.shape[1] - 1)
    error = float(np.sqrt(grown * (scores @ scores))) / weight
    return Difference(value, error, effective - 1) if error > 0 else None


def holm(p_values: list[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false finding at the level (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = most
    return adjusted
