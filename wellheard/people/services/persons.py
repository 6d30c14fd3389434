"""Persons, accounts and what they are to each other."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, AccountState, Person, Role
from wellheard.people.queries import known_as


def save_person(
    access: Access,
    *,
    external_id: str | None = None,
    email: str | None = None,
    name: str = "",
    language: str = "",
    traits: dict[str, Any] | None = None,
) -> Person:
    """Find the person by id, then by e-mail, else make one; given values replace held ones, empty ones do not."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "person.saved") as entry:
        person = find_or_make_person(access, external_id=external_id, email=email, name=name)
        person.name = clean.text(name, 200, "The name") or person.name
        person.language = clean.text(language, 12, "The language") or person.language
        person.traits = {**person.traits, **clean.traits(traits)}
        person.save(update_fields=["name", "language", "traits"])
        entry.about(person)
    return person


def find_or_make_person(access: Access, *, external_id: str | None, email: str | None, name: str = "") -> Person:
    """Inside a service: the person with this id or address, made when there is none. No journal entry of its own.

    An id wins over an address that belongs to somebody else: then the address is left to them.
    """
    address = clean.email(email)
    outer = clean.text(external_id, 255, "The person's id") or None
    title = clean.text(name, 200, "The name")
    if not (address or outer or title):
        raise ValueError("A person needs an id, an e-mail address or a name.")
    try:
        with transaction.atomic():
            return _person(access, outer, address, title)
    except IntegrityError:  # somebody else made the same person meanwhile: now it is found
        return _person(access, outer, address, title)


def _person(access: Access, outer: str | None, address: str | None, name: str) -> Person:
    held = Person.objects.filter(workspace=access.workspace)
    found = held.filter(external_id=outer).first() if outer else None
    was = known_as.person_by(access.workspace, "id", outer) if found is None else None
    found = found or was
    by_address = held.filter(email__iexact=address).first() if address else None
    by_address = by_address or known_as.person_by(access.workspace, "email", address)
    if found is None and by_address is not None and (not outer or by_address.external_id in (None, outer)):
        found = by_address
    if by_address is not None:
        address = None
    if found is None:
        return Person.objects.create(workspace=access.workspace, external_id=outer, email=address, name=name)
    found.external_id = found.external_id or (None if was else outer)
    found.email = found.email or address
    found.save(update_fields=["external_id", "email"])
    return found


def save_account(
    access: Access,
    *,
    name: str,
    external_id: str | None = None,
    plan: str = "",
    state: str = "",
    owner: str = "",
    domain: str = "",
    traits: dict[str, Any] | None = None,
) -> Account:
    access.need(Role.CONTRIBUTOR)
    if state and state not in AccountState.values:
        raise ValueError(f"{state!r} is not a state. Use one of {', '.join(v for v in AccountState.values if v)}.")
    with journal.record(access.actor, "account.saved") as entry:
        account = find_or_make_account(access, external_id=external_id, name=name)
        limits = {"name": (name, 200), "plan": (plan, 60), "owner": (owner, 120), "domain": (domain, 200)}
        for field, (value, limit) in limits.items():
            if cleaned := clean.text(value, limit, f"The {field}"):
                setattr(account, field, cleaned)
        account.state = state or account.state
        account.traits = {**account.traits, **clean.traits(traits)}
        account.save()
        entry.about(account)
    return account


def find_or_make_account(access: Access, *, external_id: str | None, name: str = "") -> Account:
    """Inside a service: the account with this id, else one so far known only by this name, else a new one."""
    outer = clean.text(external_id, 255, "The account's id") or None
    title = clean.text(name, 200, "The account's name")
    if not (title or outer):
        raise ValueError("An account needs an id or a name.")
    try:
        with transaction.atomic():
            return _account(access, outer, title)
    except IntegrityError:
        return _account(access, outer, title)


def _account(access: Access, outer: str | None, title: str) -> Account:
    held = Account.objects.filter(workspace=access.workspace)
    if outer is None:
        found = held.filter(external_id=title).first() or held.filter(name__iexact=title).order_by("pk").first()
        found = found or known_as.account_by(access.workspace, "id", title)
        found = found or known_as.account_by(access.workspace, "name", title)
        return found or Account.objects.create(workspace=access.workspace, name=title)
    found = held.filter(external_id=outer).first() or known_as.account_by(access.workspace, "id", outer)
    if found is None and title:
        found = held.filter(name__iexact=title).filter(Q(external_id=None) | Q(external_id=F("name"))).first()
        if found is not None:
            found.external_id = outer
            found.save(update_fields=["external_id"])
    return found or Account.objects.create(workspace=access.workspace, external_id=outer, name=title or outer[:200])
