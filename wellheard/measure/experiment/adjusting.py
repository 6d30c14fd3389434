"""Many comparisons at once: at which level each is judged, so that its interval and its adjusted p-value decide alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(ps: Sequence[float], alpha: float) -> tuple[list[float], list[float]]:
    """Adjusted p-values and levels (Holm 1979). An interval at 1 − its level excludes no effect exactly when the adjusted p is
    below alpha: those after the first that fails are judged at that one's level, which they fail as well."""
    many = len(ps)
    adjusted, levels = [1.0] * many, [alpha] * many
    highest, failed = 0.0, 0.0
    for rank, at in enumerate(np.argsort(np.asarray(ps, np.float64), kind="stable")):
        highest = max(highest, min(1.0, (many - rank) * ps[at]))
        adjusted[at] = highest
        levels[at] = failed or alpha / (many - rank)
        if not failed and ps[at] >= levels[at]:
            failed = levels[at]
    return adjusted, levels


def benjamini_hochberg(ps: Sequence[float], alpha: float) -> tuple[list[float], float]:
    """q-values (Benjamini & Hochberg 1995), and the one level at which intervals are drawn so that they exclude no effect
    exactly for those whose q is below alpha (Benjamini & Yekutieli 2005)."""
    many = len(ps)
    if not many:
        return [], alpha
    order = np.argsort(np.asarray(ps, np.float64), kind="stable")
    qs = np.minimum.accumulate((np.asarray(ps)[order] * many / np.arange(1, many + 1))[::-1])[::-1]
    found = np.empty(many)
    found[order] = np.minimum(1.0, qs)
    passed = int((found < alpha).sum())
    return found.tolist(), max(passed, 1) * alpha / many
