"""Money over the API: as of a day, what moved, who is behind it, income by source, Stripe's connections."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard import store
from wellheard.core import clean
from wellheard.measure.earning import home
from wellheard.people.models import Account, Billing, Income, Revenue, Role
from wellheard.people.queries import income, known_as, money
from wellheard.people.queries.billing import connections
from wellheard.people.queries.movements import Kind, Movements, month_ends, moved, paying, waterfall
from wellheard.people.services import billing as service
from wellheard.people.services.revenue import end_revenue, note_income, note_revenue

from .loop import Strict, _access

router = Router()
MOST = 1000
From = Annotated[date, Query(alias="from")]
To = Annotated[date, Query(alias="to")]
MaybeFrom = Annotated[date | None, Query(alias="from")]
MaybeTo = Annotated[date | None, Query(alias="to")]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Kinds = Literal["paying", "any", "new", "expansion", "reactivation", "contraction", "churn"]


def _movement(m: Movements) -> dict[str, Any]:
    return {
        "from": m.begin, "to": m.until, "start": m.start, "end": m.end, **{k.value: m.cents(k) for k in Kind},
        "accounts": {"start": m.payers, "end": m.accounts, "lost": m.gone, **{k.value: n for k, n in m.counts.items()}},
        "net_retention": m.net_retention, "gross_retention": m.gross_retention, "churn_of_accounts": m.churn,
    }  # fmt: skip


@router.get("/money", summary="Recurring revenue as of a day, in cents a month")
def standing(request: HttpRequest, on: date | None = None) -> dict[str, Any]:
    workspace = _access(request).workspace
    found = money.standing(workspace, on or money.today(workspace))
    return {
        "on": found.on, "currency": workspace.currency, "mrr": found.cents, "arr": found.yearly, "accounts": found.accounts,
        "arpa": found.arpa, "plans": [{"plan": p.name, "accounts": p.accounts, "mrr": p.cents} for p in found.plans],
        "uncounted": [u._asdict() for u in money.uncounted(workspace)],
    }  # fmt: skip


@router.get("/money/movements", summary="What moved recurring revenue, month by month or between two days")
def movements(
    request: HttpRequest, begin: From, end: To,
    every: Literal["month", "span"] = "month",
) -> dict[str, Any]:  # fmt: skip
    workspace = _access(request).workspace
    _in_order(begin, end)
    bounds = [begin, end] if every == "span" else month_ends(begin, end)
    return {"currency": workspace.currency, "movements": [_movement(m) for m in waterfall(workspace, bounds)]}


@router.get("/money/accounts", summary="The accounts behind a number, the largest first")
def accounts(
    request: HttpRequest, kind: Kinds = "paying", begin: MaybeFrom = None,
    end: MaybeTo = None, limit: Limit = 100,
) -> dict[str, Any]:  # fmt: skip
    workspace = _access(request).workspace
    until = end or money.today(workspace)
    begin = begin or until - timedelta(days=30)
    _in_order(begin, until)
    if kind == "paying":
        rows = paying(workspace, until)
    else:
        rows = moved(workspace, begin, until, None if kind == "any" else Kind(kind))
    told = [
        {"account": m.account.pk, "external_id": m.account.external_id, "name": m.account.name, "day": m.day,
         "was": m.was, "now": m.now} for m in rows[:limit]
    ]  # fmt: skip
    return {"total": len(rows), "accounts": told}


@router.get("/money/income", summary="Income by source, in cents, day by day")
def earned(
    request: HttpRequest, begin: From, end: To
) -> dict[str, Any]:  # fmt: skip
    workspace = _access(request).workspace
    _in_order(begin, end)
    found = income.earned(workspace, begin, end)
    return {
        "currency": workspace.currency, "days": found.days, "total": found.total, "received": found.received,
        "sources": [{"source": s.name, "total": s.total, "cents": s.cents} for s in found.sources],
    }  # fmt: skip


def _in_order(begin: date, end: date) -> None:
    if not begin <= end:
        raise ValueError(f"to ({end}) lies before from ({begin}).")
    if (end - begin).days > 366 * 20:
        raise ValueError("A span has 20 years at most.")


class RevenueIn(Strict):
    account: int | str = Field(description="The account's number, id or name")
    amount: str | float | int = Field(description="In whole units: 49.90")
    period: Literal["month", "year", "once"] = "month"
    currency: str = ""
    since: date
    until: date | None = None
    source: str = "subscription"
    ref: str = Field("", description="Your own number of the subscription or invoice")


@router.post("/money/revenue", response={201: dict[str, Any]}, summary="Note what an account pays, or paid once")
def add_revenue(request: HttpRequest, given: RevenueIn) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    if isinstance(given.account, str):
        given.account = clean.text(given.account, 300, "The account")
    if isinstance(given.account, int):
        account = access.get(Account, given.account)
    else:
        rows = Account.objects.filter(workspace=access.workspace)
        found = list(rows.filter(external_id=given.account)[:1]) or list(rows.filter(name__iexact=given.account)[:2])
        found = found or [a for a in [known_as.account_by(access.workspace, "id", given.account)] if a]
        if len(found) != 1:
            raise ValueError(f"{'Several accounts are' if found else 'No account is'} called {given.account[:80]!r}.")
        account = found[0]
    row = note_revenue(
        access, account, clean.cents(given.amount), since=given.since, until=given.until, period=given.period,
        currency=given.currency, source=given.source, ref=given.ref,
    )  # fmt: skip
    return Status(201, _revenue(row))


def _revenue(row: Revenue) -> dict[str, Any]:
    return {
        "id": row.pk, "account": row.account_id, "cents": row.cents, "currency": row.currency, "base_cents": row.base_cents,
        "once": row.once, "since": row.since, "until": row.until, "source": row.source, "ref": row.ref,
    }  # fmt: skip


class EndIn(Strict):
    until: date = Field(description="The first day it is no longer paid")


@router.post("/money/revenue/{number}/end", summary="End what an account pays, from a day on")
def end(request: HttpRequest, number: int, given: EndIn) -> dict[str, Any]:
    access = _access(request)
    return _revenue(end_revenue(access, access.get(Revenue, number, "account"), given.until))


class IncomeIn(Strict):
    day: date
    amount: str | float | int
    source: str
    currency: str = ""
    ref: str = ""


@router.post("/money/income", response={201: dict[str, Any]}, summary="Note a day's income of a source")
def add_income(request: HttpRequest, given: IncomeIn) -> Any:
    access = _access(request)
    row: Income = note_income(
        access, given.day, clean.cents(given.amount), source=given.source, currency=given.currency, ref=given.ref
    )
    return Status(
        201, {"id": row.pk, "day": row.day, "source": row.source, "cents": row.cents, "currency": row.currency}
    )


@router.get("/earning", summary="The figures that matter to how it earns")
def earning(request: HttpRequest) -> dict[str, Any]:
    workspace = _access(request).workspace
    found = home(store.get().reader, workspace)
    return {"earns": workspace.earns or None, "currency": workspace.currency, **(found.told() if found else {})}


@router.get("/billing", summary="Connections to Stripe")
def list_billing(request: HttpRequest) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    return {
        "connections": [
            {"id": c.billing.pk, "name": c.billing.name, "path": f"/hooks/stripe/{c.billing.key}", "state": c.state,
             "heard_at": c.billing.heard_at, "done": c.done, "waiting": c.waiting, "failed": c.failed,
             "refused": c.billing.refused}
            for c in connections(access.workspace)
        ]
    }  # fmt: skip


class BillingIn(Strict):
    name: str = "Stripe"
    secret: str = Field("", description="The signing secret (whsec_…), when you have it already")


@router.post("/billing", response={201: dict[str, Any]}, summary="Make an address for Stripe to call")
def make_billing(request: HttpRequest, given: BillingIn) -> Any:
    access = _access(request)
    access.need(Role.OWNER)
    if given.secret:
        service.check_secret(given.secret)
    made = service.make(access, given.name)
    if given.secret:
        service.add_secret(access, made, given.secret)
    return Status(201, {"id": made.pk, "name": made.name, "path": f"/hooks/stripe/{made.key}"})


class SecretIn(Strict):
    secret: str


@router.post("/billing/{number}/secret", summary="Keep a signing secret; the one before still serves")
def add_secret(request: HttpRequest, number: int, given: SecretIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    billing = access.get(Billing, number)
    service.add_secret(access, billing, given.secret)
    return {"id": billing.pk, "secrets": len(billing.secrets)}


class CustomerIn(Strict):
    customer: str
    account: int


@router.post("/billing/{number}/customers", summary="Say which account a customer of Stripe is")
def link_customer(request: HttpRequest, number: int, given: CustomerIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    billing = access.get(Billing, number, "workspace")
    account = access.get(Account, given.account)
    service.link_customer(access, billing, given.customer, account)
    return {"customer": given.customer, "account": account.pk}
