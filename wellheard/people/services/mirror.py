"""People and accounts that events speak of, mirrored into our own tables.

The event store numbers everybody it sees and keeps a feed of what it learnt. This reads on from where it
stopped, in one transaction with the position, so a crash neither skips nor repeats anything. Anonymous visitors
stay numbers; who has a user id of the team's becomes a person.
"""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction

from wellheard import store
from wellheard.core import clean, clock, journal
from wellheard.core.models import Turn
from wellheard.people.models import Account, AccountKey, Merge, Person, PersonKey, Trait, Workspace
from wellheard.people.queries import known_as
from wellheard.people.queries.doubles import doubles
from wellheard.people.queries.roles import Span

from . import merges, roles, traits

BATCH = 2000
Feed = list[Any]
Numbered = TypeVar("Numbered", Person, Account)
_looked: set[int] = set()  # workspaces whose rows this process has looked through for doubles


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
    # Whoever is meant by an id or address of somebody merged away; one object for one row.
    rows = {p.pk: p for p in [*held.values(), *by_email.values()]}
    was = {i: rows.setdefault(p.pk, p) for i, p in known_as.people_by(workspace, "id", (n.id for n in news)).items()}
    for mail, kept in known_as.people_by(workspace, "email", mails).items():
        by_email.setdefault(mail, rows.setdefault(kept.pk, kept))
    changed: dict[int, Person] = {}
    for n in news:
        email = _email(n.traits.get("email")) if n.traits else None
        person, fresh = held.get(n.id) or was.get(n.id), False
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
        if n.id in was and n.id not in held:
            _number_of_gone(person, PersonKey, "person", n)
        else:
            person.number = n.number
        if n.traits:
            said = dict(n.traits)
            name = said.pop("name", None) or " ".join(
                str(said.pop(k)) for k in ("firstName", "lastName", "first_name", "last_name") if said.get(k)
            )
            said.pop("email", None)
            person.name = str(name or person.name)[:200]
            person.language = str(said.pop("language", "") or said.pop("locale", "") or person.language)[:12]
            person.traits = {**person.traits, **said}
        if fresh or before != _state(person, PERSON_FIELDS):
            changed[person.pk] = person
    Person.objects.bulk_update(changed.values(), PERSON_FIELDS, 500)
    traits.noticed(workspace, "people", [p.traits for p in changed.values()], Trait.Origin.EVENTS)


def _accounts(workspace: Workspace, news: Feed) -> None:
    held = {a.external_id: a for a in Account.objects.filter(workspace=workspace, external_id__in={n.id for n in news})}
    rows = {a.pk: a for a in held.values()}
    was = {i: rows.setdefault(a.pk, a) for i, a in known_as.accounts_by(workspace, "id", (n.id for n in news)).items()}
    changed: dict[int, Account] = {}
    for n in news:
        account = held.get(n.id) or was.get(n.id)
        if account is None:
            account = Account.objects.create(workspace=workspace, external_id=n.id, name=n.id[:200])
            held[n.id] = account
        before = _state(account, ACCOUNT_FIELDS)
        if n.id in was and n.id not in held:
            _number_of_gone(account, AccountKey, "account", n)
        else:
            account.number = n.number
        if n.traits:
            said = dict(n.traits)
            account.name = str(said.pop("name", "") or account.name)[:200]
            account.plan = str(said.pop("plan", "") or account.plan)[:60]
            account.domain = str(said.pop("website", "") or account.domain)[:200]
            account.traits = {**account.traits, **said}
        if before != _state(account, ACCOUNT_FIELDS):
            changed[account.pk] = account
    Account.objects.bulk_update(changed.values(), ACCOUNT_FIELDS, 500)
    traits.noticed(workspace, "accounts", [a.traits for a in changed.values()], Trait.Origin.EVENTS)


def _number_of_gone(kept: Person | Account, keys: Any, who: str, n: Any) -> None:
    """Events of somebody merged away before they had any: their number counts as the kept one's, until it is undone."""
    mine = keys.objects.filter(workspace=kept.workspace_id)
    if not mine.filter(kind="number", value=str(n.number)).exists():
        key = mine.filter(kind="id", value=n.id).order_by("pk").first()
        keys.objects.create(
            workspace_id=kept.workspace_id, merge=key.merge, kind="number", value=str(n.number), **{who: kept}
        )
    kept.number = kept.number or n.number


def _numbered(workspace: Workspace, model: Any, keys: Any, who: str, numbers: set[int]) -> dict[int, int]:
    """Number → key of the row it belongs to, also of those who were merged away."""
    said = keys.objects.filter(workspace=workspace, kind="number", value__in=[str(n) for n in numbers])
    found = {int(value): pk for value, pk in said.values_list("value", who)}
    return found | dict(model.objects.filter(workspace=workspace, number__in=numbers).values_list("number", "pk"))


def _members(workspace: Workspace, news: Feed) -> None:
    """Whoever acts in an account uses; what else they are to it only people can say."""
    people = _numbered(workspace, Person, PersonKey, "person", {n.number for n in news})
    accounts = _numbered(workspace, Account, AccountKey, "account", {n.other for n in news})
    zone, told = ZoneInfo(workspace.time_zone), dict[tuple[int, int], list[Span]]()
    for n in news:
        if n.number in people and n.other in accounts:
            since = n.time.astimezone(zone).date() if n.time else None
            told.setdefault((people[n.number], accounts[n.other]), [Span("uses", since, None)])
    roles.add(workspace, told, only_new=True)


def _merges(workspace: Workspace, news: Feed) -> None:
    """Who is one in the events has one row: the one that was there under the number that stands."""
    for n in news:
        gone = list(Person.objects.filter(workspace=workspace, number=n.number).order_by("pk"))
        kept = Person.objects.filter(workspace=workspace, number=n.other).order_by("pk").first()
        PersonKey.objects.filter(workspace=workspace, kind="number", value=str(n.number)).update(value=str(n.other))
        for row in gone:
            row.number = n.other
            row.save(update_fields=["number"])
            if kept is None:
                kept = row
            else:
                merges.merge_known_as_one(journal.system(workspace.pk), kept, row, Merge.Origin.EVENTS)


def join_doubles(workspace: Workspace) -> int:
    """Rows that share a number, because they came in after events had said that they are one, become one row.
    Returns how many went."""
    went = 0
    for model in (Person, Account):
        twice = sorted(doubles(workspace, model))
        for row in model._default_manager.filter(pk__in=twice).order_by("pk"):
            kept = model._default_manager.filter(workspace=workspace, number=row.number).order_by("pk").first()
            if kept is not None and kept.pk != row.pk:
                merges.merge_known_as_one(journal.system(workspace.pk), kept, row, Merge.Origin.EVENTS)
                went += 1
    return went


def link_numbers(workspace: Workspace, reader: Any) -> int:
    """Give numbers to people and accounts imported after their events; returns how many."""
    linked = _link(workspace, reader, Person, "person") + _link(workspace, reader, Account, "account")
    if linked or workspace.pk not in _looked:
        join_doubles(workspace)
        _looked.add(workspace.pk)
    return linked


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
