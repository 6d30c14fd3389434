"""Before the start: how many people an effect needs, what effect so many people would show, and how many weeks that takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.floating[Any]]
# How much larger an experiment must be for the same power, against one look at the end: 1.02 to 1.05 for 4 to 20 looks; without an
# end 1.8 to 1.9 at the size it is tuned for, more far from it (bench/experiments.py).
LOOKS = {"fixed": 1.0, "spending": 1.03, "sequence": 2.0}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of a metric before the start: its mean, the variance of one row, the correlation with the same before
    (CUPED), and for accounts counted by their people the people an account and their likeness (ICC). `n` rows told so."""

    mean: float
    variance: float
    correlation: float = 0.0
    people_each: float = 1.0
    icc: float = 0.0
    n: int = 0

    @property
    def left(self) -> float:
        """Variance of one row once CUPED took its part and likeness within accounts (design effect) added its own."""
        return self.variance * (1 - self.correlation**2) * (1 + (self.people_each - 1) * self.icc)


def baseline(values: Floats, below: Floats | None = None, before: Floats | None = None) -> Baseline:
    """From one row a unit of today's people: a mean or share of `values`, with `below` the ratio of the sums (delta method).
    Raises ValueError below ten rows or where there is nothing to divide by."""
    if len(values) < 10:
        raise ValueError("Fewer than ten rows tell no baseline.")
    mean, each = float(values.mean()), np.asarray(values, np.float64)
    if below is not None:
        base = float(below.mean())
        if not base > 0:
            raise ValueError("There is nothing to divide by.")
        mean /= base
        each = (each - mean * below) / base
    varies = each.std() > 0 and before is not None and before.std() > 0
    like = float(np.corrcoef(each, before)[0, 1]) if varies and before is not None else 0.0
    return Baseline(mean, float(each.var(ddof=1)), like, n=len(values))


@dataclass(frozen=True, slots=True)
class Size:
    """`control` and `treatment` rows, `total` rows of all arms, `weeks` that takes (None: no traffic told), `effect` absolute."""

    effect: float
    relative: float | None
    control: int
    treatment: int
    total: int
    weeks: float | None


def size_for(
    of: Baseline, relative: float, *, alpha: float = 0.05, power: float = 0.8, shares: tuple[float, ...] = (1, 1),
    comparisons: int = 1, weekly: float | None = None, window_days: int = 0, kind: str = "mean", method: str = "fixed",
) -> Size:  # fmt: skip
    """Rows for a relative effect (0.05: 5 % of the baseline's level, without its sign). `comparisons` share alpha as if all were
    judged at once (Bonferroni: Holm needs no more). `weekly` units come in a week, and the last one's window must end too."""
    effect = relative * abs(of.mean)
    if not effect or not of.left > 0:
        raise ValueError("There is no size for no effect, for a level of 0 or for what does not vary.")
    return _sized(of, effect, alpha / comparisons, power, shares, weekly, window_days, kind, method)


def effect_for(
    of: Baseline, total: float, *, alpha: float = 0.05, power: float = 0.8, shares: tuple[float, ...] = (1, 1),
    comparisons: int = 1, kind: str = "mean", method: str = "fixed",
) -> float:  # fmt: skip
    """The absolute effect that so many rows of all arms show with this power; of the baseline's level: divide by its mean.
    For a share that cannot rise so far, infinite."""
    from scipy.optimize import brentq  # slow to load

    if total <= 0 or not of.left > 0:
        raise ValueError("There is no effect to be seen without people, or where nothing varies.")

    def needs(effect: float) -> float:
        return _rows(of, effect, alpha / comparisons, power, shares, kind, method) - total

    top = (1 - of.mean) * (1 - 1e-9) if kind == "proportion" else 1e3 * math.sqrt(of.left)
    low = 1e-7 * math.sqrt(of.left)
    if top <= low or needs(top) > 0:
        return math.inf
    return float(brentq(needs, low, top, xtol=1e-12 + 1e-9 * math.sqrt(of.left)))


def weeks_for(total: int, weekly: float, window_days: int = 0) -> float:
    """Until so many have come, and the last one's window is full."""
    if weekly <= 0:
        return math.inf
    return total / weekly + window_days / 7


def _rows(
    of: Baseline, effect: float, alpha: float, power: float, shares: tuple[float, ...], kind: str, method: str
) -> float:
    if not 0 < alpha < 1 or not 0.01 <= power < 1 or len(shares) < 2 or min(shares) <= 0:
        raise ValueError("Alpha and power lie between 0 and 1; every variant has a share above 0.")
    parts = [s / sum(shares) for s in shares]
    control, treatment = parts[0], min(parts[1:])
    scale = of.left / of.variance
    theirs = of.left
    if kind == "proportion":
        rate = of.mean + effect
        if not 0 < rate < 1:
            raise ValueError("A share of people stays between 0 and 1.")
        theirs = rate * (1 - rate) * scale
    z = float(ndtri(power) - ndtri(alpha / 2))
    rows = z**2 * (of.left / control + theirs / treatment) / effect**2
    # Student's t instead of the normal: the correction that matters below some hundred rows (Guenther 1981).
    return (rows + float(ndtri(alpha / 2)) ** 2 / 2) * LOOKS[method]


def _sized(
    of: Baseline, effect: float, alpha: float, power: float, shares: tuple[float, ...], weekly: float | None,
    window_days: int, kind: str, method: str,
) -> Size:  # fmt: skip
    rows = _rows(of, effect, alpha, power, shares, kind, method)
    each = [math.ceil(rows * s / sum(shares)) for s in shares]
    weeks = weeks_for(sum(each), weekly, window_days) if weekly is not None else None
    return Size(effect, effect / abs(of.mean) if of.mean else None, each[0], min(each[1:]), sum(each), weeks)
