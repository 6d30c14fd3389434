"""How far along a row of steps: one pass over the events of the steps, without joins."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.did import Did
from wellheard.measure.question import DAY_MS, Conversion, Funnel, next_start, starts
from wellheard.store.reader import Reader

from .base import MS, Asking, Sql, start


def funnel(reader: Reader, workspace: int, question: Funnel) -> Sql:
    """→ rows: level reached (1 … number of steps), how many units reached exactly that."""
    q = Asking(reader, workspace, question.period)
    return q.sql(f"SELECT level, count() FROM ({_levels(q, question)}) GROUP BY level")


def funnel_people(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool) -> Sql:
    """→ numbers of the people (accounts, when those are the unit) who reached `step` (1 is the first), or who
    reached it and no further."""
    q = Asking(reader, workspace, question.period)
    how = "=" if dropped else ">="
    reached = q.bind(step, "UInt8")
    return q.sql(f"SELECT DISTINCT who FROM ({_levels(q, question)}) WHERE level {how} {reached} ORDER BY who")


def between(reader: Reader, workspace: int, question: Funnel) -> Sql:
    """→ rows: step (2 …), units that got there, and the median and 90th percentile of the milliseconds since the step
    before, along the chain by which a unit first got as far as it ever did."""
    q = Asking(reader, workspace, question.period)
    conditions, names = _conditions(q, question)
    chain = _chain(conditions, q.bind(question.window_ms, "UInt64"), len(question.steps))
    rows = _of_units(q, question, f"{chain} AS chain", names, "length(chain) > 1")
    return q.sql(
        "SELECT step + 1, count(), quantileExactInclusive(0.5)(gap), quantileExactInclusive(0.9)(gap) FROM ("
        "SELECT gap, step FROM (SELECT arrayPopFront(arrayDifference(chain)) AS gaps "
        f"FROM ({rows})) ARRAY JOIN gaps AS gap, arrayEnumerate(gaps) AS step) GROUP BY step ORDER BY step"
    )


def conversion(reader: Reader, workspace: int, question: Conversion) -> Sql:
    """→ rows: start, units that took the first step then, how many of them took the last."""
    q = Asking(reader, workspace, question.period)
    return q.sql(
        f"SELECT bucket, count(), countIf(level = {len(question.funnel.steps)}) FROM ({_by_start(q, question)}) "
        "GROUP BY bucket ORDER BY bucket"
    )


def conversion_people(reader: Reader, workspace: int, question: Conversion, converted: bool | None) -> Sql:
    """→ numbers of those who took the first step; `converted`: only those who did, or did not, take the last."""
    q = Asking(reader, workspace, question.period)
    last = len(question.funnel.steps)
    only = "" if converted is None else f" WHERE level {'=' if converted else '<'} {last}"
    return q.sql(f"SELECT DISTINCT who FROM ({_by_start(q, question)}){only} ORDER BY who")


def _by_start(q: Asking, question: Conversion) -> str:
    """Rows (who, bucket, level). An event is laid on every day, week or month whose tries it may serve."""
    asked = question.funnel
    reach = asked.window_ms // DAY_MS + 1
    begins = starts(question.every, asked.period)
    ends = [next_start(question.every, s) + timedelta(days=reach) for s in begins]
    conditions, names = _conditions(q, asked)
    conditions[0] += f" AND {start(question.every)} = bucket"
    pairs = f"arrayZip({q.bind(begins, 'Array(Date)')}, {q.bind(ends, 'Array(Date)')})"
    lay = f" ARRAY JOIN arrayMap(s -> s.1, arrayFilter(s -> s.1 <= day AND day <= s.2, {pairs})) AS bucket"
    return _of_units(q, asked, f"bucket, {_level(q, asked, conditions)} AS level", names, "level > 0", lay, ", bucket")


def _levels(q: Asking, question: Funnel) -> str:
    conditions, names = _conditions(q, question)
    return _of_units(q, question, f"{_level(q, question, conditions)} AS level", names, "level > 0")


def _conditions(q: Asking, question: Funnel) -> tuple[list[str], str]:
    """What makes an event each of the steps, the excluded last. Only a first step inside the period starts a try; the
    later days are read for the steps that follow."""
    dids: list[Did] = [*question.dids, *([question.without] if question.without else [])]
    conditions = [q.did(did) for did in dids]
    conditions[0] += " AND day <= {b:Date}"
    if question.order == "any":
        conditions[0] += " AND day >= {a:Date}"
    return conditions, q.named(*dids)


def _level(q: Asking, question: Funnel, conditions: list[str]) -> str:
    width = q.bind(question.window_ms, "UInt64")
    if question.order == "any":
        return _any_order(conditions, width)
    if question.without is not None:
        return f"toUInt8(length({_chain(conditions, width, len(question.steps))}))"
    if question.overlapping:
        return _in_order(conditions, width)
    return f"windowFunnel({width})({MS}, {', '.join(conditions)})"


def _of_units(
    q: Asking, question: Funnel, what: str, names: str, having: str, lay: str = "", by: str = ""
) -> str:  # fmt: skip
    """Rows (who, `what`), one a unit."""
    reach = timedelta(days=question.window_ms // DAY_MS + 2)
    first = question.period.first - reach if question.order == "any" else question.period.first
    days = f"day BETWEEN {q.bind(first, 'Date')} AND {q.bind(question.period.last + reach, 'Date')}"
    who = "account" if question.unit == "account" else q.who
    unit = "who, session" if question.unit == "session" else "who"
    only = {"session": " AND session != ''", "account": " AND account != 0", "person": ""}[question.unit]
    return (
        f"SELECT {who} AS who, {what} FROM events{lay} WHERE workspace = {{w:UInt32}}{names} "
        f"AND {days}{only}{q.crowd(question.crowd)} GROUP BY {unit}{by} HAVING {having}"
    )


def _events(conditions: list[str]) -> str:
    """A unit's events in order, each with the bits of the steps it is."""
    mask = " + ".join(f"if({condition}, {1 << at}, 0)" for at, condition in enumerate(conditions))
    kept = f"groupArrayIf(({MS}, toInt64({mask})), {' OR '.join(conditions)})"
    return f"arraySort(x -> (x.1, bitAnd(x.2, -x.2), x.2), {kept})"


def _in_order(conditions: list[str], width: str) -> str:
    """Walks the events in order, keeping for every step the latest start that got there, each event for one step.

    The engine's own windowFunnel lets one event stand for two steps of the same name.
    """
    first = "if(bitTest(x.2, 0), x.1, best[1])"
    later = [
        f"if(bitTest(x.2, {at}) AND best[{at}] != 0 AND x.1 - best[{at}] <= {width}, "
        f"greatest(best[{at}], best[{at + 1}]), best[{at + 1}])"
        for at in range(1, len(conditions))
    ]
    nothing = ", ".join("toUInt64(0)" for _ in conditions)
    return (
        f"toUInt8(arrayCount(x -> x != 0, arrayFold((best, x) -> [{', '.join([first, *later])}], "
        f"{_events(conditions)}, [{nothing}])))"
    )


def _chain(conditions: list[str], width: str, steps: int) -> str:
    """The times by which a unit first got as far as it ever did. Walks the events in order, keeping for every step
    the chain of times with the latest start; the last place keeps the longest chain so far. A condition beyond the
    `steps` is the excluded one and ends every try."""
    grown = ["[x.1]"]
    may = ["bitTest(x.2, 0)"]
    for at in range(1, steps):
        before = f"chains[{at}]"
        may.append(
            f"(bitTest(x.2, {at}) AND notEmpty({before}) AND x.1 - {before}[1] <= {width} "
            f"AND (empty(chains[{at + 1}]) OR {before}[1] > chains[{at + 1}][1]))"
        )
        grown.append(f"arrayPushBack({before}, x.1)")
    kept = [f"if({may[at]}, {grown[at]}, chains[{at + 1}])" for at in range(steps)]
    longest = f"chains[{steps + 1}]"
    for at in range(steps):
        longest = f"if({may[at]} AND length(chains[{steps + 1}]) < {at + 1}, {grown[at]}, {longest})"
    new = f"[{', '.join([*kept, longest])}]"
    nothing = ["CAST([], 'Array(UInt64)')"] * steps
    if steps < len(conditions):
        new = f"if(bitTest(x.2, {steps}), [{', '.join([*nothing, f'chains[{steps + 1}]'])}], {new})"
    none = f"[{', '.join([*nothing, nothing[0]])}]"
    return f"arrayFold((chains, x) -> {new}, {_events(conditions)}, {none})[{steps + 1}]"


def _any_order(conditions: list[str], width: str) -> str:
    """For every first step: how many of the steps, counted from the first, lie within the window around it."""
    times = [f"groupArrayIf(toInt64({MS}), {condition})" for condition in conditions]
    near = [f"arrayExists(t -> abs(t - start) <= {width}, {later})" for later in times[1:]]
    prefixes = ["1", *(" AND ".join(near[: at + 1]) for at in range(len(near)))]
    reached = " + ".join(f"({prefix})" for prefix in prefixes)
    return f"toUInt8(arrayMax(arrayPushFront(arrayMap(start -> {reached}, {times[0]}), 0)))"
