"""A few people or accounts whose name, address or id begins as typed: completion."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from ..models import Account, Person, Workspace


class Found(NamedTuple):
    """`value` is what finds exactly this one again; `words` say who it is."""

    value: str
    words: str


def people_like(workspace: Workspace, typed: str, most: int = 8) -> list[Found]:
    match = Q(name__istartswith=typed) | Q(name__icontains=f" {typed}") | Q(email__istartswith=typed)
    rows = Person.objects.filter(workspace=workspace).filter(match | Q(external_id__istartswith=typed))
    found = []
    for person in rows.order_by("name", "pk").prefetch_related("relations__account")[:most]:
        accounts = ", ".join(sorted({r.account.name for r in person.relations.all()})[:2])
        value = person.email or person.external_id or person.name
        found.append(Found(value, ", ".join(w for w in (person.name if person.name != value else "", accounts) if w)))
    return found


def accounts_like(workspace: Workspace, typed: str, most: int = 8) -> list[Found]:
    match = Q(name__istartswith=typed) | Q(name__icontains=f" {typed}") | Q(external_id__istartswith=typed)
    rows = Account.objects.filter(workspace=workspace).filter(match | Q(domain__istartswith=typed))
    return [Found(a.name, a.get_state_display() if a.state else "") for a in rows.order_by("name", "pk")[:most]]
