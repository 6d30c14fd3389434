"""Lines over time, and a spark for a table cell.

The plot stretches to whatever width it gets (preserveAspectRatio none), so all words stand beside it as HTML, and
points are drawn as line caps, which do not stretch: round for one lens, square for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .scale import nice_ticks, px, thinned, tick_label

WIDTH, HEIGHT = 600, 160


@dataclass(frozen=True, slots=True)
class Series:
    """`kind` is the class that colours it; `urls` open what is behind each point (empty text: nothing)."""

    name: str
    kind: str
    values: Sequence[float]
    urls: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """What values may be expected at each point, `low` to `high`: an area behind the lines."""

    name: str
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """`line` joins the points; `dots` are zero-length strokes whose caps are the points; `tail` leads to a last point
    that is not final."""

    name: str
    kind: str
    line: str
    dots: str
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Band:
    """One invisible column of the plot, with what stands there as its title; `url` opens it."""

    x: str
    width: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """All that the template draws. `ticks` run from the top down; `rows` are the table behind the drawing."""

    title: str
    width: str
    height: str
    drawn: list[Drawn]
    grid: list[str]
    ticks: list[str]
    labels: list[str]
    bands: list[Band]
    mark: str
    mark_name: str
    head: str
    rows: list[tuple[str, list[Cell]]]
    spread: str = ""
    spread_name: str = ""


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    head: str = "Week of",
    mark: int | None = None,
    mark_name: str = "",
    open_end: bool = False,
    spread: Spread | None = None,
) -> LineChart:
    """`spread` must have as many values as labels. `open_end`: the last point is not final, and is drawn so. `mark` is the position of something that happened, drawn as an upright line. No values: an empty drawing."""
    count = len(labels)
    for one in series:
        if len(one.values) != count:
            raise ValueError(f"{one.name} has {len(one.values)} values for {count} labels.")
    if spread and not len(spread.low) == len(spread.high) == count:
        raise ValueError(f"{spread.name} has {len(spread.low)} and {len(spread.high)} values for {count} labels.")
    highest = [*(v for s in series for v in s.values), *(spread.high if spread else ())]
    ticks = nice_ticks(max(highest, default=0), whole=_whole(series))
    top = ticks[-1]

    def x(i: int) -> float:
        return WIDTH * i / (count - 1) if count > 1 else WIDTH / 2

    def y(value: float) -> float:
        return HEIGHT - HEIGHT * value / top

    def points(values: Sequence[float]) -> list[str]:
        return [f"{px(x(i))},{px(y(v))}" for i, v in enumerate(values)]

    def told(one: Series, i: int) -> str:
        """Whole numbers whole; where there are fractions, all of a line with two decimals."""
        whole = all(v == int(v) for v in one.values)
        return f"{one.values[i]:,.0f}" if whole else f"{one.values[i]:,.2f}"

    def between(i: int) -> str:
        assert spread is not None
        return f"{spread.low[i]:,.0f} to {spread.high[i]:,.0f}"

    drawn = []
    for one in series:
        at = points(one.values)
        dots = "".join(f"M{p}h0" for p in at) if count <= 60 else ""
        final = at[:-1] if open_end and len(at) > 1 else at
        tail = f"M{at[-2]}L{at[-1]}" if open_end and len(at) > 1 else ""
        drawn.append(Drawn(one.name, one.kind, "M" + "L".join(final) if final else "", dots, tail))
    half = WIDTH / max(1, count - 1) / 2
    bands = [
        Band(
            px(max(0.0, x(i) - half)),
            px(min(float(WIDTH), x(i) + half) - max(0.0, x(i) - half)),
            f"{label}: "
            + ", ".join(f"{told(s, i)} {s.name}" for s in series)
            + (f"; {spread.name} {between(i)}" if spread else ""),
            next((s.urls[i] for s in series if s.urls and s.urls[i]), ""),
        )
        for i, label in enumerate(labels)
    ]
    rows = [
        (label, [Cell(told(s, i), s.urls[i] if s.urls else "") for s in series] + ([Cell(between(i), "")] if spread else []))
        for i, label in enumerate(labels)
    ]  # fmt: skip
    area = "M" + "L".join([*points(spread.high), *reversed(points(spread.low))]) + "Z" if spread and count else ""
    return LineChart(
        title,
        str(WIDTH),
        str(HEIGHT),
        drawn,
        [px(y(t)) for t in ticks],
        [tick_label(t) for t in reversed(ticks)],
        thinned(labels),
        bands,
        "" if mark is None else px(x(mark)),
        mark_name,
        head,
        rows,
        area,
        spread.name if spread else "",
    )


def _whole(series: Sequence[Series]) -> bool:
    return all(float(v).is_integer() for s in series for v in s.values)


@dataclass(frozen=True, slots=True)
class Spark:
    points: str
    area: str
    title: str


def spark(values: Sequence[float], title: str = "", width: int = 80, height: int = 20) -> Spark:
    """A small line without axes; flat at the bottom when there is nothing."""
    top = max(values, default=0) or 1
    step = width / max(1, len(values) - 1)
    at = [f"{px(i * step)},{px(1 + (height - 2) * (1 - v / top))}" for i, v in enumerate(values)]
    if not at:
        return Spark("", "", title)
    return Spark(" ".join(at), f"M0,{height}L{'L'.join(at)}L{px(step * (len(values) - 1))},{height}Z", title)
