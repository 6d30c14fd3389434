"""Questions about sets of people and accounts: who was active, who is new, who adopted, who came back."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.did import ANYTHING, of
from wellheard.measure.question import (
    Active,
    Adoption,
    Count,
    Habit,
    Lifecycle,
    Retention,
    Rolling,
    start_of,
    starts,
)
from wellheard.store.reader import Reader

from .base import Asking, Sql, States, start


def count(reader: Reader, workspace: int, question: Count) -> Sql:
    """→ one row: events, people, accounts."""
    q, did = Asking(reader, workspace, question.period), of(question.event)
    days = q.states(did, question.crowd, "both")
    times = (
        f"SELECT count() FROM events WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(did)} "
        f"AND {q.did(did)}{q.crowd(question.crowd)}"
    )
    return q.sql(
        f"SELECT ({times}), bitmapCardinality({days.people}), bitmapCardinality({days.accounts}) FROM ({days.rows})"
    )


def series(reader: Reader, workspace: int, question: Active) -> Sql:
    """→ rows: start, events. Empty days, weeks and months are not among them."""
    q, did = Asking(reader, workspace, question.period), of(question.event)
    return q.sql(
        f"SELECT {start(question.every)} AS start, count() FROM events "
        f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(did)} "
        f"AND {q.did(did)}{q.crowd(question.crowd)} GROUP BY start"
    )


def active(reader: Reader, workspace: int, question: Active) -> Sql:
    """→ rows: start, people, accounts. Empty days, weeks and months are not among them."""
    q = Asking(reader, workspace, question.period)
    days = q.states(of(question.event), question.crowd, "both")
    return q.sql(
        f"SELECT {start(question.every)} AS start, bitmapCardinality({days.people}), "
        f"bitmapCardinality({days.accounts}) FROM ({days.rows}) GROUP BY start ORDER BY start"
    )


def totals(reader: Reader, workspace: int, question: Active) -> Sql:
    """→ one row: people, accounts of the whole period."""
    q = Asking(reader, workspace, question.period)
    days = q.states(of(question.event), question.crowd, "both")
    return q.sql(f"SELECT bitmapCardinality({days.people}), bitmapCardinality({days.accounts}) FROM ({days.rows})")


def rolling(reader: Reader, workspace: int, question: Rolling) -> Sql:
    """→ rows: day, people, accounts of that day and the days before. Each day's set is laid on the days it counts for."""
    q = Asking(reader, workspace, question.period)
    first = question.period.first - timedelta(days=question.days - 1)
    days = q.states(of(question.event), question.crowd, "both", first)
    width = q.bind(question.days, "UInt16")
    return q.sql(
        f"SELECT day + later AS at, bitmapCardinality({days.people}), bitmapCardinality({days.accounts}) "
        f"FROM ({days.rows}) ARRAY JOIN range({width}) AS later "
        "WHERE day + later BETWEEN {a:Date} AND {b:Date} GROUP BY at ORDER BY at"
    )


def adoption(reader: Reader, workspace: int, question: Adoption) -> Sql:
    """→ one row: people and accounts who did it, people and accounts who were active."""
    q = Asking(reader, workspace, question.period)
    did = q.states(of(question.event), question.crowd, "both")
    anything = q.states(ANYTHING, question.crowd, "both")
    part = f"SELECT bitmapCardinality({did.people}) AS p, bitmapCardinality({did.accounts}) AS a FROM ({did.rows})"
    whole = (
        f"SELECT bitmapCardinality({anything.people}) AS p, bitmapCardinality({anything.accounts}) AS a "
        f"FROM ({anything.rows})"
    )
    return q.sql(f"SELECT d.p, d.a, w.p, w.a FROM ({part}) AS d CROSS JOIN ({whole}) AS w")


def depth(reader: Reader, workspace: int, question: Adoption) -> Sql:
    """→ one row: people, then median and mean times and median days a person did it."""
    q, did = Asking(reader, workspace, question.period), of(question.event)
    return q.sql(
        "SELECT count(), quantileExactInclusive(0.5)(times), avg(times), quantileExactInclusive(0.5)(days) FROM ("
        f"SELECT {q.who} AS who, count() AS times, uniqExact(day) AS days FROM events "
        f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(did)} "
        f"AND {q.did(did)}{q.crowd(question.crowd)} GROUP BY who)"
    )


def _firsts(days: States) -> str:
    """Who → the first day ever."""
    return (
        f"SELECT who, min(day) AS first FROM (SELECT day, arrayJoin(bitmapToArray({days.people})) AS who "
        f"FROM ({days.rows}) GROUP BY day) GROUP BY who"
    )


def adopted_after(reader: Reader, workspace: int, question: Adoption) -> Sql:
    """→ rows: days from first seen to first use, how many; of those whose first use ever lies in the period."""
    q = Asking(reader, workspace, question.period)
    did = _firsts(q.states(of(question.event), question.crowd, "people", history=True))
    seen = _firsts(q.states(ANYTHING, question.crowd, "people", history=True))
    return q.sql(
        f"SELECT toInt64(d.first) - toInt64(s.first) AS days, count() FROM ({did} HAVING first >= {{a:Date}}) AS d "
        f"INNER JOIN ({seen}) AS s ON d.who = s.who GROUP BY days ORDER BY days"
    )


def habit(reader: Reader, workspace: int, question: Habit) -> Sql:
    """→ rows: start, on how many days, how many people."""
    q = Asking(reader, workspace, question.period)
    days = q.states(of(question.event), question.crowd, "people")
    return q.sql(
        "SELECT start, n, count() FROM (SELECT "
        f"{start(question.every)} AS start, who, count() AS n FROM "
        f"(SELECT day, arrayJoin(bitmapToArray({days.people})) AS who FROM ({days.rows}) GROUP BY day) "
        "GROUP BY start, who) GROUP BY start, n ORDER BY start, n"
    )


def habit_people(reader: Reader, workspace: int, question: Habit, days: int) -> Sql:
    """→ numbers of the people who were there on exactly `days` days of the period."""
    q = Asking(reader, workspace, question.period)
    found = q.states(of(question.event), question.crowd, "people")
    return q.sql(
        f"SELECT who FROM (SELECT day, arrayJoin(bitmapToArray({found.people})) AS who FROM ({found.rows}) "
        f"GROUP BY day) GROUP BY who HAVING count() = {q.bind(days, 'UInt16')}"
    )


def _times(q: Asking, days: States, question: Lifecycle | Retention) -> str:
    """Rows (start, who): a bitmap for every day, week or month with anybody, the history included."""
    who = days.people if question.unit == "person" else days.accounts
    return f"SELECT {start(question.every)} AS start, {who} AS who FROM ({days.rows}) GROUP BY start"


def lifecycle(reader: Reader, workspace: int, question: Lifecycle) -> Sql:
    """→ rows: start, active, new, also in the period before, active in the period before."""
    q = Asking(reader, workspace, question.period)
    want = "people" if question.unit == "person" else "accounts"
    days = q.states(of(question.event), question.crowd, want, history=True)  # type: ignore[arg-type]
    asked = starts(question.every, question.period)
    before = [start_of(question.every, s - timedelta(days=1)) for s in asked]
    pairs = f"arrayJoin(arrayZip({q.bind(asked, 'Array(Date)')}, {q.bind(before, 'Array(Date)')}))"
    return q.sql(
        f"WITH times AS ({_times(q, days, question)}), "
        "known AS (SELECT start, bitmapCardinality(bitmapAndnot(who, groupBitmapOrState(who) OVER "
        "(ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))) AS new FROM times) "
        "SELECT s.one, bitmapCardinality(t.who), k.new, bitmapAndCardinality(t.who, p.who), bitmapCardinality(p.who) "
        f"FROM (SELECT pair.1 AS one, pair.2 AS previous FROM (SELECT {pairs} AS pair)) AS s "
        "LEFT JOIN times AS t ON t.start = s.one LEFT JOIN times AS p ON p.start = s.previous "
        "LEFT JOIN known AS k ON k.start = s.one ORDER BY s.one"
    )


def retention(reader: Reader, workspace: int, question: Retention) -> Sql:
    """→ rows: start of the cohort, its size, start of the later time, how many of the cohort came back then (or, when
    unbounded, then or later); and for each cohort one row more with the day 0, for its size.

    First times are looked for in all that is known, also before the period.
    """
    q = Asking(reader, workspace, question.period)
    want = "people" if question.unit == "person" else "accounts"
    began = q.states(of(question.event), question.crowd, want, history=True)  # type: ignore[arg-type]
    asked = starts(question.every, question.period)
    begin = q.bind(asked[0], "Date")
    first = f"times AS ({_times(q, began, question)})"
    if question.back == of(question.event):
        back = f"SELECT start AS later, who FROM times WHERE start >= {begin}"
    else:
        came = q.states(question.back, question.crowd, want, asked[0])  # type: ignore[arg-type]
        back = f"SELECT start AS later, who FROM ({_times(q, came, question)})"
    if question.unbounded:
        axis = q.bind(asked, "Array(Date)")
        back = (
            f"SELECT one AS later, groupBitmapOrState(who) AS who FROM ({back.replace('AS later', 'AS at', 1)}) "
            f"ARRAY JOIN arrayFilter(s -> s <= at, {axis}) AS one GROUP BY one"
        )
    return q.sql(
        f"WITH {first}, cohorts AS (SELECT start, bitmapAndnot(who, groupBitmapOrState(who) OVER "
        "(ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS new FROM times), "
        f"back AS ({back}) "
        "SELECT c.start, bitmapCardinality(c.new) AS size, b.later, bitmapAndCardinality(c.new, b.who) AS n "
        f"FROM cohorts AS c CROSS JOIN back AS b WHERE c.start >= {begin} AND b.later >= c.start "
        f"UNION ALL SELECT start, bitmapCardinality(new), toDate(0), 0 FROM cohorts WHERE start >= {begin}"
    )


def people(reader: Reader, workspace: int, question: Active, unit: str) -> Sql:
    """→ numbers of the people ("person") or accounts ("account") who did it in the period."""
    q = Asking(reader, workspace, question.period)
    days = q.states(of(question.event), question.crowd, "people" if unit == "person" else "accounts")
    who = days.people if unit == "person" else days.accounts
    return q.sql(f"SELECT arrayJoin(bitmapToArray({who})) FROM ({days.rows})")
