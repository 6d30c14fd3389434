"""Looking several times at an experiment with a planned end: Lan & DeMets' spending of alpha after O'Brien & Fleming."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from .effect import Standing

EDGE = 9.0
POINTS = (48, 400)  # of the integral at one look: as many as the narrowest step needs
NEAR = 1e-3  # looks closer in information than this count as one


def spent(fraction: float, alpha: float) -> float:
    """How much of a two-sided alpha may be spent up to this share of the information: half of it on each side, by the function
    that Lan & DeMets (1983) give for O'Brien & Fleming's boundaries."""
    if not 0 < fraction <= 1:
        raise ValueError("A share of information lies above 0 and up to 1.")
    return float(4 * ndtr(ndtri(alpha / 4) / math.sqrt(fraction)))


@lru_cache(maxsize=2048)
def boundaries(fractions: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """|z| beyond which each look stops, for these rising shares of information. Found by carrying the density of paths that have
    not stopped from look to look (Armitage, McPherson & Rowe 1969), by Gauss & Legendre's rule."""
    if list(fractions) != sorted(set(fractions)):
        raise ValueError("Shares of information must rise from look to look.")
    found: list[float] = []
    gone, held, points = 0.0, np.ones(1), np.zeros(1)
    steps = np.sqrt(np.diff(np.array([0.0, *fractions])))
    for place, share in enumerate(fractions):
        step, root = float(steps[place]), math.sqrt(share)
        edge = _edge(held, points, step, root, spent(share, alpha) - gone)
        found.append(edge)
        gone = spent(share, alpha)
        if place + 1 == len(fractions):
            break
        # The path is a Brownian motion at time `share`: it went on while |B| stayed below edge·√share.
        wide = min(edge, EDGE) * root
        knots, weights = _rule(int(np.clip(8 * wide / min(step, steps[place + 1]), *POINTS)))
        fresh = wide * knots
        kernel = np.exp(-0.5 * ((fresh[:, None] - points[None, :]) / step) ** 2) / (step * math.sqrt(2 * math.pi))
        held, points = (kernel @ held) * weights * wide, fresh
    return tuple(found)


@lru_cache(maxsize=512)
def _rule(many: int) -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(many)


def _edge(held: np.ndarray, points: np.ndarray, step: float, root: float, left: float) -> float:
    """`held` is the density of going on at `points`, times the weights of the integral."""

    from scipy.optimize import brentq  # slow to load

    def beyond(z: float) -> float:
        out = ndtr((points - z * root) / step) + ndtr((-z * root - points) / step)
        return float(out @ held) - left

    if left <= 0 or beyond(EDGE) > 0:
        return math.inf
    return float(brentq(beyond, 0.0, EDGE, xtol=1e-10)) if beyond(0.0) > 0 else 0.0


LEVELS = tuple(sorted({*np.geomspace(1e-12, 0.9, 37).tolist(), 0.001, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.975, 0.999}))


@lru_cache(maxsize=256)
def _last(fractions: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Levels and the last look's boundary for each, where there is one; boundaries fall as levels rise."""
    pairs = [(level, boundaries(fractions, level)[-1]) for level in LEVELS]
    levels: list[float] = []
    edges: list[float] = []
    for level, edge in pairs:
        if math.isfinite(edge) and (not edges or edge < edges[-1] - 1e-9):
            levels.append(level)
            edges.append(edge)
    return np.array(levels), np.array(edges)


def _curve(levels: np.ndarray, edges: np.ndarray) -> Any:
    from scipy.interpolate import PchipInterpolator  # slow to load, and every command would wait for it

    return PchipInterpolator(np.log(levels), edges)


@dataclass(frozen=True, slots=True)
class Planned:
    """`shares` are the information at each look so far, this one last: rows over the rows planned, at most 1.

    Between the levels worked out exactly (5 % and other usual ones among them) the boundary is interpolated, and the
    p-value is that same curve read the other way, so that the two cannot disagree."""

    shares: tuple[float, ...]
    alpha: float = 0.05

    @classmethod
    def after(cls, rows: Sequence[int], planned: int, alpha: float = 0.05) -> Planned:
        """From the rows at each look. A look that added next to nothing is none; beyond the plan counts as its end."""
        kept: list[float] = []
        for share in sorted({min(1.0, r / planned) for r in rows if r > 0}):
            if kept and share - kept[-1] < NEAR:
                kept.pop()
            kept.append(share)
        return cls(tuple(kept), alpha)

    def at_level(self, alpha: float) -> Planned:
        return replace(self, alpha=alpha)

    def edge(self) -> float:
        """|z| that this look needs."""
        if not self.shares:
            return math.inf
        levels, edges = _last(self.shares)
        if not len(levels) or self.alpha < levels[0]:
            return math.inf
        if self.alpha >= levels[-1]:
            return float(edges[-1])
        if len(levels) == 1:
            return float(edges[0])
        return float(_curve(levels, edges)(math.log(self.alpha)))

    def reach(self, at: Standing) -> float:
        return self.edge() * at.se if at.se > 0 else math.inf

    def p(self, at: Standing) -> float:
        """The smallest level at which this look would stop, the looks before being as they were."""
        if at.se <= 0 or not self.shares:
            return 1.0
        z = abs(at.difference) / at.se
        levels, edges = _last(self.shares)
        if not len(levels) or z <= edges[-1]:
            return 1.0
        if z > edges[0]:
            return float(levels[0])
        curve = _curve(levels, edges)
        high = int(np.searchsorted(-edges, -z, side="left"))  # the first level whose boundary is at most z
        low = math.log(levels[high - 1]) if high else math.log(levels[0])
        top = math.log(levels[high])
        if low == top or curve(low) - z <= 0 or curve(top) - z >= 0:
            return float(levels[high])
        from scipy.optimize import brentq  # slow to load

        return math.exp(brentq(lambda at_: float(curve(at_)) - z, low, top, xtol=1e-13))
