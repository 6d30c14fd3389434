"""Time until something happened, where for some it has not happened yet: the mean time within a horizon (restricted mean, the
area below Kaplan & Meier's curve), with Greenwood's variance. The test is of that mean, so that it and the interval agree;
the log-rank test stands beside it for those who know it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from .metric import Level

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


def horizon(arms: list[tuple[Floats, Bools]]) -> float:
    """The longest time that is known of every arm (times, censored). An arm in which it happened to the last one is known for
    ever: nobody is left."""
    watched = [t for t, _ in arms if len(t)]
    open_ended = [float(t.max()) for t, gone in arms if len(t) and gone[t == t.max()].any()]
    return min(open_ended) if open_ended else max((float(t.max()) for t in watched), default=0.0)


def restricted_mean(times: Floats, censored: Bools, until: float) -> Level:
    """In the unit of `times`. Raises ValueError for a time below 0 or no number."""
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("A time lies below 0 or is no number.")
    n = len(times)
    if not n:
        return Level(math.nan, math.nan, 0)
    over = times > until
    clipped, happened = np.where(over, until, times), ~censored & ~over
    at, place = np.unique(clipped, return_inverse=True)
    deaths = np.bincount(place, weights=happened, minlength=len(at))
    leaving = np.bincount(place, minlength=len(at))
    risk = n - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    curve = np.cumprod(1 - deaths / risk)
    width = np.diff(np.concatenate([at, [max(until, float(at[-1]))]]))
    pieces = curve * width
    area = float(at[0] + pieces.sum())
    rest = np.cumsum(pieces[::-1])[::-1]  # area from each time on
    ends = risk > deaths
    terms = rest[ends] ** 2 * deaths[ends] / (risk[ends] * (risk[ends] - deaths[ends]))
    # n/(n − 1): with nobody censored this is the sample variance of the mean, which Welch's degrees of freedom belong to.
    return Level(area, float(terms.sum()) * n / max(1, n - 1), n)


def log_rank(times: Floats, censored: Bools, treated: Bools) -> float:
    """Its p-value (Mantel 1966); 1 when nothing happened."""
    at, place = np.unique(times, return_inverse=True)
    dead = ~censored

    def each(mask: Bools) -> Floats:
        return np.bincount(place[mask], minlength=len(at)).astype(np.float64)

    died, of_them = each(dead), each(dead & treated)
    left, left_them = each(np.ones(len(times), bool)), each(treated)
    risk = left[::-1].cumsum()[::-1]
    risk_them = left_them[::-1].cumsum()[::-1]
    share = risk_them / risk
    more = risk > 1
    variance = (died * share * (1 - share))[more] * ((risk - died)[more] / (risk[more] - 1))
    total = float(variance.sum())
    if total <= 0:
        return 1.0
    return float(chdtrc(1, float((of_them - died * share).sum()) ** 2 / total))
