"""People and accounts that events speak of, mirrored into our own tables.

The event store numbers everybody it sees and keeps a feed of what it learnt. This reads on from where it
stopped, in one transaction with the position, so a crash neither skips nor repeats anything. Anonymous visitors
stay numbers; who has a user id of the team's becomes a person.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction

from wellheard import store
from wellheard.core import clean, clock
from wellheard.core.models import Turn
from wellheard.people.models import Account, Person, Relation, Workspace

BATCH = 2000
Feed = list[Any]
Numbered = TypeVar("Numbered", Person, Account)


@clock.every(seconds=5)
def mirror_everybody() -> None:
    try:
        reader = store.get().reader
    except store.StoreError:
        return
    for workspace in Workspace.objects.all():
        while pull(workspace, reader) == BATCH:
            pass


def pull(workspace: Workspace, reader: Any, batch: int = BATCH) -> int:
    """Take in the next entries of the feed; returns how many there were."""
    job = f"mirror:{workspace.pk}"
    Turn.objects.get_or_create(job=job)
    with transaction.atomic():
        turn = Turn.objects.select_for_update().get(job=job)
        news = reader.profiles_since(workspace.pk, turn.position, batch)
        if not news:
            return 0
        people = [n for n in news if n.what == "person"]
        _people(workspace, people, reader.known(workspace.pk, [n.id for n in people]))
        _accounts(workspace, [n for n in news if n.what == "account"])
        _members(workspace, [n for n in news if n.what == "member"])
        _merges(workspace, [n for n in news if n.what == "merge"])
        turn.position = news[-1].position
        turn.save(update_fields=["position"])
    return len(news)


def _email(value: Any) -> str | None:
    try:
        return clean.email(value)
    except ValueError:
        return None


PERSON_FIELDS = ["external_id", "email", "name", "language", "traits", "number"]
ACCOUNT_FIELDS = ["name", "plan", "domain", "traits", "number"]


def _state(row: Person | Account, fields: list[str]) -> list[Any]:
    """What is compared to leave unchanged rows unwritten: a long write would hold up whoever presses a button."""
    return [getattr(row, field) for field in fields]


def _people(workspace: Workspace, news: Feed, known: set[str]) -> None:
    held = {p.external_id: p for p in Person.objects.filter(workspace=workspace, external_id__in={n.id for n in news})}
    mails = {e for n in news if n.traits and (e := _email(n.traits.get("email")))}
    by_email = {p.email: p for p in Person.objects.filter(workspace=workspace, email__in=mails)}
    changed: dict[int, Person] = {}
    for n in news:
        email = _email(n.traits.get("email")) if n.traits else None
        person, fresh = held.get(n.id), False
        if person is None and (n.traits or n.id in known):
            mailed = by_email.get(email) if email else None
            if mailed is not None and mailed.external_id is None:
                mailed.external_id, person, fresh = n.id, mailed, True
            else:
                person = Person.objects.create(
                    workspace=workspace, external_id=n.id, email=None if mailed else email, number=n.number
                )
            held[n.id] = person
            if person.email:
                by_email[person.email] = person
        if person is None:
            continue
        if email and person.email is None and email not in by_email:
            person.email, fresh = email, True
            by_email[email] = person
        before = _state(person, PERSON_FIELDS)
        person.number = n.number
        if n.traits:
            traits = dict(n.traits)
            name = traits.pop("name", None) or " ".join(
                str(traits.pop(k)) for k in ("firstName", "lastName", "first_name", "last_name") if traits.get(k)
            )
            traits.pop("email", None)
            person.name = str(name or person.name)[:200]
            person.language = str(traits.pop("language", "") or traits.pop("locale", "") or person.language)[:12]
            person.traits = {**person.traits, **traits}
        if fresh or before != _state(person, PERSON_FIELDS):
            changed[person.pk] = person
    Person.objects.bulk_update(changed.values(), PERSON_FIELDS, 500)


def _accounts(workspace: Workspace, news: Feed) -> None:
    held = {a.external_id: a for a in Account.objects.filter(workspace=workspace, external_id__in={n.id for n in news})}
    changed: dict[int, Account] = {}
    for n in news:
        account = held.get(n.id)
        if account is None:
            account = Account.objects.create(workspace=workspace, external_id=n.id, name=n.id[:200])
            held[n.id] = account
        before = _state(account, ACCOUNT_FIELDS)
        account.number = n.number
        if n.traits:
            traits = dict(n.traits)
            account.name = str(traits.pop("name", "") or account.name)[:200]
            account.plan = str(traits.pop("plan", "") or account.plan)[:60]
            account.domain = str(traits.pop("website", "") or account.domain)[:200]
            account.traits = {**account.traits, **traits}
        if before != _state(account, ACCOUNT_FIELDS):
            changed[account.pk] = account
    Account.objects.bulk_update(changed.values(), ACCOUNT_FIELDS, 500)


def _members(workspace: Workspace, news: Feed) -> None:
    """Whoever acts in an account uses; what else they are to it only people can say."""
    people = dict(
        Person.objects.filter(workspace=workspace, number__in={n.number for n in news}).values_list("number", "pk")
    )
    accounts = dict(
        Account.objects.filter(workspace=workspace, number__in={n.other for n in news}).values_list("number", "pk")
    )
    pairs = {(people[n.number], accounts[n.other]) for n in news if n.number in people and n.other in accounts}
    held = set(Relation.objects.filter(person__in={p for p, _ in pairs}).values_list("person", "account"))
    Relation.objects.bulk_create(
        [Relation(workspace=workspace, person_id=p, account_id=a, uses=True) for p, a in sorted(pairs - held)],
        ignore_conflicts=True,
    )


def _merges(workspace: Workspace, news: Feed) -> None:
    for n in news:
        Person.objects.filter(workspace=workspace, number=n.number).update(number=n.other)


def link_numbers(workspace: Workspace, reader: Any) -> int:
    """Give numbers to people and accounts imported after their events; returns how many."""
    return _link(workspace, reader, Person, "person") + _link(workspace, reader, Account, "account")


def _link(workspace: Workspace, reader: Any, model: type[Numbered], kind: str) -> int:
    waiting = model._default_manager.filter(workspace=workspace, number=None).exclude(external_id=None)
    keys = dict(waiting.values_list("external_id", "pk")[:50_000])
    numbers = reader.numbers(workspace.pk, kind, list(keys)) if keys else {}
    rows = [model(pk=keys[outer], number=number) for outer, number in numbers.items()]
    model._default_manager.bulk_update(rows, ["number"], 1000)
    return len(rows)


@clock.every(minutes=1)
def link_everybody() -> None:
    try:
        reader = store.get().reader
    except store.StoreError:
        return
    for workspace in Workspace.objects.all():
        link_numbers(workspace, reader)
