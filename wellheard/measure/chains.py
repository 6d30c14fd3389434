"""Every try of every unit through the steps of a funnel, at once: whole columns instead of a walk per person.

The engine's own windowFunnel answers plain funnels. What it cannot say is worked out here from the events of the steps:
steps that may be one event, exclusions, any order, time between steps, tries by when they began. For each first step the
next step is looked up by bisection, so the work is that of sorting; what does not fit into memory is done unit by
unit in several rounds.
"""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from wellheard.store.reader import Reader

from .did import Did
from .question import DAY_MS, Funnel
from .sql.base import MS, Asking

ROWS_AT_ONCE = 500_000
NEVER = np.iinfo(np.int64).max
_one_at_a_time = threading.Lock()  # what is laid out in memory counts beside the engine's own


@dataclass(frozen=True, slots=True)
class Tries:
    """One row a first step inside the period, n in all, units together and each unit's in order of time.

    unit: n numbers of units (0 …), in order; who: the person or account of each unit; day: n days (since 1970) on
    which the tries began; level: n steps reached; times: n × steps, milliseconds, meaningless beyond the level;
    done: n places of the last step reached in the order of all events.
    """

    unit: np.ndarray
    who: np.ndarray
    day: np.ndarray
    level: np.ndarray
    times: np.ndarray
    done: np.ndarray

    def best(self) -> np.ndarray:
        """The row of each unit's best try: the furthest; of those the one completed first, of those the one begun
        last."""
        if not len(self.unit):
            return np.zeros(0, np.int64)
        order = np.lexsort((-np.arange(len(self.unit)), self.done, -self.level, self.unit))
        return order[np.unique(self.unit[order], return_index=True)[1]]


def tries(reader: Reader, workspace: int, question: Funnel) -> Iterator[Tries]:
    """In as many rounds as memory asks for; no unit is in two of them."""
    rounds = 1 + _rows(reader, workspace, question) // ROWS_AT_ONCE
    for at in range(rounds):
        with _one_at_a_time:
            found = _round(reader, workspace, question, rounds, at)
        yield found


def _conditions(q: Asking, question: Funnel) -> tuple[list[str], str, str]:
    """What makes an event each of the steps, the excluded last; a condition on names; the rest of the condition."""
    dids: list[Did] = [*question.dids, *([question.without] if question.without else [])]
    conditions = [q.did(did) for did in dids]
    conditions[0] = f"({conditions[0]} AND day BETWEEN {{a:Date}} AND {{b:Date}})"
    reach = timedelta(days=question.window_ms // DAY_MS + 2)
    first = question.period.first - reach if question.order == "any" else question.period.first
    days = f"day BETWEEN {q.bind(first, 'Date')} AND {q.bind(question.period.last + reach, 'Date')}"
    only = {"session": " AND session != ''", "account": " AND account != 0", "person": ""}[question.unit]
    return conditions, q.named(*dids), f"{days}{only}{q.crowd(question.crowd)}"


def _rows(reader: Reader, workspace: int, question: Funnel) -> int:
    q = Asking(reader, workspace, question.period)
    _, names, rest = _conditions(q, question)
    return int(
        reader.rows(f"SELECT count() FROM events WHERE workspace = {{w:UInt32}}{names} AND {rest}", q.params)[0][0]
    )


def _round(reader: Reader, workspace: int, question: Funnel, rounds: int, at: int) -> Tries:
    q = Asking(reader, workspace, question.period)
    conditions, names, rest = _conditions(q, question)
    mask = " + ".join(f"if({condition}, {1 << place}, 0)" for place, condition in enumerate(conditions))
    who = q.account if question.unit == "account" else q.who
    unit = f"cityHash64({who}, session)" if question.unit == "session" else f"toUInt64({who})"
    mine = f" AND {who} % {q.bind(rounds, 'UInt32')} = {q.bind(at, 'UInt32')}" if rounds > 1 else ""
    columns = reader.arrays(
        f"SELECT {unit} AS unit, toUInt32({who}) AS who, toInt64({MS}) AS ms, toUInt16(day) AS began, "
        f"toUInt32({mask}) AS mask FROM events WHERE workspace = {{w:UInt32}}{names} AND {rest} AND mask > 0{mine}",
        q.params,
        columns=5,
    )
    unit_, who_, ms, began, mask_ = columns
    return _walk(unit_, who_, ms, began, mask_, question)


def _walk(
    unit: np.ndarray, who: np.ndarray, ms: np.ndarray, day: np.ndarray, mask: np.ndarray, question: Funnel
) -> Tries:  # fmt: skip
    """Columns of events in any order → tries."""
    ms, mask = ms.astype(np.int64), mask.astype(np.int64)
    steps = len(question.steps)
    order = np.lexsort((mask, mask & -mask, ms, unit))
    unit, who, ms, day, mask = unit[order], who[order], ms[order], day[order], mask[order]
    excluded = (mask >> steps & 1).astype(bool) if question.without is not None else np.zeros(len(mask), bool)
    begins = np.flatnonzero((mask & 1).astype(bool) & ~excluded)
    known, place = np.unique(unit[begins], return_index=True)
    number = np.searchsorted(known, unit[begins])
    level = np.ones(len(begins), np.int64)
    times = np.zeros((len(begins), steps), np.int64)
    times[:, 0] = ms[begins]
    found = Tries(
        number, who[begins][place].astype(np.int64), day[begins].astype(np.int64), level, times, begins.copy()
    )
    if question.order == "any":
        _any_order(found, unit, ms, mask, begins, question)
    else:
        _in_order(found, unit, ms, mask, begins, excluded, question)
    return found


def _in_order(
    found: Tries, unit: np.ndarray, ms: np.ndarray, mask: np.ndarray, begins: np.ndarray, excluded: np.ndarray,
    question: Funnel,
) -> None:  # fmt: skip
    """From each first step every further step as early as may be."""
    own = question.overlapping or question.without is not None
    # Where no event can be two steps, those of one millisecond count in either order: they share a place.
    spot = np.arange(len(ms)) if own else _spots(unit, ms)
    end = _next(np.flatnonzero(excluded), begins, spot, unit, begins, strictly=True)
    now, alive = begins.copy(), np.ones(len(begins), bool)
    for step in range(1, len(question.steps)):
        holders = np.flatnonzero(mask >> step & 1 & ~excluded)
        then = _next(holders, now, spot, unit, begins, strictly=own)
        alive &= (then != NEVER) & (then < end)
        reached = np.where(alive, then, 0)
        alive &= ms[reached] - ms[begins] <= question.window_ms if len(ms) else alive
        found.level[alive] += 1
        found.times[alive, step] = ms[reached[alive]]
        now = np.where(alive, reached, now)
    found.done[:] = now


def _spots(unit: np.ndarray, ms: np.ndarray) -> np.ndarray:
    """The same number for events of one unit and millisecond, rising with both."""
    new = np.ones(len(ms), bool)
    new[1:] = (unit[1:] != unit[:-1]) | (ms[1:] != ms[:-1])
    return np.cumsum(new)


def _next(
    holders: np.ndarray, now: np.ndarray, spot: np.ndarray, unit: np.ndarray, begins: np.ndarray, strictly: bool
) -> np.ndarray:  # fmt: skip
    """For each try the first of `holders` at or (strictly) after where it is, of the same unit; NEVER when there is none."""
    if not len(holders):
        return np.full(len(now), NEVER)
    at = np.searchsorted(spot[holders], spot[now], side="right" if strictly else "left")
    there = holders[np.minimum(at, len(holders) - 1)]
    return np.where((at < len(holders)) & (unit[there] == unit[begins]), there, NEVER)


def _any_order(
    found: Tries, unit: np.ndarray, ms: np.ndarray, mask: np.ndarray, begins: np.ndarray, question: Funnel
) -> None:  # fmt: skip
    """How many of the steps, counted from the first, lie within the window around each first step, before or after."""
    alive = np.ones(len(begins), bool)
    for step in range(1, len(question.steps)):
        holders = np.flatnonzero(mask >> step & 1)
        if not len(holders):
            return
        at = np.searchsorted(holders, begins)
        gap = np.full(len(begins), NEVER)
        for side in (at - 1, at):
            there = holders[np.clip(side, 0, len(holders) - 1)]
            near = (side >= 0) & (side < len(holders)) & (unit[there] == unit[begins])
            gap = np.where(near, np.minimum(gap, np.abs(ms[there] - ms[begins])), gap)
        alive &= gap <= question.window_ms
        found.level[alive] += 1
        found.times[alive, step] = found.times[alive, 0] + gap[alive]
