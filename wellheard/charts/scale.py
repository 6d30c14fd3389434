"""What all drawings share: numbers as SVG wants them, and axes that people can read."""

from __future__ import annotations

import math
from collections.abc import Sequence


def px(value: float) -> str:
    """A coordinate, with a dot in every language and never "-0"."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def nice_ticks(highest: float, steps: int = 4, whole: bool = False) -> list[float]:
    """Round values from 0 to at least `highest`, at most `steps` apart: 0, 50, 100, 150; `whole`: no halves of what
    can only be counted."""
    if not math.isfinite(highest) or highest < 1e-6:
        return [0.0, 1.0]
    rough = highest / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    if whole and step != int(step):
        step = float(math.ceil(step))
    count = math.ceil(highest / step - 1e-9)
    return [round(step * i, 10) for i in range(count + 1)]


def tick_label(value: float) -> str:
    """1500 → 1,500; 0.25 stays."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:g}"


def thinned(labels: Sequence[str], most: int = 6) -> list[str]:
    """Of many labels along an axis those that fit, spread evenly, the first and the last included."""
    if len(labels) <= most:
        return list(labels)
    last = len(labels) - 1
    return [labels[round(i * last / (most - 1))] for i in range(most)]
