"""Questions about sets of people: who was active, who adopted, who came back."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from wellheard.measure.question import Active, Adoption, Count, Retention
from wellheard.store.reader import Reader

from .base import HERE, Sql, params, people, start, within


def count(reader: Reader, workspace: int, question: Count) -> Sql:
    """→ one row: events, people, accounts."""
    bound = params(workspace, question) | {"name": question.event or ""}
    named = "" if question.event is None else " AND name = {name:String}"
    who = reader.person(workspace)
    return Sql(
        f"SELECT count(), uniqExact({who}), uniqExactIf(account, account != 0) FROM events "
        f"WHERE {HERE}{named}{within(reader, workspace, question.people is not None)}",
        bound,
    )


def active(reader: Reader, workspace: int, question: Active) -> Sql:
    """→ rows: start, people, accounts. Empty days, weeks and months are not among them."""
    bound = params(workspace, question) | {"name": question.event or ""}
    if question.people is None:
        bitmap = people(reader, workspace, "groupBitmapMergeState(people)", segment=False)
        return Sql(
            f"SELECT {start(question.every)} AS start, bitmapCardinality({bitmap}), groupBitmapMerge(accounts) "
            f"FROM rollup WHERE {HERE} AND name = {{name:String}} GROUP BY start ORDER BY start",
            bound,
        )
    named = "" if question.event is None else " AND name = {name:String}"
    return Sql(
        f"SELECT {start(question.every)} AS start, uniqExact({reader.person(workspace)}), "
        f"uniqExactIf(account, account != 0) FROM events WHERE {HERE}{named}{within(reader, workspace, True)} "
        "GROUP BY start ORDER BY start",
        bound,
    )


def adoption(reader: Reader, workspace: int, question: Adoption) -> Sql:
    """→ rows: name ('' is any event), people, accounts."""
    bound = params(workspace, question) | {"names": ["", question.event]}
    if question.people is None:
        bitmap = people(reader, workspace, "groupBitmapMergeState(people)", segment=False)
        return Sql(
            f"SELECT name, bitmapCardinality({bitmap}), groupBitmapMerge(accounts) FROM rollup "
            f"WHERE {HERE} AND name IN {{names:Array(String)}} GROUP BY name",
            bound,
        )
    return Sql(
        f"SELECT one, uniqExact({reader.person(workspace)}), uniqExactIf(account, account != 0) FROM events "
        f"ARRAY JOIN [name, ''] AS one WHERE {HERE} AND one IN {{names:Array(String)}}"
        f"{within(reader, workspace, True)} GROUP BY one",
        bound,
    )


def retention(reader: Reader, workspace: int, question: Retention) -> Sql:
    """→ rows: start of the cohort, its size, start of the later time, how many of the cohort came back then.

    First times are looked for in all that is known, also before the period.
    """
    bound = params(workspace, question) | {"name": question.event or ""}
    bitmap = people(reader, workspace, "groupBitmapMergeState(people)", question.people is not None)
    every = start(question.every)
    begin = {"day": "{a:Date}", "week": "toMonday({a:Date})", "month": "toStartOfMonth({a:Date})"}[question.every]
    return Sql(
        f"WITH times AS (SELECT {every} AS start, {bitmap} AS who FROM rollup WHERE workspace = {{w:UInt32}} "
        "AND day <= {b:Date} AND name = {name:String} GROUP BY start), "
        "cohorts AS (SELECT start, bitmapAndnot(who, groupBitmapOrState(who) OVER "
        "(ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS new FROM times) "
        "SELECT c.start, bitmapCardinality(c.new), t.start, bitmapAndCardinality(c.new, t.who) "
        f"FROM cohorts AS c CROSS JOIN times AS t WHERE c.start >= {begin} AND t.start >= c.start "
        "ORDER BY c.start, t.start",
        bound,
    )
