"""What came next or before, and time on pages: one pass over each unit's events in order."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import date, timedelta

from wellheard.measure.did import of
from wellheard.measure.question import DAY_MS, Pages, Paths
from wellheard.store.reader import Reader

from .base import MS, NOT_QUIET, Asking, Sql

VIEWS = "name IN ('page', 'screen')"
READING_MS = 1_800_000  # a longer pause is no reading
MOST_PAGES = 500
BITS = 20
MOST_LABELS = (1 << BITS) - 1  # a label's place has to fit beside the time in one number


def labels(reader: Reader, workspace: int, question: Paths) -> Sql:
    """→ rows: what a step may be called, in the order of the names."""
    q = Asking(reader, workspace, question.period)
    first, last = _days(question)
    return q.sql(
        f"SELECT DISTINCT {_label(question)} AS label FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {q.bind(first, 'Date')} AND {q.bind(last, 'Date')} ORDER BY label LIMIT {MOST_LABELS}"
    )


def paths(reader: Reader, workspace: int, question: Paths, names: list[str], most: int) -> Sql:
    """→ rows: path (places in `names`, from 1; nearest to the event first), how many units took it, how many of them
    went on; for each length the `most` frequent ones. The empty path counts everybody with the event."""
    q = Asking(reader, workspace, question.period)
    prefixes = "arrayMap(n -> arraySlice(path, 1, n), range(length(path) + 1))"
    return q.sql(
        "SELECT prefix, sum(n) AS units, sumIf(n, length(path) > length(prefix)) FROM "
        f"(SELECT path, count() AS n FROM ({_each(q, question, names)}) GROUP BY path) ARRAY JOIN {prefixes} AS prefix "
        f"GROUP BY prefix ORDER BY units DESC, prefix LIMIT {most} BY length(prefix)"
    )


def path_people(reader: Reader, workspace: int, question: Paths, names: list[str], path: list[int]) -> Sql:
    """→ numbers of the people whose path begins like this."""
    q = Asking(reader, workspace, question.period)
    wanted = q.bind(path, "Array(UInt32)")
    rows = _each(q, question, names)
    return q.sql(f"SELECT DISTINCT who FROM ({rows}) WHERE startsWith(path, {wanted}) ORDER BY who")


def _label(question: Paths) -> str:
    return f"if({VIEWS} AND path != '', path, toString(name))" if question.pages else "toString(name)"


def _days(question: Paths) -> tuple[date, date]:
    reach = timedelta(days=question.window_ms // DAY_MS + 1)
    period = question.period
    return (period.first, period.last + reach) if question.direction == "from" else (period.first - reach, period.last)


def _place(q: Asking, question: Paths, names: list[str]) -> str:
    """The place of an event's label in `names`; a name among few is looked up once a block, a page once a row."""
    kinds = q.bind(names, "Array(String)")
    places = q.bind(list(range(1, len(names) + 1)), "Array(UInt32)")
    by_name = f"transform(toString(name), {kinds}, {places}, toUInt32(0))"
    if not question.pages:
        return by_name
    return f"if({VIEWS} AND path != '', transform(path, {kinds}, {places}, toUInt32(0)), {by_name})"


def _each(q: Asking, question: Paths, names: list[str]) -> str:
    """Rows (who, path). An event is one number (time, place of its label, whether it is the one asked about), so that
    sorting a unit's events is sorting numbers."""
    anchor = of(question.event)
    forth = question.direction == "from"
    first, last = _days(question)
    width = q.bind(question.window_ms, "UInt64")
    here = f"({q.did(anchor)} AND day BETWEEN {{a:Date}} AND {{b:Date}})"
    only = " AND session != ''" if question.unit == "session" else ""
    unit = "who, session" if question.unit == "session" else "who"
    packed = f"bitOr(bitShiftLeft({MS}, {BITS + 1}), bitOr(bitShiftLeft(toUInt64({_place(q, question, names)}), 1), toUInt64({here})))"
    days = f"day BETWEEN {q.bind(first, 'Date')} AND {q.bind(last, 'Date')}"
    crowd = q.crowd(question.crowd)
    # Only those who did it at all are looked at.
    did_it = (
        f"{q.who} IN (SELECT {q.who} FROM events WHERE workspace = {{w:UInt32}}{q.named(anchor)} AND {here}{crowd})"
    )
    if forth:
        near = f"arrayFilter(x -> x >= bitShiftLeft(t0, {BITS + 1}) AND x < bitShiftLeft(t0 + {width} + 1, {BITS + 1}), seen)"
    else:
        near = (
            f"arrayFilter(x -> x < bitShiftLeft(t0 + 1, {BITS + 1}) "
            f"AND x >= bitShiftLeft(t0 - least(t0, {width}), {BITS + 1}), seen)"
        )
    at = "arrayFirstIndex(x -> bitTest(x, 0), near)"
    # From the event on, itself included, so that doing it again at once is the same step; then without itself.
    cut = f"arraySlice(near, {at})" if forth else f"arrayReverse(arraySlice(near, 1, {at}))"
    steps = f"arrayCompact(arrayMap(x -> toUInt32(bitAnd(bitShiftRight(x, 1), {(1 << BITS) - 1})), {cut}))"
    return (
        f"SELECT who, arraySlice({steps}, 2, {question.steps}) AS path FROM (SELECT who, {near} AS near FROM ("
        f"SELECT {q.who} AS who, minIf({MS}, {here}) AS t0, countIf({here}) AS anchors, "
        f"arraySort(groupArray({packed})) AS seen FROM events WHERE workspace = {{w:UInt32}} "
        f"AND {days} AND ({NOT_QUIET} OR {here}) AND {did_it}{only}{crowd} GROUP BY {unit} HAVING anchors > 0))"
    )


PAGE = "if(path != '', path, JSONExtractString(properties, 'name'))"


def pages(reader: Reader, workspace: int, question: Pages) -> Sql:
    """→ rows: page, views, people, accounts, reports, median and mean reported seconds."""
    q = Asking(reader, workspace, question.period)
    return q.sql(
        f"SELECT {PAGE} AS page, countIf({VIEWS}) AS views, uniqExactIf({q.who}, {VIEWS}), "
        f"uniqExactIf(account, {VIEWS} AND account != 0), countIf(duration > 0), "
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
    who = q.who if unit == "person" else "account"
    only = "" if unit == "person" else " AND account != 0"
    return q.sql(
        f"SELECT DISTINCT {who} AS who FROM events WHERE workspace = {{w:UInt32}} AND {VIEWS} "
        "AND day BETWEEN {a:Date} AND {b:Date} "
        f"AND {PAGE} = {q.bind(page, 'String')}"
        f"{only}{q.crowd(question.crowd)} ORDER BY who"
    )
