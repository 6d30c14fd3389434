"""Connections to billing systems, what they said lately, and whose customers they speak of."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from wellheard.people.models import Account, Billing, BillingCustomer, BillingEvent, Revenue, Workspace

from .money import cents_by_account, today

STATE = BillingEvent.State


@dataclass(frozen=True, slots=True)
class Connection:
    """`told` counts what was made of it; `trouble` are the last things that could not be read or only in part."""

    billing: Billing
    done: int
    waiting: int
    failed: int
    trouble: list[BillingEvent]
    customers: int

    @property
    def state(self) -> str:
        if self.billing.paused_at:
            return "paused"
        if not self.billing.secrets:
            return "only files"
        return "connected" if self.billing.heard_at else "nothing heard yet"


def connections(workspace: Workspace) -> list[Connection]:
    found = []
    for billing in Billing.objects.filter(workspace=workspace).order_by("pk"):
        counts = billing.events.aggregate(
            done=Count("pk", filter=Q(state=STATE.DONE)),
            waiting=Count("pk", filter=Q(state=STATE.WAITING)),
            failed=Count("pk", filter=Q(state=STATE.FAILED)),
        )
        trouble = list(billing.events.exclude(error="").order_by("-heard_at", "-pk")[:20])
        found.append(Connection(billing, **counts, trouble=trouble, customers=billing.customers.count()))
    return found


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the billing system, the account it is, and what that pays a month."""

    link: BillingCustomer
    cents: int


def customers(billing: Billing, q: str = "", most: int = 200) -> list[Customer]:
    """Those nobody has settled first; at most `most`."""
    rows = BillingCustomer.objects.select_related("account").filter(billing=billing)
    if q:
        rows = rows.filter(Q(customer_id__icontains=q) | Q(account__name__icontains=q))
    found = list(rows.order_by("settled", "account__name", "pk")[:most])
    held = cents_by_account(billing.workspace, today(billing.workspace), [r.account_id for r in found])
    return [Customer(r, held.get(r.account_id, 0)) for r in found]


def counted_twice(workspace: Workspace) -> list[Account]:
    """Accounts that pay by a billing system and by a file as well, so perhaps twice the same; by name."""
    day = today(workspace)
    running = Revenue.objects.filter(
        Q(until=None) | Q(until__gt=day), workspace=workspace, once=False, since__lte=day, source="subscription"
    )
    billed = running.filter(ref__startswith="sub_").values("account")
    told = running.filter(ref="").values("account")
    return list(Account.objects.filter(pk__in=billed).filter(pk__in=told).order_by("name", "pk"))
