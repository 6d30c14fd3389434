"""Parts of every query."""

from __future__ import annotations

from typing import Any, NamedTuple

from wellheard.measure.question import Active, Adoption, Count, Every, Funnel, Period, Retention
from wellheard.store.reader import Reader


class Sql(NamedTuple):
    text: str
    params: dict[str, Any]


def params(workspace: int, question: Count | Active | Adoption | Funnel | Retention) -> dict[str, Any]:
    bound: dict[str, Any] = {"w": workspace, "a": question.period.first, "b": question.period.last}
    if question.people is not None:
        bound["segment"] = list(question.people)
    return bound


HERE = "workspace = {w:UInt32} AND day BETWEEN {a:Date} AND {b:Date}"
SEGMENT = "{segment:Array(UInt32)}"


def within(reader: Reader, workspace: int, segment: bool) -> str:
    """A condition on the events of a segment's people."""
    return f" AND {reader.person(workspace)} IN {SEGMENT}" if segment else ""


def people(reader: Reader, workspace: int, state: str, segment: bool) -> str:
    """A bitmap of people, merged and restricted to the segment."""
    merged = reader.bitmap(workspace, state)
    return f"bitmapAnd({merged}, bitmapBuild({SEGMENT}))" if segment else merged


def start(every: Every) -> str:
    return {"day": "day", "week": "toMonday(day)", "month": "toStartOfMonth(day)"}[every]


def wide(period: Period) -> dict[str, Any]:
    return {"a": period.first, "b": period.last}
