"""Persons, accounts and what they are to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, AccountState, Person, Role, Trait
from wellheard.people.queries import known_as

from . import owners
from . import traits as traits_service


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
        told = traits_service.checked(access.workspace, "people", clean.traits(traits), _origin(access))
        person.traits = {**person.traits, **told}
        person.save(update_fields=["name", "language", "traits"])
        entry.about(person)
    return person


def find_or_make_person(
    access: Access, *, external_id: str | None, email: str | None, name: str = "", by_hand: bool = False
) -> Person:
    """Inside a service: the person with this id or address, made when there is none. No journal entry of its own.

    An id wins over an address that belongs to somebody else: then the address is left to them. `by_hand`: somebody merged
    away leads to the one who was kept only where a member said so; for doors through which people see what is theirs.
    """
    address = clean.email(email)
    outer = clean.text(external_id, 255, "The person's id") or None
    title = clean.text(name, 200, "The name")
    if not (address or outer or title):
        raise ValueError("A person needs an id, an e-mail address or a name.")
    try:
        with transaction.atomic():
            return _person(access, outer, address, title, by_hand)
    except IntegrityError:  # somebody else made the same person meanwhile: now it is found
        return _person(access, outer, address, title, by_hand)


def _person(access: Access, outer: str | None, address: str | None, name: str, by_hand: bool = False) -> Person:
    held = Person.objects.filter(workspace=access.workspace)
    found = held.filter(external_id=outer).first() if outer else None
    was = known_as.person_by(access.workspace, "id", outer, by_hand) if found is None else None
    found = found or was
    by_address = held.filter(email__iexact=address).first() if address else None
    by_address = by_address or known_as.person_by(access.workspace, "email", address, by_hand)
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
        limits = {"name": (name, 200), "plan": (plan, 60), "domain": (domain, 200)}
        for field, (value, limit) in limits.items():
            if cleaned := clean.text(value, limit, f"The {field}"):
                setattr(account, field, cleaned)
        if owner.strip():
            owners.give(account, owner)
        account.state = state or account.state
        told = traits_service.checked(access.workspace, "accounts", clean.traits(traits), _origin(access))
        account.traits = {**account.traits, **told}
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


def _origin(access: Access) -> str:
    return Trait.Origin.API if access.actor.kind == "token" else Trait.Origin.HAND


PERSON_FIELDS = {"name": 200, "language": 12, "email": 254, "external_id": 255}
ACCOUNT_FIELDS = {"name": 200, "plan": 60, "domain": 200, "external_id": 255}


def change_person(
    access: Access, person: Person, values: Mapping[str, Any], traits: Mapping[str, Any] | None = None
) -> Person:
    """Sets fields (name, language, email, external_id) and traits; an empty trait goes. Raises ValueError."""
    access.need(Role.CONTRIBUTOR)
    _only(values, PERSON_FIELDS)
    with journal.record(access.actor, "person.edited") as entry:
        person = Person.objects.select_for_update().get(pk=person.pk, workspace=access.workspace)
        before = _state(person, PERSON_FIELDS)
        for name, value in values.items():
            _set(person, name, value, PERSON_FIELDS[name])
        person.traits = _with(access, "people", person.traits, traits)
        if not (person.name or person.email or person.external_id):
            raise ValueError("A person needs a name, an e-mail address or an id.")
        if person.email:
            _free(access, Person, person, "email__iexact", person.email, "The address")
        if person.external_id:
            _free(access, Person, person, "external_id", person.external_id, "The id")
        _save(person, entry, before, PERSON_FIELDS)
    return person


def change_account(
    access: Access, account: Account, values: Mapping[str, Any], traits: Mapping[str, Any] | None = None
) -> Account:
    """Sets fields (name, plan, domain, external_id, state, owner, since) and traits; an empty trait goes. Raises ValueError."""
    access.need(Role.CONTRIBUTOR)
    _only(values, {**ACCOUNT_FIELDS, "state": 0, "owner": 0, "since": 0})
    with journal.record(access.actor, "account.edited") as entry:
        account = Account.objects.select_for_update().get(pk=account.pk, workspace=access.workspace)
        fields = {**ACCOUNT_FIELDS, "state": 12, "owner": 120, "since": 0}
        before = _state(account, fields)
        for name, value in values.items():
            if name == "state":
                if (value or "") not in AccountState.values:
                    known = ", ".join(v for v in AccountState.values if v)
                    raise ValueError(f"{value!r} is not a state. Use one of {known}.")
                account.state = value or ""
            elif name == "owner":
                owners.give(account, value)
            elif name == "since":
                account.since = clean.day(value, "Customer since") if value else None
            else:
                _set(account, name, value, ACCOUNT_FIELDS[name])
        account.traits = _with(access, "accounts", account.traits, traits)
        if not account.name:
            raise ValueError("An account needs a name.")
        if account.external_id:
            _free(access, Account, account, "external_id", account.external_id, "The id")
        _save(account, entry, before, fields)
    return account


def _only(values: Mapping[str, Any], fields: Mapping[str, int]) -> None:
    if unknown := sorted(set(values) - set(fields)):
        raise ValueError(f"{unknown[0]!r} cannot be set. Use {', '.join(fields)}, traits.")


def _set(thing: Person | Account, name: str, value: Any, limit: int) -> None:
    if name == "email":
        setattr(thing, name, clean.email(value))
    else:
        cleaned = clean.text(value, limit, f"The {'id' if name == 'external_id' else name}")
        setattr(thing, name, cleaned or None if name == "external_id" else cleaned)


def _with(access: Access, of: str, held: dict[str, Any], traits: Mapping[str, Any] | None) -> dict[str, Any]:
    if not traits:
        return held
    empty = {k for k, v in traits.items() if v is None or v == ""}
    told = traits_service.checked(access.workspace, of, clean.traits(dict(traits)), _origin(access))
    return {k: v for k, v in {**held, **told}.items() if k not in empty and v is not None}


def _free(
    access: Access, model: type[Person] | type[Account], thing: Person | Account, field: str, value: str, what: str
) -> None:
    other = model._default_manager.filter(workspace=access.workspace, **{field: value}).exclude(pk=thing.pk).first()
    if other is not None:
        raise ValueError(f"{what} {value} is {other}'s already. If the two are one, merge them.")


def _state(thing: Person | Account, fields: Mapping[str, int]) -> dict[str, Any]:
    return {**{f: getattr(thing, f) for f in fields}, "traits": dict(thing.traits)}


def _save(thing: Person | Account, entry: journal.Draft, before: dict[str, Any], fields: Mapping[str, int]) -> None:
    after = _state(thing, fields)
    changed = [k for k in after if after[k] != before[k]]
    if not changed:
        entry.nothing_changed()
        return
    thing.save()
    told = lambda held: {k: str(held[k]) if k == "since" and held[k] else held[k] for k in changed}  # noqa: E731
    entry.about(thing, before=told(before), after=told(after))
