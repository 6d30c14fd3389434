"""Whether as many people came into each arm as were meant to: if not, something broke and no result is to be trusted
(Fabijan et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

STOP = 0.001


@dataclass(frozen=True, slots=True)
class Shares:
    """Pearson's chi-square without correction for continuity; `stop` when p lies below one in a thousand."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    p: float

    @property
    def stop(self) -> bool:
        return self.p < STOP


def shares_fit(counts: Sequence[int], weights: Sequence[float]) -> Shares:
    """`weights` are the planned shares, in any unit. Raises ValueError when they do not belong together."""
    seen, meant = np.asarray(counts, np.float64), np.asarray(weights, np.float64)
    if seen.shape != meant.shape or len(seen) < 2:
        raise ValueError("Give one count and one planned share for each arm, and at least two arms.")
    if (seen < 0).any() or (meant <= 0).any() or not np.isfinite(meant).all():
        raise ValueError("Counts are 0 or more, planned shares above 0.")
    expected = meant / meant.sum() * seen.sum()
    statistic = float(((seen - expected) ** 2 / expected).sum()) if seen.sum() else 0.0
    p = float(chdtrc(len(seen) - 1, statistic))
    return Shares(tuple(int(c) for c in counts), tuple(float(e) for e in expected), p)
