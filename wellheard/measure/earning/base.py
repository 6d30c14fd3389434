"""What a home shows of how a product earns: figures with their sizes, one drawing, one table. Numbers, not markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from wellheard.measure.sql.base import NOT_QUIET
from wellheard.people.models import Account, Workspace
from wellheard.people.queries.doubles import doubles
from wellheard.people.queries.money import cents_by_account, today
from wellheard.store.reader import Reader

Unit = Literal["count", "cents", "share", "days", "months", "minutes", "ratio"]
MONTH = 28  # days: whole weeks, so that weekends weigh the same


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` None: not enough is known, and `note` says what is missing. `lens` is u (users) or c (customers)."""

    key: str
    title: str
    value: float | None
    unit: Unit
    note: str
    lens: Literal["", "u", "c"] = ""
    low: float | None = None
    high: float | None = None

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = {"title": self.title, "value": self.value, "unit": self.unit, "note": self.note}
        return found | ({"low": self.low, "high": self.high} if self.low is not None else {})


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with its unit; text as it is. `account` opens that account's page."""

    value: float | str | None
    unit: Unit | Literal["text"] = "text"
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    about: str
    head: tuple[str, ...]
    rows: list[list[Cell]]
    empty: str

    def told(self) -> list[dict[str, Any]]:
        return [dict(zip(self.head, (c.value for c in row), strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Series:
    """Values along time or age; `sizes` say of how many each is. None: nobody is old enough, or nothing was earned."""

    title: str
    about: str
    head: str
    labels: list[str]
    values: list[float | None]
    unit: Unit
    sizes: list[int]

    def told(self) -> list[dict[str, Any]]:
        return [
            {"at": label, "value": v, "of": n} for label, v, n in zip(self.labels, self.values, self.sizes, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Home:
    figures: list[Figure]
    series: Series | None = None
    tables: list[Table] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {
            "figures": {f.key: f.told() for f in self.figures},
            "series": {"title": self.series.title, "points": self.series.told()} if self.series else None,
            "tables": [{"title": t.title, "rows": t.told()} for t in self.tables],
        }


class Ground:
    """What the figures of every way are made from, each read once. `last` is the last whole day."""

    def __init__(self, reader: Reader, workspace: Workspace) -> None:
        self.reader, self.workspace = reader, workspace
        self.last = today(workspace) - timedelta(days=1)
        self.first = self.last - timedelta(days=MONTH - 1)
        self.cents = cents_by_account(workspace, self.last)
        twice = doubles(workspace, Account)
        rows = Account.objects.filter(workspace=workspace).exclude(pk__in=twice)
        self.accounts: dict[int, Account] = {a.pk: a for a in rows.iterator(2000)}
        self.by_number = {a.number: a.pk for a in self.accounts.values() if a.number}

    def people_of_accounts(self) -> dict[int, int]:
        """Account → people active for it in the last 28 whole days; accounts with nobody are left out."""
        found = self.reader.rows(
            f"SELECT account, uniqExact({self.reader.person(self.workspace.pk)}) FROM events "  # noqa: S608
            f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}} AND account != 0 AND {NOT_QUIET} "
            "GROUP BY account",
            {"w": self.workspace.pk, "a": self.first, "b": self.last},
        )
        return {self.by_number[n]: int(people) for n, people in found if n in self.by_number}

    def active_people(self, first: date | None = None, last: date | None = None) -> np.ndarray:
        return self.reader.people_behind(self.workspace.pk, None, first or self.first, last or self.last)


def number_of(traits: dict[str, Any], names: Sequence[str]) -> int | None:
    """The first of these traits that is a whole number of at least one."""
    for name in names:
        try:
            value = int(float(traits[name]))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if value >= 1:
            return value
    return None


def months_between(begin: date, end: date) -> int:
    """Whole months from one day to another."""
    return (end.year - begin.year) * 12 + end.month - begin.month - (1 if end.day < begin.day else 0)
