"""Recurring revenue as of a day, and its movements between two days; they reconcile to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from wellheard.people.models import Account, Revenue, Workspace


def today(workspace: Workspace) -> date:
    return datetime.now(ZoneInfo(workspace.time_zone)).date()


def recurring(workspace: Workspace, on: date) -> QuerySet[Revenue]:
    """The recurring rows in force on a day, in the workspace's currency."""
    return Revenue.objects.filter(
        Q(until=None) | Q(until__gt=on), workspace=workspace, once=False, since__lte=on, currency=workspace.currency
    )


def cents_by_account(workspace: Workspace, on: date, accounts: Iterable[int] | None = None) -> dict[int, int]:
    """Account → cents a month on that day; accounts without revenue are left out."""
    rows = recurring(workspace, on)
    if accounts is not None:
        rows = rows.filter(account__in=list(accounts))
    return {r["account"]: r["c"] for r in rows.values("account").annotate(c=Sum("cents")) if r["c"]}


class Movements(NamedTuple):
    """Monthly recurring revenue in cents: start + new + grown + back − shrunk − lost = end."""

    start: int
    new: int
    grown: int
    back: int
    shrunk: int
    lost: int
    end: int
    accounts: int

    @property
    def net(self) -> int:
        return self.end - self.start


def movements(workspace: Workspace, begin: date, end: date) -> Movements:
    """What changed from the end of `begin` to the end of `end`; shrunk and lost are given as positive cents."""
    before, after = cents_by_account(workspace, begin), cents_by_account(workspace, end)
    paid_earlier = set(
        Revenue.objects.filter(workspace=workspace, once=False, since__lte=begin, cents__gt=0)
        .values_list("account", flat=True)
        .distinct()
    )
    new = grown = back = shrunk = lost = 0
    for account in before.keys() | after.keys():
        was, now = before.get(account, 0), after.get(account, 0)
        if was == 0:
            if account in paid_earlier:
                back += now
            else:
                new += now
        elif now == 0:
            lost += was
        elif now > was:
            grown += now - was
        else:
            shrunk += was - now
    return Movements(sum(before.values()), new, grown, back, shrunk, lost, sum(after.values()), len(after))


class Step(NamedTuple):
    day: date
    cents: int
    change: int


def steps(account: Account) -> list[Step]:
    """An account's recurring revenue at each day it changed, oldest first."""
    rows = list(
        Revenue.objects.filter(account=account, once=False, currency=account.workspace.currency).order_by("since")
    )
    days = sorted({r.since for r in rows} | {r.until for r in rows if r.until})
    found: list[Step] = []
    held = 0
    for d in days:
        cents = sum(r.cents for r in rows if r.since <= d and (r.until is None or r.until > d))
        if cents != held:
            found.append(Step(d, cents, cents - held))
        held = cents
    return found
