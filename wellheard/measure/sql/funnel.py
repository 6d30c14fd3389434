"""How far along a row of steps: one pass over the events of the steps, by the engine's own walk."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.question import DAY_MS, Funnel
from wellheard.store.reader import Reader

from .base import MS, Asking, Sql


def plain(question: Funnel) -> bool:
    """Whether the engine can walk it: in order, no event is two of the steps, nothing is excluded."""
    return question.order == "this" and question.without is None and not question.overlapping


def funnel(reader: Reader, workspace: int, question: Funnel) -> Sql:
    """→ rows: level reached (1 … number of steps), how many units reached exactly that. Only for plain funnels."""
    q = Asking(reader, workspace, question.period)
    return q.sql(f"SELECT level, count() FROM ({_levels(q, question)}) GROUP BY level")


def funnel_people(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool) -> Sql:
    """→ numbers of the people (accounts, when those are the unit) who reached `step` (1 is the first), or who
    reached it and no further. Only for plain funnels."""
    q = Asking(reader, workspace, question.period)
    how = "=" if dropped else ">="
    reached = q.bind(step, "UInt8")
    return q.sql(f"SELECT DISTINCT who FROM ({_levels(q, question)}) WHERE level {how} {reached} ORDER BY who")


def _levels(q: Asking, question: Funnel) -> str:
    """Rows (who, level), one a unit. Only a first step inside the period starts a try; the later days are read for the
    steps that follow."""
    conditions = [q.did(did) for did in question.dids]
    conditions[0] += " AND day <= {b:Date}"
    last = question.period.last + timedelta(days=question.window_ms // DAY_MS + 2)
    who = q.account if question.unit == "account" else q.who
    unit = "who, session" if question.unit == "session" else "who"
    only = {"session": " AND session != ''", "account": " AND account != 0", "person": ""}[question.unit]
    return (
        f"SELECT {who} AS who, windowFunnel({q.bind(question.window_ms, 'UInt64')})({MS}, {', '.join(conditions)}) AS level "
        f"FROM events WHERE workspace = {{w:UInt32}}{q.named(*question.dids)} "
        f"AND day BETWEEN {{a:Date}} AND {q.bind(last, 'Date')}{only}{q.crowd(question.crowd)} GROUP BY {unit} HAVING level > 0"
    )
