"""From the table to each arm's level of a metric: winsorised, and with what people did before taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .declared import Metric, Table
from .metric import Level, Mean, Ratio
from .moments import Array, Moments, pooled
from .survival import horizon, restricted_mean

EXPECTED = 10  # rows that are not 0 (and for shares: that are 0) expected in each arm, below which nothing is said


@dataclass(frozen=True, slots=True)
class Levels:
    """`arms`: what is compared; `plain`: without CUPED; `few`: too rare or too common to compare; `skew` of one row;
    `until`: horizon of a time."""

    arms: list[Level]
    plain: list[Level]
    means: list[float]
    few: bool
    until: float | None = None
    skew: float = 0.0

    def saved(self, arm: int) -> float | None:
        """The part of the difference's variance that CUPED took away; missing without it."""
        raw = self.plain[0].variance + self.plain[arm].variance
        if self.arms is self.plain or not raw > 0:
            return None
        return 1 - (self.arms[0].variance + self.arms[arm].variance) / raw


def levels(metric: Metric, table: Table, arms: int) -> Levels:
    """Raises ValueError when the table lacks a column of this metric, or holds what is no number."""
    if metric.key not in table.values:
        raise ValueError(f"The table has no values of {metric.key!r}.")
    value = np.asarray(table.values[metric.key], np.float64)
    if metric.kind == "time":
        return _times(metric, table, value, arms)
    if metric.kind == "proportion" and not ((value == 0) | (value == 1)).all():
        raise ValueError(f"{metric.name!r} is a share of people: its values are 0 or 1.")
    columns: dict[str, Array] = {"value": value}
    before = table.before.get(metric.key)
    measured: Mean | Ratio
    if metric.kind == "ratio":
        if metric.key not in table.denominators:
            raise ValueError(f"{metric.name!r} is a ratio: the table has nothing to divide by.")
        columns["below"] = np.asarray(table.denominators[metric.key], np.float64)
        if before is not None:
            columns["before"], columns["below before"] = (np.asarray(b, np.float64) for b in before)
        measured = Ratio("value", "below", ("before", "below before") if before is not None else None)
    else:
        if before is not None:
            columns["before"] = np.asarray(before, np.float64)
        measured = Mean("value", "before" if before is not None else "")
    if metric.winsorise is not None:
        columns = {name: _pulled_in(column, table.arm, metric.winsorise) for name, column in columns.items()}
    sums = Moments.by_arm(table.arm, columns, arms)
    everybody = pooled(sums)
    theta = measured.theta(everybody) if everybody.n > 1 else 0.0
    theta = theta if math.isfinite(theta) else 0.0
    plain = [measured.level(s, everybody, 0.0) for s in sums]
    found = [measured.level(s, everybody, theta) for s in sums] if theta else plain
    if metric.kind == "proportion" and not any(p.variance > 0 for p in plain) and len({p.value for p in plain}) > 1:
        # All or nobody in each arm: as if one more had done it and one more not (Agresti & Caffo 2000).
        plain = found = [_smoothed(p) for p in plain]
    nonzero = np.bincount(table.arm[(value != 0) & (table.arm >= 0)], minlength=arms)
    rows = np.array([s.n for s in sums])
    few = _few(nonzero, rows) or (metric.kind == "proportion" and _few(rows - nonzero, rows))
    return Levels(found, plain, [p.value for p in plain], few, skew=_skew(columns, table.arm, theta))


def _skew(columns: dict[str, Array], arm: np.ndarray, theta: float) -> float:
    """Skewness of one row about its arm's level, over all arms: of the value less what was before, or of a ratio's linearised rows."""
    inside = arm >= 0
    at, arms = arm[inside], int(arm.max(initial=0)) + 1
    n = np.maximum(1, np.bincount(at, minlength=arms))

    def centred(column: Array) -> Array:
        return column[inside] - (np.bincount(at, column[inside], arms) / n)[at]

    row = centred(columns["value"])
    if "below" in columns:
        above, below = (np.bincount(at, columns[c][inside], arms) for c in ("value", "below"))
        row = row - np.divide(above, below, out=np.zeros(arms), where=below != 0)[at] * centred(columns["below"])
    elif theta and "before" in columns:
        row = row - theta * centred(columns["before"])
    spread = float((row**2).mean()) if len(row) else 0.0
    return float((row**3).mean() / spread**1.5) if spread > 0 else 0.0


def _smoothed(level: Level) -> Level:
    share = (level.value * level.n + 1) / (level.n + 2)
    return Level(level.value, share * (1 - share) / (level.n + 2), level.n)


def _times(metric: Metric, table: Table, value: Array, arms: int) -> Levels:
    if metric.key not in table.censored:
        raise ValueError(f"{metric.name!r} is a time: the table does not say for whom it has not happened yet.")
    gone = np.asarray(table.censored[metric.key], bool)
    theirs = [table.arm == a for a in range(arms)]
    until = horizon([(value[rows], gone[rows]) for rows in theirs])
    found = [restricted_mean(value[rows], gone[rows], until) for rows in theirs]
    happened = np.array([int((~gone[rows]).sum()) for rows in theirs])
    few = _few(happened, np.array([f.n for f in found]))
    return Levels(found, found, [f.value for f in found], few, until)


def _few(seen: np.ndarray, rows: np.ndarray) -> bool:
    total = int(rows.sum())
    return bool(total == 0 or (seen.sum() * rows / total < EXPECTED).any())


def _pulled_in(column: Array, arm: np.ndarray, quantile: float) -> Array:
    """Both ends, over all arms. Where most have nothing at all (few buy), the quantile of everybody would be nothing too and cut
    away all there is: then it is that of those who have something."""
    held = column[arm >= 0]
    if not held.size:
        return column
    low, high = np.quantile(held, (1 - quantile, quantile))
    if low == high and (some := held[held != 0]).size:
        ends = np.quantile(some, (1 - quantile, quantile))
        low, high = min(low, ends[0]), max(high, ends[1])
    return np.clip(column, low, high)
