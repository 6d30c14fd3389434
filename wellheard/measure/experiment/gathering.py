"""From the events to the table of an experiment: first exposures, and what was done around them."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..did import Did
from ..question import DAY_MS, Period
from ..sql.base import MS, Asking
from . import around
from .around import Sought, Units
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
BY_PLACE = ("Experiment Viewed",)  # GrowthBook's libraries number variants from 0, in the order of the flag
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
    numbered: Sequence[str] = (),
) -> tuple[Table, Exposed]:  # fmt: skip
    """Units first exposed from `start` on whose window of `window_days` is full by `end` (both with a zone), and the counts
    of those exposed. What was done counts from the first exposure on, before its window ends; what was done in the
    `before_days` before it is for CUPED. A person stands for all their merged numbers. `numbered`: the flag's variants in its own order,
    where libraries may say a variant's place. Raises ValueError, Unaskable."""
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
    shown = f"workspace = {{w:UInt32}} AND name IN {q.bind(list(SEEN), 'Array(String)')} AND {days}{some}"
    parts = 1 + int(reader.rows(f"SELECT count() FROM events WHERE {shown}", q.params)[0][0]) // around.PIECE
    first = (
        f"SELECT who, min(ms) AS t, toInt32(argMin(arm, (ms, arm))) - 1 AS arm, toUInt8(min(x.arm) != max(x.arm)) AS several, "
        f"max(bot) AS bot FROM (SELECT toUInt32({who}) AS who, toInt64({MS}) AS ms, {_arm(q, flag_key, variants, numbered)} AS arm, "
        f"toUInt8(match(lower(context), {q.bind(BOTS, 'String')})) AS bot FROM events "
        f"WHERE {shown} AND {who} % {parts} = {{part:UInt32}} AND ms >= {q.bind(begins, 'Int64')} AND ms < {q.bind(ends, 'Int64')} AND arm > 0) AS x GROUP BY who"
    )
    read = [reader.arrays(first, {**q.params, "part": part}, columns=5) for part in range(parts)]
    found = [np.concatenate(columns) for columns in zip(*read, strict=True)]
    units = First(found[0], found[2].astype(np.int64), found[1].astype(np.int64), found[3] > 0, found[4] > 0)
    inside, exposed = counted(units, len(variants), ends, window_days * DAY_MS)
    order = np.flatnonzero(inside)[np.argsort(units.unit[inside], kind="stable")]
    held = [_sought(m, bool(before_days)) for m in metrics]
    sums = around.add_up(
        reader, workspace_pk, unit == "account", Units(units.unit[order], found[1][order].astype(np.int64)),
        [s for parts in held for s in parts if s is not None], window_days * DAY_MS, before_days * DAY_MS,
    )  # fmt: skip
    return replace(_table(units.arm[order], sums, metrics, held, window_days), unit=units.unit[order]), exposed


def _arm(q: Asking, flag: str, variants: Sequence[str], numbered: Sequence[str]) -> str:
    """1 for the first variant …, 0 for what is no exposure of this flag."""
    key = q.bind(flag, "String")
    arms = {variant: at for at, variant in enumerate(variants, start=1)}
    switch = {said: arms[arm] for said, arm in (("true", "on"), ("false", "off")) if arm in arms}
    places = {str(at): arms[variant] for at, variant in enumerate(numbered) if variant in arms}
    cases = []
    for event, (flags, answers) in SEEN.items():
        same = " OR ".join(f"{q.text(f)} = {key}" for f in flags)
        known = {**switch, **(places if event in BY_PLACE else {}), **arms}
        said, number = q.bind(list(known), "Array(String)"), q.bind(list(known.values()), "Array(UInt8)")
        found = [f"transform({q.text(a)}, {said}, {number}, toUInt8(0))" for a in answers]
        arm = found[-1]
        for one in found[-2::-1]:
            arm = f"if({one} > 0, {one}, {arm})"
        cases.append(f"name = {q.bind(event, 'String')} AND ({same}), {arm}")
    return f"multiIf({', '.join(cases)}, 0)"


Parts = tuple[Sought, Sought | None, Sought | None, Sought | None]


def _sought(m: Wanted, prior: bool) -> Parts:
    """What, below, what before, below before."""

    def one(what: Count | None, early: bool = False) -> Sought | None:
        return (
            Sought(what.did, "count" if what.how == "did" else what.how, what.field, early)
            if what is not None
            else None
        )

    early = m.before and prior and m.what.how != "time"
    what = one(m.what)
    assert what is not None
    return what, one(m.below), one(m.what, True) if early else None, one(m.below, True) if early else None


def _table(
    arm: np.ndarray, sums: dict[Sought, np.ndarray], metrics: Sequence[Wanted], held: list[Parts], window: int
) -> Table:  # fmt: skip
    values: dict[str, np.ndarray] = {}
    denominators: dict[str, np.ndarray] = {}
    before: dict[str, Any] = {}
    censored: dict[str, np.ndarray] = {}

    def read(what: Count, place: Sought) -> np.ndarray:
        column = sums[place]
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
