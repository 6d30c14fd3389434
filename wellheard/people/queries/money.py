"""Recurring revenue as of a day, in the workspace's currency.

Recurring revenue counts from the day it begins; its amount in the workspace's currency is that day's, so that exchange
rates never pass for growth. What has no rate yet is not counted, and `uncounted` says how much that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum

from wellheard.people.models import Account, Income, Revenue, Workspace


def today(workspace: Workspace) -> date:
    return datetime.now(ZoneInfo(workspace.time_zone)).date()


def recurring(workspace: Workspace, on: date) -> QuerySet[Revenue]:
    """The recurring rows in force on a day whose worth in the workspace's currency is known."""
    return Revenue.objects.filter(
        Q(until=None) | Q(until__gt=on), workspace=workspace, once=False, since__lte=on, base_cents__isnull=False
    )


def cents_by_account(workspace: Workspace, on: date, accounts: Iterable[int] | None = None) -> dict[int, int]:
    """Account → cents a month on that day; accounts without revenue are left out."""
    rows = recurring(workspace, on)
    if accounts is not None:
        rows = rows.filter(account__in=list(accounts))
    return {r["account"]: r["c"] for r in rows.values("account").annotate(c=Sum("base_cents")) if r["c"]}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the accounts of one plan pay a month."""

    name: str
    accounts: int
    cents: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Recurring revenue on one day, in cents a month; `arpa` is the average of a paying account, None without any."""

    on: date
    cents: int
    accounts: int
    plans: list[Plan]

    @property
    def yearly(self) -> int:
        return self.cents * 12

    @property
    def arpa(self) -> int | None:
        return round(self.cents / self.accounts) if self.accounts else None


def standing(workspace: Workspace, on: date, keys: Iterable[int] | None = None) -> Standing:
    """As of the end of any day; by the plan the accounts have now, for plans are not kept by day."""
    held = cents_by_account(workspace, on, keys)
    plans: dict[str, list[int]] = {}
    for account, plan in Account.objects.filter(workspace=workspace).values_list("pk", "plan"):
        if account in held:
            plans.setdefault(plan, []).append(held[account])
    rows = [Plan(name, len(cents), sum(cents)) for name, cents in plans.items()]
    return Standing(on, sum(held.values()), len(held), sorted(rows, key=lambda p: (-p.cents, p.name)))


class Uncounted(NamedTuple):
    """Rows of one currency that no rate covers; the earliest day one is missing for."""

    currency: str
    rows: int
    first: date


def uncounted(workspace: Workspace) -> list[Uncounted]:
    found: dict[str, Uncounted] = {}
    for rows, day in (
        (Revenue.objects.filter(workspace=workspace), "since"),
        (Income.objects.filter(workspace=workspace), "day"),
    ):
        missing = rows.filter(base_cents=None).values("currency").annotate(n=Count("pk"), first=Min(day))
        for r in missing:
            held = found.get(r["currency"])
            found[r["currency"]] = Uncounted(
                r["currency"], r["n"] + (held.rows if held else 0), min(r["first"], held.first) if held else r["first"]
            )
    return sorted(found.values())


class Step(NamedTuple):
    day: date
    cents: int
    change: int


def steps(account: Account) -> list[Step]:
    """An account's recurring revenue at each day it changed, oldest first."""
    rows = list(Revenue.objects.filter(account=account, once=False, base_cents__isnull=False).order_by("since"))
    days = sorted({r.since for r in rows} | {r.until for r in rows if r.until})
    found: list[Step] = []
    held = 0
    for d in days:
        cents = sum(r.base_cents or 0 for r in rows if r.since <= d and (r.until is None or r.until > d))
        if cents != held:
            found.append(Step(d, cents, cents - held))
        held = cents
    return found
