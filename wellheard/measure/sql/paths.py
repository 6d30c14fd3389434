"""What came next or before, and time on pages: one pass over each unit's events in order."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.did import of
from wellheard.measure.question import DAY_MS, Pages, Paths
from wellheard.store.reader import Reader

from .base import MS, NOT_QUIET, Asking, Sql

VIEWS = "name IN ('page', 'screen')"
READING_MS = 1_800_000  # a longer pause is no reading
MOST_PAGES = 500


def paths(reader: Reader, workspace: int, question: Paths, most: int) -> Sql:
    """→ rows: path (labels, nearest to the event first), how many units took it, how many of them went on; for each
    length the `most` frequent ones. The empty path counts everybody with the event."""
    q = Asking(reader, workspace, question.period)
    prefixes = "arrayMap(n -> arraySlice(path, 1, n), range(length(path) + 1))"
    return q.sql(
        "SELECT prefix, sum(n) AS units, sumIf(n, length(path) > length(prefix)) FROM "
        f"(SELECT path, count() AS n FROM ({_each(q, question)}) GROUP BY path) ARRAY JOIN {prefixes} AS prefix "
        f"GROUP BY prefix ORDER BY units DESC, prefix LIMIT {most} BY length(prefix)"
    )


def path_people(reader: Reader, workspace: int, question: Paths, path: list[str]) -> Sql:
    """→ numbers of the people whose path begins like this."""
    q = Asking(reader, workspace, question.period)
    wanted = q.bind(path, "Array(String)")
    rows = _each(q, question)
    return q.sql(f"SELECT DISTINCT who FROM ({rows}) WHERE startsWith(path, {wanted}) ORDER BY who")


def _each(q: Asking, question: Paths) -> str:
    """Rows (who, path)."""
    anchor = of(question.event)
    reach = timedelta(days=question.window_ms // DAY_MS + 1)
    period = question.period
    forth = question.direction == "from"
    first = period.first if forth else period.first - reach
    last = period.last + reach if forth else period.last
    label = "toString(name)"
    if question.pages:
        label = f"if({VIEWS} AND path != '', path, toString(name))"
    width = q.bind(question.window_ms, "UInt64")
    here = f"{q.did(anchor)} AND day BETWEEN {{a:Date}} AND {{b:Date}}"
    only = " AND session != ''" if question.unit == "session" else ""
    unit = "who, session" if question.unit == "session" else "who"
    # Everything a unit did, in order; then what lies on the wanted side of its first such event, near enough.
    side = "x.1 >= t0 AND x.1 - t0 <= {0}" if forth else "x.1 <= t0 AND t0 - x.1 <= {0}"
    near = f"arrayFilter(x -> {side.format(width)}, seen)"
    at = "arrayFirstIndex(x -> x.3 = 1, near)"
    # From the event on, itself included, so that doing it again at once is the same step; then without itself.
    cut = f"arraySlice(near, {at})" if forth else f"arrayReverse(arraySlice(near, 1, {at}))"
    return (
        f"SELECT who, arraySlice(arrayCompact(arrayMap(x -> x.2, {cut})), 2, {question.steps}) "
        f"AS path FROM (SELECT who, {near} AS near, t0 FROM (SELECT {q.who} AS who, "
        f"minIf({MS}, {here}) AS t0, countIf({here}) AS anchors, "
        f"arraySort(groupArray(({MS}, {label}, {here}))) AS seen FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {q.bind(first, 'Date')} AND {q.bind(last, 'Date')} AND ({NOT_QUIET} OR {here})"
        f"{only}{q.crowd(question.crowd)} GROUP BY {unit} HAVING anchors > 0))"
    )


def pages(reader: Reader, workspace: int, question: Pages) -> Sql:
    """→ rows: page, views, people, accounts, views with a time, whether it was reported, median and mean seconds."""
    q = Asking(reader, workspace, question.period)
    label = "if(path != '', path, JSONExtractString(properties, 'name'))"
    rows = (
        f"SELECT who, arraySort(groupArray(({MS}, {label}, {VIEWS}, duration, account))) AS seen FROM ("
        f"SELECT {q.who} AS who, time, name, path, duration, account, properties FROM events "
        f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.crowd(question.crowd)}"
        ") GROUP BY who"
    )
    single = (
        "SELECT who, x.2 AS page, x.3 AS view, x.5 AS account, x.4 AS told, "
        f"if(later > x.1 AND later - x.1 <= {READING_MS}, (later - x.1) / 1000, 0) AS gap "
        f"FROM (SELECT who, seen, arrayPushBack(arrayPopFront(arrayMap(x -> x.1, seen)), 0) AS laters FROM ({rows})) "
        "ARRAY JOIN seen AS x, laters AS later WHERE page != '' AND (view OR told > 0)"
    )
    return q.sql(
        "SELECT page, countIf(view) AS views, uniqExactIf(who, view), uniqExactIf(account, view AND account != 0), "
        "countIf(told > 0) AS reports, countIf(view AND gap > 0) AS gaps, "
        "if(reports > 0, quantileExactInclusiveIf(0.5)(toFloat64(told), told > 0), "
        "quantileExactInclusiveIf(0.5)(toFloat64(gap), view AND gap > 0)), "
        "if(reports > 0, avgIf(told, told > 0), avgIf(gap, view AND gap > 0)) "
        f"FROM ({single}) GROUP BY page HAVING views > 0 ORDER BY views DESC, page LIMIT {MOST_PAGES}"
    )


def page_people(reader: Reader, workspace: int, question: Pages, page: str, unit: str) -> Sql:
    """→ numbers of the people ("person") or accounts ("account") who viewed a page."""
    q = Asking(reader, workspace, question.period)
    who = q.who if unit == "person" else "account"
    only = "" if unit == "person" else " AND account != 0"
    return q.sql(
        f"SELECT DISTINCT {who} AS who FROM events WHERE workspace = {{w:UInt32}} AND {VIEWS} "
        "AND day BETWEEN {a:Date} AND {b:Date} "
        f"AND if(path != '', path, JSONExtractString(properties, 'name')) = {q.bind(page, 'String')}"
        f"{only}{q.crowd(question.crowd)} ORDER BY who"
    )
