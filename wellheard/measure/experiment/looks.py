"""Looking several times at an experiment with a planned end: Lan & DeMets' spending of alpha after O'Brien & Fleming."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from .effect import Standing

GRID, EDGE = 1201, 8.5


def spent(fraction: float, alpha: float) -> float:
    """How much of a two-sided alpha may be spent up to this share of the information: half of it on each side, by the function
    that Lan & DeMets (1983) give for O'Brien & Fleming's boundaries."""
    if not 0 < fraction <= 1:
        raise ValueError("A share of information lies above 0 and up to 1.")
    return float(4 * stats.norm.sf(stats.norm.isf(alpha / 4) / math.sqrt(fraction)))


@lru_cache(maxsize=512)
def boundaries(fractions: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """|z| beyond which each look stops, for these rising shares of information. Found by carrying the density of paths that have
    not stopped from look to look (Armitage, McPherson & Rowe 1969)."""
    if list(fractions) != sorted(set(fractions)):
        raise ValueError("Shares of information must rise from look to look.")
    found: list[float] = []
    gone, density, points, before = 0.0, np.empty(0), np.empty(0), 0.0
    for share in fractions:
        left = spent(share, alpha) - gone
        step = math.sqrt(share - before)
        root = math.sqrt(share)
        if not found:
            edge = float(stats.norm.isf(left / 2)) if left > 0 else math.inf
        else:
            edge = _edge(density, points, step, root, left)
        found.append(edge)
        gone = spent(share, alpha)
        # The path is a Brownian motion at time `share`: it went on while |B| stayed below edge·√share.
        fresh = np.linspace(-min(edge, EDGE) * root, min(edge, EDGE) * root, GRID)
        if points.size:
            density = _carried(density, points, fresh, step)
        else:
            density = stats.norm.pdf(fresh, scale=root)
        points, before = fresh, share
    return tuple(found)


def _carried(density: np.ndarray, points: np.ndarray, fresh: np.ndarray, step: float) -> np.ndarray:
    kernel = stats.norm.pdf(fresh[:, None] - points[None, :], scale=step)
    return np.asarray(kernel @ (density * _weights(points)))


def _weights(points: np.ndarray) -> np.ndarray:
    """Simpson's rule; the number of points is odd."""
    w = np.full(len(points), 2.0)
    w[1::2] = 4.0
    w[0] = w[-1] = 1.0
    return np.asarray(w * (points[1] - points[0]) / 3)


def _edge(density: np.ndarray, points: np.ndarray, step: float, root: float, left: float) -> float:
    held = density * _weights(points)

    def beyond(z: float) -> float:
        out = stats.norm.sf((z * root - points) / step) + stats.norm.cdf((-z * root - points) / step)
        return float(out @ held) - left

    if left <= 0 or beyond(EDGE) > 0:
        return math.inf
    return float(brentq(beyond, 0.0, EDGE, xtol=1e-9))


@dataclass(frozen=True, slots=True)
class Planned:
    """`shares` are the information at each look so far, this one last: rows over the rows planned, at most 1."""

    shares: tuple[float, ...]
    alpha: float = 0.05

    @classmethod
    def after(cls, rows: Sequence[int], planned: int, alpha: float = 0.05) -> Planned:
        """From the rows at each look. A look that added nothing is none; beyond the plan counts as its end."""
        shares = sorted({min(1.0, r / planned) for r in rows if r > 0})
        return cls(tuple(shares), alpha)

    def reach(self, at: Standing) -> float:
        return boundaries(self.shares, self.alpha)[-1] * at.se if at.se > 0 else math.inf

    def p(self, at: Standing) -> float:
        """The smallest alpha at which this look would stop, the looks before being as they were."""
        if at.se <= 0:
            return 1.0
        z = abs(at.difference) / at.se
        low, high = 1e-12, 0.9999
        if boundaries(self.shares, high)[-1] >= z:
            return 1.0
        if boundaries(self.shares, low)[-1] < z:
            return low
        for _ in range(40):
            middle = math.sqrt(low * high)
            if boundaries(self.shares, middle)[-1] < z:
                high = middle
            else:
                low = middle
        own = z > boundaries(self.shares, self.alpha)[-1]
        return min(high, math.nextafter(self.alpha, 0)) if own else max(high, self.alpha)
