"""From events to what everybody did in their first days. Whoever's time to stay is not over yet is left out."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from wellheard.measure.question import EVERYBODY, Crowd, Period, Unaskable
from wellheard.store.reader import Reader

from .finder import Early, Findings, find

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Aha:
    """Of the people first seen in `period`: what did those do in their first `early` days who stayed?

    To stay is to do `event` (None: anything) on some day from `stay_from` to `stay_to` days after the first one.
    The two must not overlap the first days: doing something twice is not yet staying.
    """

    period: Period
    early: int = 7
    stay_from: int = 28
    stay_to: int = 55
    event: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.early <= 60:
            raise Unaskable("the first days are between 1 and 60 days")
        if self.stay_from < self.early:
            raise Unaskable(f"staying is looked for from day {self.stay_from}, within the first {self.early} days")
        if not self.stay_from <= self.stay_to <= 400:
            raise Unaskable("staying is looked for over at least one day and at most 400 days after the first")


def find_aha(reader: Reader, workspace: int, question: Aha, only: Crowd = EVERYBODY) -> Findings:
    return find(early(reader, workspace, question, only))


def early(reader: Reader, workspace: int, question: Aha, only: Crowd = EVERYBODY) -> Early:
    """`question.period` must end `stay_to` days before the last day that is over."""
    period = question.period
    bound: dict[str, Any] = {
        "w": workspace, "a": period.first, "b": period.last, "early": question.early,
        "until": period.last + timedelta(days=question.early - 1),
        "from": question.stay_from, "to": question.stay_to, "name": question.event or "",
        "end": period.last + timedelta(days=question.stay_to),
    }  # fmt: skip
    people = reader.bitmap(workspace, "groupBitmapMergeState(people)")
    firsts = (
        "SELECT who, min(day) AS first FROM (SELECT day, arrayJoin(bitmapToArray(found)) AS who FROM "
        f"(SELECT day, {people} AS found FROM rollup WHERE workspace = {{w:UInt32}} AND name = '' "
        "AND day <= {b:Date} GROUP BY day)) GROUP BY who HAVING first >= {a:Date}"
    )
    who = reader.person(workspace)
    names = _names(reader, workspace, bound)
    numbers, began, account = reader.arrays(
        f"SELECT f.who AS who, any(toUInt32(f.first)) AS began, "
        "argMinIf(e.account, (e.time, e.account), e.account != 0) AS held "
        f"FROM (SELECT {who} AS who, day, time, {reader.account(workspace)} AS account FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {{a:Date}} AND {{until:Date}}) AS e INNER JOIN ({firsts}) AS f ON e.who = f.who "
        "WHERE e.day < f.first + {early:UInt16} GROUP BY who ORDER BY who",
        bound,
        columns=3,
    )
    (stayed,) = reader.arrays(
        f"SELECT DISTINCT f.who AS who FROM (SELECT day, arrayJoin(bitmapToArray(found)) AS who FROM (SELECT day, "
        f"{people} AS found FROM rollup WHERE workspace = {{w:UInt32}} AND name = {{name:String}} "
        f"AND day BETWEEN {{a:Date}} AND {{end:Date}} GROUP BY day)) AS e INNER JOIN ({firsts}) AS f "
        "ON e.who = f.who WHERE e.day BETWEEN f.first + {from:UInt16} AND f.first + {to:UInt16}",
        bound,
        columns=1,
    )
    done = reader.arrays(
        f"SELECT f.who AS who, e.event AS event, toUInt16(e.day - f.first) AS later, toUInt32(count()) AS times "
        f"FROM (SELECT {who} AS who, indexOf({{names:Array(String)}}, name) AS event, day FROM events "
        f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{until:Date}} "
        "AND name IN {names:Array(String)}) AS e "
        f"INNER JOIN ({firsts}) AS f ON e.who = f.who WHERE e.day < f.first + {{early:UInt16}} "
        "GROUP BY who, event, later",
        bound | {"names": names},
        columns=4,
    )
    return _of(numbers, began, account, stayed, done, names, only)


def _names(reader: Reader, workspace: int, bound: dict[str, Any]) -> list[str]:
    """The events most people do; what hardly anybody does cannot be told apart from chance anyway."""
    rows = reader.rows(
        "SELECT name FROM rollup WHERE workspace = {w:UInt32} AND name != '' "
        "AND day BETWEEN {a:Date} AND {until:Date} GROUP BY name "
        f"ORDER BY groupBitmapMerge(people) DESC, name LIMIT {MOST_EVENTS}",
        bound,
    )
    return [str(name) for (name,) in rows]


def _of(
    numbers: np.ndarray, began: np.ndarray, account: np.ndarray, stayed: np.ndarray, done: list[np.ndarray],
    names: list[str], only: Crowd,
) -> Early:  # fmt: skip
    kept = np.ones(len(numbers), bool)
    if only.people is not None:
        kept &= np.isin(numbers, only.people)
    if only.without is not None:
        kept &= ~np.isin(numbers, only.without)
    if only.accounts is not None:
        kept &= np.isin(account, only.accounts)
    numbers, began, account = numbers[kept].astype(np.int64), began[kept].astype(np.int64), account[kept]
    who, event, day, times = (column.astype(np.int64) for column in done)
    place = np.searchsorted(numbers, who)
    place[place == len(numbers)] = 0
    ours = numbers[place] == who if len(numbers) else np.zeros(len(who), bool)
    return Early(
        numbers, names, place[ours], event[ours] - 1, day[ours], times[ours], np.isin(numbers, stayed),
        account.astype(np.int64), began,
    )  # fmt: skip
