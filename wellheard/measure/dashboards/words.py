"""What a dashboard's tiles are made of, before anything is stored: sizes, periods, and whom a dashboard is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from wellheard.people.models import Workspace
from wellheard.people.queries.money import today

from .. import asking
from ..errors import Unaskable
from ..kinds.base import day
from ..question import Period, start_of

NOTE = "note"
AUDIENCES = ("product", "design", "engineering", "sales", "success", "everyone")
SIZES = ("third", "half", "full")
FIXED = "fixed"
PERIODS = {
    "7": "the last 7 days", "28": "the last 28 days", "90": "the last 90 days", "365": "the last 365 days",
    "week": "this week", "month": "this month", "quarter": "this quarter", "year": "this year",
    FIXED: "fixed days",
}  # fmt: skip
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Spec:
    """A tile that may not be stored yet."""

    title: str
    kind: str
    words: dict[str, str] = field(default_factory=dict)
    period: str = "90"
    size: str = "half"
    note: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What whoever looks asks of all tiles at once; empty leaves each tile its own. `until` is the last day that
    counts, today when None."""

    days: str = ""
    first: date | None = None
    last: date | None = None
    lens: str = ""
    segment: str = ""
    until: date | None = None

    @property
    def told(self) -> dict[str, str]:
        """As words of an address."""
        found = {"days": self.days, "lens": self.lens, "segment": self.segment}
        if self.first and self.last:
            found |= {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return {k: v for k, v in found.items() if v}


def view_of(said: Mapping[str, str]) -> View:
    """Raises Unaskable. From and to go before a number of days."""
    days, lens = (said.get("days") or "").strip(), (said.get("lens") or "").strip()
    first, last = (said.get("from") or "").strip(), (said.get("to") or "").strip()
    if bool(first) != bool(last):
        raise Unaskable("say both the first and the last day")
    if lens not in ("", "users", "customers"):
        raise Unaskable(f"lens is users or customers, not {lens!r}")
    segment = (said.get("segment") or "").strip()[:120]
    if first:
        span = Period(day(first, "from"), day(last, "to"))
        return View("", span.first, span.last, lens, segment)
    if days and not _is_days(days):
        raise Unaskable(f"days is a whole number up to {MOST_DAYS}, not {days!r}")
    return View(days, None, None, lens, segment)


def check_period(period: str, words: Mapping[str, str]) -> str:
    """The period as it is stored. Raises ValueError."""
    if period == FIXED:
        if not (words.get("from") and words.get("to")):
            raise ValueError("Fixed days need a first and a last day.")
    elif period not in PERIODS and not _is_days(period):
        raise ValueError(f"A tile's period is one of {', '.join(PERIODS)}, or a number of days up to {MOST_DAYS}.")
    return period


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_DAYS


def said(workspace: Workspace, spec: Any, view: View) -> dict[str, str]:
    """The words of a tile as they are asked now: with days, and with what whoever looks wants."""
    words = {k: v for k, v in spec.words.items() if v}
    if view.lens:
        words["lens"] = view.lens
    if view.segment:
        words["segment"] = view.segment
    kept = {k: v for k, v in words.items() if k not in ("from", "to")}
    if view.first and view.last:
        return kept | {"from": view.first.isoformat(), "to": view.last.isoformat()}
    if spec.period == FIXED and not view.days:
        return words
    last = view.until or today(workspace)
    if spec.kind == "aha":  # it looks at those whose time to stay is over
        last = asking.default_period(workspace, asking.kind_of("aha"), kept).last
    first = _first(view.days or (spec.period if spec.period != FIXED else "90"), last)
    every = kept.get("every") or _every(spec.kind)
    if every in ("week", "month"):  # begun weeks and months would look like a rise
        first = start_of(every, first)  # type: ignore[arg-type]
    return kept | {"from": first.isoformat(), "to": last.isoformat()}


def _every(kind: str) -> str:
    return next((w.default for w in asking.kind_of(kind).words if w.name == "every"), "day")


def _first(period: str, last: date) -> date:
    if period == "week":
        return last - timedelta(days=last.weekday())
    if period == "month":
        return last.replace(day=1)
    if period == "quarter":
        return last.replace(month=3 * ((last.month - 1) // 3) + 1, day=1)
    if period == "year":
        return last.replace(month=1, day=1)
    return last - timedelta(days=int(period) - 1)


def told_period(period: str) -> str:
    return PERIODS.get(period, f"the last {period} days")
