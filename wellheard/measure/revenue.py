"""What accounts pay, after against before, with an interval that says how far chance among accounts reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

LEAST_ACCOUNTS = 10
LEAST_CHANGED = 5
DRAWS = 2000


def change(pairs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Relative change of the summed revenue of the accounts that paid before, from (before, after) in cents.

    The 95% interval is the percentile bootstrap over accounts (Efron 1979). `change`, `low`, `high` are None, and
    `why` says so, when too few accounts paid, or too few changed what they pay: resampling what did not vary would
    draw an interval far too narrow.
    """
    paying = np.array([p for p in pairs if p[0] > 0], dtype=np.float64).reshape(-1, 2)
    changed = int((paying[:, 0] != paying[:, 1]).sum())
    nothing: dict[str, Any] = {"paying": len(paying), "changed": changed, "change": None, "low": None, "high": None}
    if len(paying) < LEAST_ACCOUNTS:
        return {**nothing, "why": f"Fewer than {LEAST_ACCOUNTS} of these accounts paid at release: too few to say."}
    if changed < LEAST_CHANGED:
        return {
            **nothing,
            "why": f"Fewer than {LEAST_CHANGED} of these accounts changed what they pay: too few to say.",
        }
    rows = np.random.default_rng(len(paying)).integers(0, len(paying), (DRAWS, len(paying)))
    before, after = paying[:, 0][rows].sum(axis=1), paying[:, 1][rows].sum(axis=1)
    low, high = np.percentile(after / before - 1, [2.5, 97.5])
    found = paying[:, 1].sum() / paying[:, 0].sum() - 1
    return {**nothing, "change": float(found), "low": float(low), "high": float(high), "why": ""}
