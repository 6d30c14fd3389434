"""Whom a question is about: a lens, a segment, one person or account → numbers of the event store."""

from __future__ import annotations

import numpy as np
from django.db.models import Q

from wellheard.people import segments
from wellheard.people.models import Account, Person, Segment, Workspace
from wellheard.people.queries import known_as
from wellheard.people.queries.lenses import only_buyers
from wellheard.people.queries.money import cents_by_account

from .errors import Unaskable
from .question import Crowd, Numbers, Period

LENSES = ("", "users", "customers")
MOST_BOUND = 500


def crowd(workspace: Workspace, period: Period, lens: str = "", segment: str = "") -> Crowd:
    """users: everybody but those of whom we know only that they buy or administer; customers: what was done for
    accounts that pay on the period's last day. A segment narrows it further. Raises Unaskable."""
    if lens not in LENSES:
        raise Unaskable(f"lens is users or customers, not {lens!r}")
    found = Crowd()
    if lens == "users":
        found = Crowd(without=_numbers(Person, workspace, set(only_buyers(workspace).values_list("pk", flat=True))))
    elif lens == "customers":
        found = Crowd(accounts=_numbers(Account, workspace, set(cents_by_account(workspace, period.last))))
    if not segment:
        return found
    try:
        members = segments.members(segments.find(workspace, segment), on=period.last)
    except segments.UnknownSegment as e:
        raise Unaskable(str(e)) from None
    if members.of == "people":
        return both(found, Crowd(people=members.numbers))
    return both(found, Crowd(accounts=members.numbers))


def both(a: Crowd, b: Crowd) -> Crowd:
    """Those in both."""
    return Crowd(_meet(a.people, b.people), _meet(a.accounts, b.accounts), _join(a.without, b.without))


def somebody(workspace: Workspace, person: str, account: str) -> Crowd:
    """One person or one account, by the team's own id, by e-mail, or as number:N (our own). Raises Unaskable."""
    if bool(person) == bool(account):
        raise Unaskable("name a person or an account")
    said = person or account
    held = (Person if person else Account).objects.filter(workspace=workspace)
    if said.startswith("number:"):
        pk = said.removeprefix("number:")
        now = int(pk) if pk.isdecimal() and len(pk) < 18 else 0
        if now and not held.filter(pk=now).exists():
            now = known_as.became(workspace, Segment.Of.PEOPLE if person else Segment.Of.ACCOUNTS, now) or 0
        rows = held.filter(pk=now)
    elif person:
        rows = held.filter(Q(external_id=said) | Q(email__iexact=said))
    else:
        rows = held.filter(Q(external_id=said) | Q(name__iexact=said))
    one: Person | Account | None = rows.order_by("pk").first()
    if one is None and person:
        one = known_as.person_by(workspace, "id", said) or known_as.person_by(workspace, "email", said)
    elif one is None:
        one = known_as.account_by(workspace, "id", said) or known_as.account_by(workspace, "name", said)
    if one is None:
        raise Unaskable(f"there is no {'person' if person else 'account'} {said!r}")
    numbers = [one.number] if one.number else []
    return Crowd(people=numbers) if person else Crowd(accounts=numbers)


def _numbers(model: type[Person] | type[Account], workspace: Workspace, keys: set[int]) -> np.ndarray:
    """Event-store numbers of these; who never did anything has none."""
    rows = model.objects.filter(workspace=workspace, number__isnull=False)
    if len(keys) <= MOST_BOUND:
        rows = rows.filter(pk__in=keys)
    return np.sort(np.array([n for pk, n in rows.values_list("pk", "number") if pk in keys], np.int64))


def _meet(a: Numbers | None, b: Numbers | None) -> Numbers | None:
    if a is None or b is None:
        return b if a is None else a
    return np.intersect1d(np.asarray(a, np.int64), np.asarray(b, np.int64))


def _join(a: Numbers | None, b: Numbers | None) -> Numbers | None:
    if a is None or b is None:
        return b if a is None else a
    return np.union1d(np.asarray(a, np.int64), np.asarray(b, np.int64))
