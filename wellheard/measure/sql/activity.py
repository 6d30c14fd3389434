"""What one person or account did."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from typing import Any

from wellheard.store.reader import Reader

from .base import Asking, Sql


def by_event(reader: Reader, workspace: int, question: Any) -> Sql:
    """→ rows: event, how often, first and last time; what was done most comes first."""
    return _asked(
        reader, workspace, question, "name, count() AS n, min(time), max(time)", "GROUP BY name ORDER BY n DESC, name"
    )


def by_day(reader: Reader, workspace: int, question: Any) -> Sql:
    """→ rows: day, how often; only days with anything."""
    return _asked(reader, workspace, question, "day, count()", "GROUP BY day ORDER BY day")


def _asked(reader: Reader, workspace: int, question: Any, what: str, by: str) -> Sql:
    q = Asking(reader, workspace, question.period)
    return q.sql(
        f"SELECT {what} FROM events WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}"
        f"{q.named(question.event)} AND {q.did(question.event)}{q.crowd(question.crowd)} {by}"
    )
