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
BITS = 20  # a page's place has to fit beside the time in one number


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
    return q.sql(f"SELECT DISTINCT who FROM ({_each(q, question)}) WHERE startsWith(path, {wanted}) ORDER BY who")


def _each(q: Asking, question: Paths) -> str:
    """Rows (who, path). When each unit first did it is joined to the events, so that only what is near is put into
    order."""
    anchor, forth, period = of(question.event), question.direction == "from", question.period
    reach = timedelta(days=question.window_ms // DAY_MS + 1)
    first, last = (period.first, period.last + reach) if forth else (period.first - reach, period.last)
    label = f"if({VIEWS} AND path != '', path, toString(name))" if question.pages else "toString(name)"
    here = f"({q.did(anchor)} AND day BETWEEN {{a:Date}} AND {{b:Date}})"
    only = " AND session != ''" if question.unit == "session" else ""
    unit = f"cityHash64({q.who}, session)" if question.unit == "session" else f"toUInt64({q.who})"
    crowd = q.crowd(question.crowd)
    anchors = (
        f"SELECT {unit} AS unit, min({MS}) AS t0 FROM events WHERE workspace = {{w:UInt32}}{q.named(anchor)} "
        f"AND {here}{only}{crowd} GROUP BY unit"
    )
    width = q.bind(question.window_ms, "UInt64")
    side = f"{MS} >= t0 AND {MS} - t0 <= {width}" if forth else f"{MS} <= t0 AND t0 - {MS} <= {width}"
    days = f"day BETWEEN {q.bind(first, 'Date')} AND {q.bind(last, 'Date')}"
    at = "arrayFirstIndex(x -> x.3 = 1, near)"
    # From the event on, itself included, so that doing it again at once is the same step; then without itself.
    cut = f"arraySlice(near, {at})" if forth else f"arrayReverse(arraySlice(near, 1, {at}))"
    return (
        f"SELECT who, arraySlice(arrayCompact(arrayMap(x -> x.2, {cut})), 2, {question.steps}) AS path FROM ("
        f"SELECT any({q.who}) AS who, arraySort(groupArray(({MS}, {label}, {here}))) AS near FROM events "
        f"SEMI LEFT JOIN ({anchors}) AS a ON {unit} = a.unit WHERE workspace = {{w:UInt32}} AND {days} AND {side} "
        f"AND ({NOT_QUIET} OR {here}){only}{crowd} GROUP BY a.unit)"
    )


PAGE = "if(path != '', path, JSONExtractString(properties, 'name'))"


def pages(reader: Reader, workspace: int, question: Pages) -> Sql:
    """→ rows: page, views, people, accounts, reports, median and mean reported seconds."""
    q = Asking(reader, workspace, question.period)
    return q.sql(
        f"SELECT {PAGE} AS page, countIf({VIEWS}) AS views, uniqExactIf({q.who}, {VIEWS}), "
        f"uniqExactIf({q.account}, {VIEWS} AND account != 0), countIf(duration > 0), "
        "quantileExactInclusiveIf(0.5)(toFloat64(duration), duration > 0), avgIf(duration, duration > 0) "
        "FROM events WHERE workspace = {w:UInt32} AND day BETWEEN {a:Date} AND {b:Date} "
        f"AND ({VIEWS} OR duration > 0){q.crowd(question.crowd)} AND page != '' "
        f"GROUP BY page HAVING views > 0 ORDER BY views DESC, page LIMIT {MOST_PAGES}"
    )


def gaps(reader: Reader, workspace: int, question: Pages, names: list[str]) -> Sql:
    """→ rows: place in `names` (from 1), views with a next event soon enough, median and mean seconds until it."""
    q = Asking(reader, workspace, question.period)
    wanted = q.bind(names, "Array(String)")
    places = q.bind(list(range(1, len(names) + 1)), "Array(UInt32)")
    place = f"if({VIEWS}, transform({PAGE}, {wanted}, {places}, toUInt32(0)), toUInt32(0))"
    rows = (
        f"SELECT {q.who} AS who, arraySort(groupArray(bitOr(bitShiftLeft({MS}, {BITS}), toUInt64({place})))) AS seen "
        f"FROM events WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.crowd(question.crowd)} "
        "GROUP BY who"
    )
    later = f"bitShiftRight(then, {BITS}) - bitShiftRight(x, {BITS})"
    return q.sql(
        f"SELECT bitAnd(x, {(1 << BITS) - 1}) AS page, count(), quantileExactInclusive(0.5)(toFloat64(gap) / 1000), "
        f"avg(gap / 1000) FROM (SELECT x, {later} AS gap FROM ({rows}) "
        "ARRAY JOIN arrayPopBack(seen) AS x, arrayPopFront(seen) AS then) "
        f"WHERE gap > 0 AND gap <= {READING_MS} AND page > 0 GROUP BY page"
    )


def page_people(reader: Reader, workspace: int, question: Pages, page: str, unit: str) -> Sql:
    """→ numbers of the people ("person") or accounts ("account") who viewed a page."""
    q = Asking(reader, workspace, question.period)
    who = q.who if unit == "person" else q.account
    only = "" if unit == "person" else " AND account != 0"
    return q.sql(
        f"SELECT DISTINCT {who} AS who FROM events WHERE workspace = {{w:UInt32}} AND {VIEWS} "
        "AND day BETWEEN {a:Date} AND {b:Date} "
        f"AND {PAGE} = {q.bind(page, 'String')}"
        f"{only}{q.crowd(question.crowd)} ORDER BY who"
    )
