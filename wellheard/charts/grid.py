"""Numbered marks in a grid of five by five: those that share a cell stand side by side in it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .scale import px

SIZE, CELL, MARGIN, TOP = 5, 88.0, 26.0, 22.0
WIDE = MARGIN + SIZE * CELL + 6


@dataclass(frozen=True, slots=True)
class Point:
    """Something at (x, y), both 1 to 5. `square` draws a square instead of a circle; `kind` is a class of the style sheet."""

    number: int
    x: int
    y: int
    kind: str
    name: str
    url: str = ""
    square: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    point: Point
    x: str
    y: str
    left: str
    top: str
    size: str


@dataclass(frozen=True, slots=True)
class Grid:
    width: str
    height: str
    lines: list[tuple[str, str, str, str, bool]]
    labels: list[tuple[str, str, str, str]]
    marks: list[Mark]


def grid(points: Sequence[Point], corners: tuple[str, str, str, str]) -> Grid:
    """`corners` are the words in the upper left, upper right, lower left and lower right."""
    cells: dict[tuple[int, int], list[Point]] = defaultdict(list)
    for point in points:
        cells[min(SIZE, max(1, point.x)), min(SIZE, max(1, point.y))].append(point)
    marks = []
    for (x, y), held in sorted(cells.items()):
        side = math.ceil(math.sqrt(len(held)))
        step = CELL / side
        size = min(24.0, step * 0.8)
        for n, point in enumerate(held):
            cx = MARGIN + (x - 1) * CELL + (n % side + 0.5) * step
            cy = TOP + (SIZE - y) * CELL + (n // side + 0.5) * (CELL / math.ceil(len(held) / side))
            marks.append(Mark(point, px(cx), px(cy), px(cx - size / 2), px(cy - size / 2), px(size)))
    end, bottom = MARGIN + SIZE * CELL, TOP + SIZE * CELL
    middle = SIZE * CELL / 2
    lines = [(px(MARGIN + i * CELL), px(TOP), px(MARGIN + i * CELL), px(bottom), False) for i in range(SIZE + 1)]
    lines += [(px(MARGIN), px(TOP + i * CELL), px(end), px(TOP + i * CELL), False) for i in range(SIZE + 1)]
    labels = [
        (px(MARGIN + 6), px(TOP + 14), "start", corners[0]), (px(end - 6), px(TOP + 14), "end", corners[1]),
        (px(MARGIN + 6), px(bottom - 8), "start", corners[2]), (px(end - 6), px(bottom - 8), "end", corners[3]),
        *((px(MARGIN + (i + 0.5) * CELL), px(bottom + 15), "middle", str(i + 1)) for i in range(SIZE)),
        *((px(MARGIN - 8), px(TOP + (SIZE - i - 0.5) * CELL + 4), "end", str(i + 1)) for i in range(SIZE)),
        (px(0), px(TOP - 8), "start", "power ↑"),
        (px(MARGIN + middle), px(bottom + 31), "middle", "interest →"),
    ]  # fmt: skip
    return Grid(px(WIDE), px(bottom + 36), lines, labels, marks)
