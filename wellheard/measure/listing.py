"""The people or accounts behind a point, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellheard.people.models import Account, Person, Workspace
from wellheard.people.queries.doubles import doubles
from wellheard.people.queries.lists import PAGE, cut

from .asking import behind as numbers_behind

if TYPE_CHECKING:
    from wellheard.store.reader import Reader

# A database takes so many numbers in one question; longer lists say that they are cut.
MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Listed:
    """`count` stand behind the point; `known` of them have a page of their own, `rows` is one page of those. `cut`:
    only the first MOST_LISTED were looked up."""

    of_accounts: bool
    count: int
    known: int
    rows: list[Any]
    number: int
    cut: bool
    question: Any

    @property
    def last(self) -> int:
        return max(1, -(-self.known // PAGE))

    @property
    def total(self) -> int:
        return self.known

    @property
    def unnamed(self) -> int:
        return max(0, min(self.count, MOST_LISTED) - self.known)

    def told(self) -> dict[str, Any]:
        key = "accounts" if self.of_accounts else "people"
        return {
            "of": key,
            "count": self.count,
            "known": self.known,
            "page": self.number,
            "pages": self.last,
            key: [_told(row) for row in self.rows],
        }


def behind(
    reader: Reader, workspace: Workspace, name: str, words: Mapping[str, str], number: int = 1
) -> Listed:  # fmt: skip
    """Raises Unaskable."""
    unit, numbers, question = numbers_behind(reader, workspace, name, words)
    held = Account if unit == "account" else Person
    wanted = numbers[:MOST_LISTED].tolist()
    known = held.objects.filter(workspace=workspace, number__in=wanted).order_by("name", "pk")
    if unit != "account" and (twice := doubles(workspace)):
        known = known.exclude(pk__in=sorted(twice)[:MOST_LISTED])
    rows, total, at = cut(known, number)  # type: ignore[type-var]
    return Listed(unit == "account", len(numbers), total, rows, at, len(numbers) > MOST_LISTED, question)


def everybody(reader: Reader, workspace: Workspace, name: str, words: Mapping[str, str]) -> tuple[str, list[Any]]:
    """("people" or "accounts", all of those behind the point who are known by name). Raises Unaskable."""
    unit, numbers, _ = numbers_behind(reader, workspace, name, words)
    held: type[Person] | type[Account] = Account if unit == "account" else Person
    wanted = set(numbers.tolist())
    twice = doubles(workspace, held)
    rows = held._default_manager.filter(workspace=workspace, number__isnull=False).order_by("name", "pk")
    found = [row for row in rows.iterator(chunk_size=2000) if row.number in wanted and row.pk not in twice]
    return "accounts" if unit == "account" else "people", found


def _told(row: Person | Account) -> dict[str, Any]:
    if isinstance(row, Account):
        return {"id": row.pk, "external_id": row.external_id, "name": row.name, "plan": row.plan, "state": row.state}
    return {"id": row.pk, "external_id": row.external_id, "name": row.name, "email": row.email}
