"""How far along a row of steps: one pass over the events of the steps, without joins."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.question import DAY_MS, Funnel
from wellheard.store.reader import Reader

from .base import Sql, params, within

_MS = "toUInt64(toUnixTimestamp64Milli(time))"


def funnel(reader: Reader, workspace: int, question: Funnel) -> Sql:
    """→ rows: level reached (1 … number of steps), how many units reached exactly that."""
    levels = _levels(reader, workspace, question)
    return Sql(f"SELECT level, count() FROM ({levels.text}) GROUP BY level", levels.params)


def funnel_people(reader: Reader, workspace: int, question: Funnel, step: int, dropped: bool) -> Sql:
    """→ numbers of the people (accounts, when those are the unit) who reached `step` (1 is the first), or who
    reached it and no further."""
    levels = _levels(reader, workspace, question)
    how = "=" if dropped else ">="
    return Sql(
        f"SELECT DISTINCT who FROM ({levels.text}) WHERE level {how} {{step:UInt8}} ORDER BY who",
        levels.params | {"step": step},
    )


def _levels(reader: Reader, workspace: int, question: Funnel) -> Sql:
    bound = params(workspace, question)
    bound["names"] = sorted(set(question.steps))
    bound["until"] = question.period.last + timedelta(days=question.window_ms // DAY_MS + 2)
    bound["window"] = question.window_ms
    who = "account" if question.unit == "account" else reader.person(workspace)
    unit = "who, session" if question.unit == "session" else "who"
    only = {"session": " AND session != ''", "account": " AND account != 0", "person": ""}[question.unit]
    for at, name in enumerate(question.steps):
        bound[f"s{at}"] = name
    # Only a first step inside the period starts a try. The later days are read for the steps that follow.
    conditions = [f"name = {{s{at}:String}}" for at in range(len(question.steps))]
    conditions[0] += " AND day <= {b:Date}"
    first_day = "{a:Date}"
    if question.order == "any":
        conditions[0] += " AND day >= {a:Date}"
        first_day = "{since:Date}"
        bound["since"] = question.period.first - timedelta(days=question.window_ms // DAY_MS + 2)
        level = _any_order(conditions)
    elif len(set(question.steps)) < len(question.steps):
        level = _in_order(conditions)
    else:
        level = f"windowFunnel({{window:UInt64}})({_MS}, {', '.join(conditions)})"
    return Sql(
        f"SELECT {who} AS who, {level} AS level FROM events WHERE workspace = {{w:UInt32}} "
        f"AND name IN {{names:Array(String)}} AND day BETWEEN {first_day} AND {{until:Date}}"
        f"{only}{within(reader, workspace, question.people is not None)} GROUP BY {unit} HAVING level > 0",
        bound,
    )


def _in_order(conditions: list[str]) -> str:
    """For steps named twice: walks the events in order, keeping for every step the latest start that got there.

    The engine's own windowFunnel lets one event stand for two steps of the same name.
    """
    mask = " + ".join(f"if({condition}, {1 << at}, 0)" for at, condition in enumerate(conditions))
    first = "if(bitTest(x.2, 0), x.1, best[1])"
    later = [
        f"if(bitTest(x.2, {at}) AND best[{at}] != 0 AND x.1 - best[{at}] <= {{window:UInt64}}, "
        f"greatest(best[{at}], best[{at + 1}]), best[{at + 1}])"
        for at in range(1, len(conditions))
    ]
    nothing = ", ".join("toUInt64(0)" for _ in conditions)
    events = f"arraySort(x -> (x.1, bitAnd(x.2, -x.2)), groupArray(({_MS}, toInt64({mask}))))"
    return (
        f"toUInt8(arrayCount(x -> x != 0, arrayFold((best, x) -> [{', '.join([first, *later])}], "
        f"{events}, [{nothing}])))"
    )


def _any_order(conditions: list[str]) -> str:
    """For every first step: how many of the steps, counted from the first, lie within the window around it."""
    times = [f"groupArrayIf(toInt64({_MS}), {condition})" for condition in conditions]
    near = [f"arrayExists(t -> abs(t - start) <= {{window:UInt64}}, {later})" for later in times[1:]]
    prefixes = ["1", *(" AND ".join(near[: at + 1]) for at in range(len(near)))]
    reached = " + ".join(f"({prefix})" for prefix in prefixes)
    return f"toUInt8(arrayMax(arrayPushFront(arrayMap(start -> {reached}, {times[0]}), 0)))"
