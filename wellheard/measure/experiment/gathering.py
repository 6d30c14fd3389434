"""From the events to the table of an experiment, in one query: first exposures joined with what was done around them."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..did import Did
from ..question import DAY_MS, Period
from ..sql.base import MS, Asking
from .declared import Table
from .exposure import Exposed, First, counted

if TYPE_CHECKING:
    from wellheard.store import Store

How = Literal["did", "count", "sum", "time"]
# Event → properties that name the flag or experiment, properties that name the variant.
SEEN = {
    "$feature_flag_called": (("$feature_flag",), ("$feature_flag_response",)),
    "Experiment Viewed": (("experiment_id", "experimentId"), ("variation_id", "variationId", "variant_id")),
    "$experiment_started": (("Experiment name", "$experiment_name"), ("Variant name", "$variant_name")),
    "Flag Evaluated": (("flag",), ("variant",)),
}
BOTS = r"bot\b|crawl|spider|headless"


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted of a unit's events: "did" 1 or 0, "count", "sum" of the number in `field`, "time" days until the first."""

    did: Did
    how: How = "count"
    field: str = ""

    def __post_init__(self) -> None:
        if self.how not in ("did", "count", "sum", "time"):
            raise ValueError(f"What is counted is did, count, sum or time, not {self.how!r}.")
        if (self.how == "sum") != bool(self.field):
            raise ValueError("A sum needs the property to add up, and nothing else has one.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`key` as in declared.Metric; `below` makes it a ratio. With `before` the same of the time before the first exposure
    is read for CUPED (not for a time)."""

    key: str
    what: Count
    below: Count | None = None
    before: bool = True


def gather(
    store: Store, workspace_pk: int, flag_key: str, variants: Sequence[str], start: datetime, end: datetime,
    metrics: Sequence[Wanted], unit: Literal["person", "account"] = "person", window_days: int = 14, before_days: int = 28,
) -> tuple[Table, Exposed]:  # fmt: skip
    """Units first exposed from `start` on whose window of `window_days` is full by `end` (both with a zone), and the counts
    of those exposed. What was done counts from the first exposure on, before its window ends; what was done in the
    `before_days` before it is for CUPED. A person stands for all their merged numbers. Raises ValueError, Unaskable."""
    if end <= start or window_days < 1 or before_days < 0:
        raise ValueError("The end lies after the start, the window is a day or longer.")
    reader = store.reader
    back = timedelta(days=before_days + 2)
    period = Period((start - back).date(), (end + timedelta(days=2)).date())
    q = Asking(reader, workspace_pk, period)
    who = q.account if unit == "account" else q.who
    some = f" AND {who} != 0" if unit == "account" else ""
    begins, ends = int(start.timestamp() * 1000), int(end.timestamp() * 1000)
    days = "day BETWEEN {a:Date} AND {b:Date}"
    first = (
        f"SELECT who, min(ms) AS t, toInt32(argMin(arm, (ms, arm))) - 1 AS arm, toUInt8(min(x.arm) != max(x.arm)) AS several, "
        f"max(bot) AS bot FROM (SELECT toUInt32({who}) AS who, toInt64({MS}) AS ms, {_arm(q, flag_key, variants)} AS arm, "
        f"toUInt8(match(lower(context), {q.bind(BOTS, 'String')})) AS bot FROM events "
        f"WHERE workspace = {{w:UInt32}} AND name IN {q.bind(list(SEEN), 'Array(String)')} AND {days}{some} "
        f"AND ms >= {q.bind(begins, 'Int64')} AND ms < {q.bind(ends, 'Int64')} AND arm > 0) AS x GROUP BY who"
    )
    kinds = [c for m in metrics for c in (m.what, m.below) if c is not None]
    made = _Columns(q, window_days * DAY_MS, before_days * DAY_MS, kinds)
    held = [_metric(made, m, bool(before_days)) for m in metrics]
    names = {one.name for c in kinds for one in c.did.either}
    known = "" if None in names else f" AND name IN {q.bind(sorted([*SEEN, *map(str, names)]), 'Array(String)')}"
    inner = ", ".join(made.rows)
    # Each exposed unit has its own exposure among these rows, so that nobody is lost who did nothing else.
    sql = (
        f"SELECT f.who, any(f.t), any(f.arm), any(f.several), any(f.bot){''.join(', ' + c for c in made.sums)} FROM "
        f"(SELECT toUInt32({who}) AS who, toInt64({MS}) AS ms{', ' + inner if inner else ''} FROM events "
        f"WHERE workspace = {{w:UInt32}}{known} AND {days}{some}) AS e INNER JOIN ({first}) AS f ON e.who = f.who GROUP BY f.who"
    )
    columns = reader.arrays(sql, q.params, columns=5 + len(made.sums))
    units = First(columns[0], columns[2].astype(np.int64), columns[1].astype(np.int64), columns[3] > 0, columns[4] > 0)
    inside, exposed = counted(units, len(variants), ends, window_days * DAY_MS)
    order = np.flatnonzero(inside)[np.argsort(units.unit[inside], kind="stable")]
    return _table(units.arm[order], [c[order] for c in columns[5:]], metrics, held, window_days), exposed


def _arm(q: Asking, flag: str, variants: Sequence[str]) -> str:
    """1 for the first variant …, 0 for what is no exposure of this flag."""
    key, known = q.bind(flag, "String"), q.bind(list(variants), "Array(String)")
    cases = []
    for event, (flags, answers) in SEEN.items():
        same = " OR ".join(f"{q.text(f)} = {key}" for f in flags)
        arms = " + ".join(f"indexOf({known}, {q.text(a)})" for a in answers[:1])
        for answer in answers[1:]:
            arms = f"if({arms} > 0, {arms}, indexOf({known}, {q.text(answer)}))"
        cases.append(f"name = {q.bind(event, 'String')} AND ({same}), {arms}")
    return f"multiIf({', '.join(cases)}, 0)"


class _Columns:
    """Expressions over rows of events, and over all rows of a unit; each written once."""

    def __init__(self, q: Asking, window: int, before: int, counts: Sequence[Count]) -> None:
        self.q = q
        summed = sorted({one.name or "" for c in counts if c.how == "sum" for one in c.did.either})
        self.summed = "1" if "" in summed else f"name IN {q.bind(summed, 'Array(String)')}"
        self.rows: list[str] = []
        self.sums: list[str] = []
        self._known: dict[Did | str, int] = {}
        self._places: dict[str, int] = {}
        self.inside = f"e.ms >= f.t AND e.ms < f.t + {q.bind(window, 'Int64')}"
        self.prior = f"e.ms < f.t AND e.ms >= f.t - {q.bind(before, 'Int64')}"

    def _row(self, key: Did | str, sql: str) -> str:
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(f"{sql} AS r{len(self.rows)}")
        return f"e.r{self._known[key]}"

    def add(self, what: Count, prior: bool = False) -> int:
        """→ its place among the sums."""
        where = self.prior if prior else self.inside
        it = self._row(what.did, f"toUInt8({self.q.did(what.did)})")
        if what.how == "sum":
            # One parse a row and property, whichever metrics ask for it; text that is a number counts as one.
            raw = f"JSONExtractRaw(properties, {self.q.bind(what.field, 'String')})"
            number = self._row(what.field, f"toFloat64OrZero(trim(BOTH '\"' FROM if({self.summed}, {raw}, '')))")
            sql = f"sumIf({number}, {it} AND isFinite({number}) AND {where})"
        elif what.how == "time":
            sql = f"toFloat64(minIf(e.ms - f.t, {it} AND {where})) + if(countIf({it} AND {where}) = 0, -1, 0)"
        else:
            sql = f"countIf({it} AND {where})"
        if sql not in self._places:
            self._places[sql] = len(self.sums)
            self.sums.append(f"toFloat64({sql}) AS s{len(self.sums)}")
        return self._places[sql]


def _metric(made: _Columns, m: Wanted, prior: bool) -> tuple[int, int | None, int | None, int | None]:
    """Places of: what, below, what before, below before."""
    early = m.before and prior and m.what.how != "time"
    below = made.add(m.below) if m.below is not None else None
    return (
        made.add(m.what), below, made.add(m.what, True) if early else None,
        made.add(m.below, True) if early and m.below is not None else None,
    )  # fmt: skip


def _table(
    arm: np.ndarray, columns: list[np.ndarray], metrics: Sequence[Wanted], held: list[Any], window: int
) -> Table:  # fmt: skip
    values: dict[str, np.ndarray] = {}
    denominators: dict[str, np.ndarray] = {}
    before: dict[str, Any] = {}
    censored: dict[str, np.ndarray] = {}

    def read(what: Count, place: int) -> np.ndarray:
        column = columns[place].astype(np.float64)
        return (column > 0).astype(np.float64) if what.how == "did" else column

    for m, (what, below, prior, below_prior) in zip(metrics, held, strict=True):
        values[m.key] = read(m.what, what)
        if m.what.how == "time":
            censored[m.key] = values[m.key] < 0
            values[m.key] = np.where(censored[m.key], float(window), values[m.key] / DAY_MS)
        if m.below is not None and below is not None:
            denominators[m.key] = read(m.below, below)
        if prior is not None:
            before[m.key] = read(m.what, prior)
            if m.below is not None and below_prior is not None:
                before[m.key] = (before[m.key], read(m.below, below_prior))
    return Table(arm, values, denominators, before, censored)
