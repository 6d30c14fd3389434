"""Stacked columns over time; what counts against them hangs below the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .lines import HEIGHT, WIDTH, Band, Cell
from .scale import nice_ticks, px, thinned, tick_label


@dataclass(frozen=True, slots=True)
class Layer:
    """One part of every column; `below` hangs from the line. `urls` open what is behind each."""

    name: str
    kind: str
    values: Sequence[float]
    urls: Sequence[str] = ()
    below: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    kind: str  # with " open" in the last column when that is not final
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """All that the template draws. `ticks` run from the top down; `rows` are the table behind the drawing."""

    title: str
    width: str
    height: str
    blocks: list[Block]
    zero: str
    ticks: list[tuple[str, str]]
    labels: list[str]
    bands: list[Band]
    keys: list[tuple[str, str]]
    head: str
    rows: list[tuple[str, list[Cell]]]


def column_chart(
    title: str, labels: Sequence[str], layers: Sequence[Layer], head: str = "Week of", open_end: bool = False
) -> ColumnChart:
    """`open_end`: the last column is not final, and is drawn so."""
    count = len(labels)
    for layer in layers:
        if len(layer.values) != count:
            raise ValueError(f"{layer.name} has {len(layer.values)} values for {count} labels.")
    above = [sum(la.values[i] for la in layers if not la.below) for i in range(count)]
    below = [sum(la.values[i] for la in layers if la.below) for i in range(count)]
    up, down = nice_ticks(max(above, default=0), whole=True)[-1], max(below, default=0)
    down = nice_ticks(down)[-1] if down else 0.0
    scale = HEIGHT / (up + down)
    step = WIDTH / max(1, count)
    blocks = []
    for i in range(count):
        high, low = up * scale, up * scale
        for layer in layers:
            size = layer.values[i] * scale
            if layer.below:
                top, low = low, low + size
            else:
                top = high = high - size
            if size > 0:
                kind = f"{layer.kind} open" if open_end and i == count - 1 else layer.kind
                blocks.append(Block(kind, px(i * step + step * 0.12), px(top), px(step * 0.76), px(size)))
    bands = [
        Band(px(i * step), px(step), f"{label}: " + ", ".join(f"{la.values[i]:,.0f} {la.name}" for la in layers), "")
        for i, label in enumerate(labels)
    ]
    rows = [
        (label, [Cell(f"{la.values[i]:,.0f}", la.urls[i] if la.urls else "") for la in layers])
        for i, label in enumerate(labels)
    ]
    ticks = [(tick_label(up), "0"), ("0", px(up * scale))]
    if down:
        ticks.append((tick_label(down), str(HEIGHT)))
    keys = [(la.name, la.kind) for la in layers]
    return ColumnChart(
        title, str(WIDTH), str(HEIGHT), blocks, px(up * scale), ticks, thinned(labels), bands, keys, head, rows
    )
