"""When an effect that was there is said to be gone. Pure arithmetic on the pieces that verdicts keep.

Later weeks differ from the first ones by chance, and the first were looked at because they looked good. So an alarm takes
two things: the later weeks no longer show the effect (their interval reaches no change), and in each comparison they
are below the first by more than SURE standard errors of the difference, taken as if the two were independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SURE = 2.6  # one-sided 5 % over the eleven looks of a year (Bonferroni)
FOUR = 4  # weeks looked at together
LAST = 52  # weeks after the release after which nothing is looked at again
GOOD = frozenset({"likely helped", "moved together"})


def windows(first: int) -> Iterator[tuple[int, int]]:
    """First and last week, counted from the release, of each later look at a bet measured over `first` weeks."""
    for start in range(first + 1, LAST - FOUR + 2, FOUR):
        yield start, start + FOUR - 1


@dataclass(frozen=True, slots=True)
class Piece:
    """One estimate on the log scale."""

    theta: float
    se: float
    low: float
    high: float

    @staticmethod
    def read(found: Mapping[str, Any] | None) -> Piece | None:
        if not found or not np.isfinite([found["theta"], found["se"], found["low"], found["high"]]).all():
            return None
        return Piece(found["theta"], found["se"], found["low"], found["high"])

    def turned(self, sign: int) -> Piece:
        """What was wanted is up."""
        return self if sign > 0 else Piece(-self.theta, self.se, -self.high, -self.low)


def gone(
    first: Mapping[str, Any],
    word: str,
    later: Mapping[str, Any],
    wanted: str = "up",
    sure: float = SURE,
) -> bool | None:
    """Whether the effect `first` showed is gone in `later`; None when that cannot be said.

    Both are a verdict's pieces: "a", "b" and "moved", each an estimate or nothing. After "likely helped" both comparisons
    must say so; after "moved together" only after against before is compared, as that word claims no more.
    """
    names = {"likely helped": ("a", "b"), "moved together": ("moved",)}.get(word)
    if names is None:
        return None
    sign = 1 if wanted == "up" else -1
    was = [p.turned(sign) if (p := Piece.read(first.get(name))) else None for name in names]
    now = [p.turned(sign) if (p := Piece.read(later.get(name))) else None for name in names]
    pairs = [(a, b) for a, b in zip(was, now, strict=True) if a is not None and b is not None]
    if len(pairs) < len(names) or any(a.theta <= 0 for a, _ in pairs):
        return None
    if min(b.low for _, b in pairs) > 0:  # the hull of both excludes no change: it is still there
        return False
    return all(a.theta - b.theta > sure * float(np.hypot(a.se, b.se)) for a, b in pairs)
