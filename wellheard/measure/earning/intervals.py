"""Intervals of shares: Wilson's for one, Newcombe's (his method 10) for the difference of two independent ones.

Wilson, E. B. (1927), JASA 22; Newcombe, R. G. (1998), Statistics in Medicine 17:873–890.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z = 1.959963984540054  # 95%


class Interval(NamedTuple):
    estimate: float | None
    low: float | None
    high: float | None


def proportion(hits: int, size: int) -> Interval:
    if not size:
        return Interval(None, None, None)
    p, z2 = hits / size, Z * Z
    middle = (p + z2 / (2 * size)) / (1 + z2 / size)
    half = Z / (1 + z2 / size) * sqrt(p * (1 - p) / size + z2 / (4 * size * size))
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half))


def difference(hits: int, size: int, other_hits: int, other_size: int) -> Interval:
    a, b = proportion(hits, size), proportion(other_hits, other_size)
    if None in (*a, *b):
        return Interval(None, None, None)
    assert a.estimate is not None and a.low is not None and a.high is not None  # noqa: PT018
    assert b.estimate is not None and b.low is not None and b.high is not None  # noqa: PT018
    gap = a.estimate - b.estimate
    low = gap - sqrt((a.estimate - a.low) ** 2 + (b.high - b.estimate) ** 2)
    high = gap + sqrt((a.high - a.estimate) ** 2 + (b.estimate - b.low) ** 2)
    return Interval(gap, low, high)
