"""Looking at an experiment apart by what people are: labels for each row of its table. What stands out is found by looking around."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import Min, QuerySet
from django.db.models.fields.json import KeyTransform
from numpy.typing import NDArray

from wellheard.people.models import Account, Person, Relation, Trait, Workspace
from wellheard.people.segments import UnknownSegment, evaluation
from wellheard.store import StoreError

log = logging.getLogger(__name__)
MOST, MOST_LABELS = 5, 8
UNKNOWN, OTHER = "not known", "any other"
WAYS = "plan, trait:KEY (of people), account:KEY (of accounts) or segment:NAME"


def checked(workspace: Workspace | None, said: Sequence[str]) -> list[str]:
    """As they are kept. Raises ValueError saying what is wrong; without a workspace, only what they look like is checked."""
    ways = list(dict.fromkeys(w.strip() for w in said if w.strip()))
    if len(ways) > MOST:
        raise ValueError(f"Look apart by at most {MOST} things: each more makes chance finds likelier.")
    for way in ways:
        kind, _, key = way.partition(":")
        if len(way) > 120 or not (way == "plan" or (kind in ("trait", "account", "segment") and key)):
            raise ValueError(f"There is no looking apart by {way[:40]!r}. Use {WAYS}.")
        if workspace is not None and kind == "segment":
            evaluation.find(workspace, key)
        if workspace is not None and kind in ("trait", "account"):
            of = "people" if kind == "trait" else "accounts"
            if not Trait.objects.filter(workspace=workspace, of=of, key=key).exists():
                raise ValueError(f"No trait “{key[:80]}” of {of} is known here.")
    return ways


def choices(workspace: Workspace) -> list[str]:
    """What can be said, for the form."""
    traits = Trait.objects.filter(workspace=workspace).order_by("of", "key").values_list("of", "key")
    named = [f"{'trait' if of == 'people' else 'account'}:{key}" for of, key in traits]
    return ["plan", *named, *(f"segment:{name}" for name in evaluation.names(workspace))]


def labels(workspace: Workspace, ways: Sequence[str], units: NDArray[Any], unit: str) -> dict[str, NDArray[Any]]:
    """Way → a label for each of `units`, numbers of people or accounts in the event store; as of today. The commonest
    labels stay, the rest is one. A segment that is gone, or cannot be asked, is left out."""
    made: dict[str, NDArray[Any]] = {}
    for way in ways:
        try:
            found = _of(workspace, way, unit)
        except (UnknownSegment, StoreError) as e:
            log.warning("an experiment is not looked at apart by %s: %s", way, e)
            continue
        said = [found.get(int(n), UNKNOWN) for n in units]
        kept = {label for label, _ in Counter(said).most_common(MOST_LABELS)}
        made[way.partition(":")[2] or way] = np.array([s if s in kept else OTHER for s in said], dtype=object)
    return made


def _of(workspace: Workspace, way: str, unit: str) -> Mapping[int, str]:
    kind, _, key = way.partition(":")
    if kind == "segment":
        segment = evaluation.find(workspace, key)
        inside = evaluation.members(segment).keys
        whose = _accounts_of_units(workspace, unit) if segment.of == "accounts" else _people_of_units(workspace, unit)
        return {n: "inside" if pks & inside else "outside" for n, pks in whose.items()}
    if kind == "trait":
        if unit == "account":
            return {}
        people = Person.objects.filter(workspace=workspace)
        return {n: _told(value) for n, value in _numbered(people, KeyTransform(key, "traits"))}
    column = "plan" if kind == "plan" else KeyTransform(key, "traits")
    values = dict(Account.objects.filter(workspace=workspace).values_list("pk", column))
    return {n: _told(values.get(min(pks))) for n, pks in _accounts_of_units(workspace, unit).items() if pks}


def _accounts_of_units(workspace: Workspace, unit: str) -> dict[int, set[int]]:
    """A person stands with the account they have been in longest."""
    if unit == "account":
        return {n: {pk} for n, pk in _numbered(Account.objects.filter(workspace=workspace), "pk")}
    first = Relation.objects.filter(person__workspace=workspace).values("person").annotate(first=Min("account"))
    account = dict(first.values_list("person", "first"))
    people = _numbered(Person.objects.filter(workspace=workspace), "pk")
    return {n: {account[pk]} if pk in account else set() for n, pk in people}


def _people_of_units(workspace: Workspace, unit: str) -> dict[int, set[int]]:
    if unit == "person":
        return {n: {pk} for n, pk in _numbered(Person.objects.filter(workspace=workspace), "pk")}
    found: dict[int, set[int]] = {}
    for n, person in _numbered(Account.objects.filter(workspace=workspace), "relations__person"):
        found.setdefault(n, set()).add(person)
    return found


def _numbered(rows: QuerySet[Any], *columns: Any) -> list[tuple[int, Any]]:
    """(number in the event store, column) of those who did anything."""
    return list(rows.filter(number__isnull=False).values_list("number", *columns))


def _told(value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)[:60]
