"""Persons, accounts and what they are to each other."""

from __future__ import annotations

from typing import Any

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, AccountState, Person, Relation, Role


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
        person.email = person.email or clean.email(email)
        person.traits = {**person.traits, **(traits or {})}
        person.save()
        entry.about(person)
    return person


def find_or_make_person(access: Access, *, external_id: str | None, email: str | None, name: str = "") -> Person:
    """Inside a service: the person with this id or address, made when there is none. No journal entry of its own."""
    held = Person.objects.filter(workspace=access.workspace)
    address = clean.email(email)
    outer = clean.text(external_id, 255, "The person's id") or None
    found = (held.filter(external_id=outer).first() if outer else None) or (
        held.filter(email=address).first() if address else None
    )
    if found is None:
        return Person.objects.create(
            workspace=access.workspace, external_id=outer, email=address, name=clean.text(name, 200, "The name")
        )
    if outer and found.external_id is None:
        found.external_id = outer
        found.save(update_fields=["external_id"])
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
        for field, value in (("name", name), ("plan", plan), ("state", state), ("owner", owner), ("domain", domain)):
            if value:
                setattr(account, field, value)
        account.traits = {**account.traits, **(traits or {})}
        account.save()
        entry.about(account)
    return account


def find_or_make_account(access: Access, *, external_id: str | None, name: str = "") -> Account:
    """Inside a service: the account with this id, else with exactly this name, else a new one."""
    held = Account.objects.filter(workspace=access.workspace)
    outer = clean.text(external_id, 255, "The account's id") or None
    title = clean.text(name, 200, "The account's name")
    found = held.filter(external_id=outer).first() if outer else held.filter(name__iexact=title).first()
    if found is None:
        if not (title or outer):
            raise ValueError("An account needs an id or a name.")
        found = Account.objects.create(workspace=access.workspace, external_id=outer, name=title or outer or "")
    return found


def relate(access: Access, person: Person, account: Account, **words: bool) -> Relation:
    """Say what a person is to an account, e.g. `relate(access, ann, acme, uses=True, buys=True)`."""
    access.need(Role.CONTRIBUTOR)
    if person.workspace_id != access.workspace.pk or account.workspace_id != access.workspace.pk:
        raise ValueError("The person and the account must be in this workspace.")
    with journal.record(access.actor, "relation.set") as entry:
        relation, _ = Relation.objects.update_or_create(
            person=person, account=account, defaults={**words, "workspace": access.workspace}
        )
        entry.about(relation, person=person.pk, account=account.pk, roles=relation.words)
    return relation
