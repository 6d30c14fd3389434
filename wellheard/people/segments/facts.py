"""What conditions look at: people and accounts as columns, read once per evaluation and only when asked for.

A condition answers with a mask, one truth per row of a side. Nothing is asked person by person, and no list of keys is
ever bound into a query, so no engine's limit on parameters is near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, Literal

import msgspec
import numpy as np
from django.db.models import TextField
from django.db.models.functions import Cast

from wellheard.people.models import Account, Person, Segment, Workspace
from wellheard.people.queries.doubles import doubles
from wellheard.people.queries.money import cents_by_account
from wellheard.people.queries.roles import pairs_on

Of = Literal["people", "accounts"]
Mask = np.ndarray
OTHER: dict[Of, Of] = {"people": "accounts", "accounts": "people"}
_traits = msgspec.json.Decoder(dict[str, Any])


def keys_array(keys: Iterable[int]) -> np.ndarray:
    return np.fromiter(keys, np.int64)


class Side:
    """The people, or the accounts, of a workspace; rows in the order of their keys."""

    def __init__(self, model: type[Person] | type[Account], workspace: Workspace) -> None:
        self._rows = model._default_manager.filter(workspace=workspace).order_by("pk")
        twice = doubles(workspace, model)
        held = [(pk, number) for pk, number in self._rows.values_list("pk", "number") if pk not in twice]
        self.keys = keys_array(pk for pk, _ in held)
        self.numbers = keys_array(number or 0 for _, number in held)
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def column(self, name: str) -> list[Any]:
        if name not in self._columns:
            self._columns[name] = self._aligned(self._rows.values_list("pk", name))
        return self._columns[name]

    @cached_property
    def traits(self) -> list[dict[str, Any]]:
        """As text out of the database: both engines store JSON, and reading it here is several times faster."""
        rows = self._rows.annotate(said=Cast("traits", TextField())).values_list("pk", "said")
        return [_traits.decode(said) if said else {} for said in self._aligned(rows)]

    def _aligned(self, rows: Iterable[tuple[int, Any]]) -> list[Any]:
        """Rows that came or went since the keys were read are left out or empty."""
        found = dict(rows)
        return [found.get(key) for key in self.keys.tolist()]

    def holds(self, keys: Iterable[int] | np.ndarray) -> Mask:
        """True for those with one of these keys."""
        return np.isin(self.keys, keys if isinstance(keys, np.ndarray) else keys_array(keys))

    def numbered(self, numbers: np.ndarray) -> Mask:
        """True for those with one of these numbers of the event store."""
        return np.isin(self.numbers, numbers) & (self.numbers > 0)

    def where(self, values: Iterator[bool]) -> Mask:
        return np.fromiter(values, bool, len(self))


class Facts:
    """A workspace as of a day: money is read on that day, and "the last N days" end with it."""

    def __init__(self, workspace: Workspace, on: date) -> None:
        self.workspace, self.on = workspace, on
        self._cents: dict[date, dict[int, int]] = {}
        self._pairs: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.asked: list[int] = []  # the segments under evaluation, so that a circle is seen

    @cached_property
    def people(self) -> Side:
        return Side(Person, self.workspace)

    @cached_property
    def accounts(self) -> Side:
        return Side(Account, self.workspace)

    def side(self, of: Of) -> Side:
        return self.people if of == "people" else self.accounts

    @cached_property
    def segments(self) -> dict[int, Segment]:
        return {s.pk: s for s in Segment.objects.filter(workspace=self.workspace)}

    def cents(self, on: date) -> dict[int, int]:
        """Account → cents a month on that day."""
        if on not in self._cents:
            self._cents[on] = cents_by_account(self.workspace, on)
        return self._cents[on]

    def pairs(self, role: str = "") -> tuple[np.ndarray, np.ndarray]:
        """(person, account) keys of every relation that held on the day, or of those with a role then."""
        if role not in self._pairs:
            held = pairs_on(self.workspace, role, self.on)
            self._pairs[role] = keys_array(p for p, _ in held), keys_array(a for _, a in held)
        return self._pairs[role]

    def across(self, mask: Mask, of: Of) -> Mask:
        """`mask` is over the other side; → who of this side belongs to one of them."""
        people, accounts = self.pairs()
        if of == "people":
            return self.people.holds(people[np.isin(accounts, self.accounts.keys[mask])])
        return self.accounts.holds(accounts[np.isin(people, self.people.keys[mask])])
