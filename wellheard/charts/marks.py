"""Small drawings for table cells: a dumbbell between two ranks, an interval around zero, a bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .scale import px


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """On a line of 200 by 20: the circle's and the square's centre (`square` is its left edge), the gap between."""

    circle: str
    square: str
    square_middle: str
    title: str


def dumbbell(first: int, second: int, out_of: int, title: str = "") -> Dumbbell:
    """Two ranks, 1 on the left. Ranks beyond `out_of` stay on the line."""
    span = max(1, out_of - 1)

    def x(rank: int) -> float:
        return 8 + 184 * min(max(rank - 1, 0), span) / span

    return Dumbbell(px(x(first)), px(x(second) - 6), px(x(second)), title)


@dataclass(frozen=True, slots=True)
class Interval:
    """On a field of 160 by 28. `point` is empty when it lies outside; arrows say that a side goes on."""

    zero: str
    low: str
    high: str
    point: str
    left_arrow: str
    right_arrow: str
    title: str
    kind: str
    ticks: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Span:
    """On a line of 120 by 16: from `low` to `high`, and the mark's place."""

    low: str
    high: str
    at: str
    title: str


def span(low: float, at: float, high: float, least: float, most: float, title: str = "") -> Span:
    """A range on a scale from `least` (left) to `most`; the mark may stand at an end. What lies outside stops at the ends."""

    def x(value: float) -> float:
        share = (value - least) / (most - least) if most > least else 0.5
        return 6 + 108 * min(1.0, max(0.0, share))

    return Span(px(x(low)), px(x(high)), px(x(at)), title)


# Half the field stands for this much: a change to 4 times as much, or to a quarter.
WIDEST = math.log(4)
LEAST = math.log(1.25)


def reach(*changes: float | None) -> float:
    """A half-width (log scale) that shows all these proportional changes, within reason; 0.5 is 50 % more."""
    logs = [abs(math.log1p(max(c, -0.999999))) for c in changes if c is not None and math.isfinite(c)]
    return min(WIDEST, max([LEAST, *logs]) * 1.06)


def interval(
    estimate: float | None,
    low: float | None,
    high: float | None,
    half: float = WIDEST,
    title: str = "",
    kind: str = "",
) -> Interval | None:
    """Proportional changes on a log scale, so that half as much and twice as much are equally far from zero."""
    if estimate is None or low is None or high is None:
        return None

    def x(change: float) -> float:
        log = math.log1p(max(change, -0.999999)) if math.isfinite(change) else math.inf
        return 80 + 74 * log / half

    left, right, at = x(low), x(high), x(estimate)
    return Interval(
        "80",
        px(min(154.0, max(6.0, left))),
        px(min(154.0, max(6.0, right))),
        px(at) if 6 <= at <= 154 else "",
        "M6,9L1,14L6,19" if left < 6 else "",
        "M154,9L159,14L154,19" if right > 154 else "",
        title,
        kind,
        _ticks(x),
    )


# In the order in which they get a place; a label needs 26 of the 160.
TICKS = [
    (0.0, "no change"), (-0.5, "−50%"), (1.0, "+100%"), (0.5, "+50%"), (-0.2, "−20%"), (0.25, "+25%"), (2.0, "+200%"),
    (-0.1, "−10%"), (0.1, "+10%"),
]  # fmt: skip


def _ticks(x: Callable[[float], float]) -> list[tuple[str, str]]:
    found: list[tuple[float, str]] = []
    for change, label in TICKS:
        at = x(change)
        if 10 <= at <= 150 and all(abs(at - other) >= 26 for other, _ in found):
            found.append((at, label))
    return [(px(at), label) for at, label in sorted(found)]


def bar(value: float, most: float, width: int = 100) -> str:
    """The length of a bar; something is always visible when there is something."""
    if value <= 0 or most <= 0:
        return "0"
    return px(max(1.0, width * min(1.0, value / most)))
