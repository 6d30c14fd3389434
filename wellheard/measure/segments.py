"""Conditions on what somebody did, for segments. Merged people count as one, as in every question."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import ClassVar, Literal

import msgspec
import numpy as np

from wellheard import store
from wellheard.people.models import Segment, Workspace
from wellheard.people.segments import registry
from wellheard.people.segments.condition import Condition, Field, count_words
from wellheard.people.segments.facts import Facts, Mask, Of
from wellheard.people.segments.own import within
from wellheard.people.segments.registry import register

from .did import Did, One, did
from .models import Tile
from .question import Period
from .sql.base import Asking

BEGIN = date(1990, 1, 1)  # no period may begin earlier
COUNTS: dict[str, tuple[str, Callable[[np.ndarray, int], np.ndarray]]] = {
    "at_least": ("at least", np.greater_equal),
    "at_most": ("at most", np.less_equal),
    "exactly": ("exactly", np.equal),
}
MOST_NAMES = 500


def event_names(workspace: Workspace) -> list[tuple[str, str]]:
    """As the rule writes them; none while the events cannot be read."""
    try:
        rows = store.get().reader.rows(
            "SELECT DISTINCT name FROM rollup WHERE workspace = {w:UInt32} AND name != '' ORDER BY name LIMIT {n:UInt32}",
            {"w": workspace.pk, "n": MOST_NAMES},
        )
    except store.StoreError:
        return []
    return [(str(One(str(name))), "") for (name,) in rows]


def _days(facts: Facts, days: int | None) -> Period:
    return Period(BEGIN if days is None else facts.on - timedelta(days=days - 1), facts.on)


@register
class DidEvent(Condition, frozen=True, kw_only=True, tag="did"):
    """How often they did `event` ("Exported", "A | B", "Exported[format=pdf; rows>100]"; empty: anything), within the
    last days, or between two days. Somebody without events did it zero times."""

    event: str = ""
    count: Literal["at_least", "at_most", "exactly"] = "at_least"
    times: int = 1
    days: int | None = None
    first: date | None = msgspec.field(default=None, name="from")
    last: date | None = msgspec.field(default=None, name="to")

    title: ClassVar[str] = "Did something"
    group: ClassVar[str] = "What they did"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("event", "Event", choices=event_names, free=True, hint="or Event[property=value]; empty: anything"),
        Field("count", "How often", choices=tuple((k, v[0]) for k, v in COUNTS.items())),
        Field("times", "Times", "whole"),
        Field("days", "In the last days", "whole", hint="empty: ever"),
        Field("from", "Or from", "date"),
        Field("to", "to", "date"),
    )

    def check(self, workspace: Workspace) -> None:
        did(self.event)
        within(self.days)
        if not 0 <= self.times <= 1_000_000_000:
            raise ValueError("Times: zero or more.")
        if self.count == "at_least" and self.times == 0:
            raise ValueError("At least 0 times is everybody; for who never did it write at most 0 times.")
        if self.days is not None and (self.first or self.last):
            raise ValueError("Say either how many days back, or from and to.")
        for day in (self.first, self.last):
            if day is not None and not 1990 <= day.year < 2100:
                raise ValueError(f"{day} lies outside of the days that events can have.")
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"It ends ({self.last}) before it begins ({self.first}).")

    def mask(self, facts: Facts, of: Of) -> Mask:
        side, what = facts.side(of), did(self.event)
        first, last = self.first or BEGIN, self.last or max(facts.on, self.first or facts.on)
        period = _days(facts, self.days) if self.days is not None else Period(first, last)
        reader = store.get().reader
        if self.count == "at_least" and self.times == 1 and what.plain and len(what.either) == 1:
            asked = reader.people_behind if of == "people" else reader.accounts_behind
            return side.numbered(asked(facts.workspace.pk, what.either[0].name, period.first, period.last))
        who, n = _counts(reader, facts.workspace.pk, what, period, of)
        order = np.argsort(who)
        who, n = who[order], n[order]
        place = np.searchsorted(who, side.numbers)
        known = (place < len(who)) & (side.numbers > 0)
        counts = np.zeros(len(side), np.int64)
        counts[known] = np.where(who[place[known]] == side.numbers[known], n[place[known]], 0)
        return np.asarray(COUNTS[self.count][1](counts, self.times), bool)

    def words(self, workspace: Workspace) -> str:
        what = "anything" if did(self.event).anything else self.event
        often = f"{COUNTS[self.count][0]} {count_words(self.times, 'time')}"
        if (self.count, self.times) == ("at_least", 1):
            often = ""
        elif self.times == 0:
            often = "never"
        when = f"in the last {count_words(self.days, 'day')}" if self.days is not None else ""
        if self.first or self.last:
            when = " ".join(
                [*([f"from {self.first}"] if self.first else []), *([f"to {self.last}"] if self.last else [])]
            )
        return " ".join(part for part in ("did", what, often, when) if part)


def _counts(reader: store.Reader, workspace: int, what: Did, period: Period, of: Of) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, and how often each did it."""
    q = Asking(reader, workspace, period)
    who = q.who if of == "people" else q.account
    named = "" if of == "people" else " AND account != 0"
    found = reader.arrays(
        f"SELECT toUInt32({who}) AS who, toUInt32(count()) AS n FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(what)} AND {q.did(what)}{named} GROUP BY who",
        q.params,
        columns=2,
    )
    return found[0].astype(np.int64), found[1].astype(np.int64)


@register
class Seen(Condition, frozen=True, kw_only=True, tag="seen"):
    """Their first event ever, or their last, fell within the last days."""

    which: Literal["first", "last"]
    days: int

    title: ClassVar[str] = "First or last seen"
    group: ClassVar[str] = "What they did"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("which", "Was", choices=(("last", "last seen"), ("first", "first seen"))),
        Field("days", "Within the last days", "whole"),
    )

    def check(self, workspace: Workspace) -> None:
        within(self.days)

    def mask(self, facts: Facts, of: Of) -> Mask:
        reader, period = store.get().reader, _days(facts, self.days)
        asked = reader.people_behind if of == "people" else reader.accounts_behind
        seen = asked(facts.workspace.pk, None, period.first, period.last)
        if self.which == "first":
            earlier = asked(facts.workspace.pk, None, BEGIN, period.first - timedelta(days=1))
            seen = np.setdiff1d(seen, earlier, assume_unique=True)
        return facts.side(of).numbered(seen)

    def words(self, workspace: Workspace) -> str:
        return f"{self.which} seen within the last {count_words(self.days, 'day')}"


@registry.used_by
def tiles_of(segment: Segment) -> list[str]:
    """Dashboards with a question about this segment."""
    tiles = Tile.objects.filter(workspace=segment.workspace_id, dashboard__deleted_at=None).select_related("dashboard")
    said = {segment.name.lower(), str(segment.pk)}
    return sorted({f"dashboard “{t.dashboard}”" for t in tiles if str(t.words.get("segment", "")).lower() in said})
