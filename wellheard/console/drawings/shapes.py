"""What an answer is drawn with. Each shape names the template that draws it; templates only draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from django.urls import reverse

from wellheard.charts.columns import ColumnChart
from wellheard.charts.lines import LineChart


@dataclass(frozen=True, slots=True)
class Cell:
    """`url` opens who stands behind it; `bar` (0 … 1) is drawn below; `shade` (0 … 9) colours the cell; `lens` is u
    or c."""

    text: str
    url: str = ""
    sub: str = ""
    bar: float | None = None
    shade: int | None = None
    lens: str = ""
    number: bool = True
    indent: int = 0

    @property
    def length(self) -> str:
        return f"{100 * min(1.0, max(0.0, self.bar or 0)):.1f}"


@dataclass(frozen=True, slots=True)
class Head:
    text: str
    number: bool = True
    lens: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    template: ClassVar[str] = "console/measure/drawings/table.html"
    title: str
    head: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    triangle: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    template: ClassVar[str] = "console/measure/drawings/lines.html"
    chart: LineChart


@dataclass(frozen=True, slots=True)
class Columns:
    template: ClassVar[str] = "console/measure/drawings/columns.html"
    chart: ColumnChart


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its change against the compared period: `change` in words, `good` by its direction."""

    label: str
    cell: Cell
    change: str = ""
    up: bool | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    template: ClassVar[str] = "console/measure/drawings/figures.html"
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence; `strong` is what the answer comes to."""

    template: ClassVar[str] = "console/measure/drawings/say.html"
    text: str
    strong: bool = False


Shape = Table | Lines | Columns | Figures | Say


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of who stands behind the points of one answer."""

    slug: str
    kind: str
    words: dict[str, str] = field(default_factory=dict)

    def to(self, **point: object) -> str:
        said = {k: v for k, v in self.words.items() if v} | {k: str(v) for k, v in point.items() if v not in (None, "")}
        return f"{reverse('behind', args=[self.slug, self.kind])}?{urlencode(said)}"

    def of(self, **more: str) -> Links:
        return Links(self.slug, self.kind, {**self.words, **more})
