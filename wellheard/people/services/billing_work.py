"""Making of what a billing system said what accounts pay: the same whatever the order it was said in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from wellheard.core import clean, journal
from wellheard.people.billing import stripe
from wellheard.people.billing.history import Snapshot, spans
from wellheard.people.models import Account, Billing, BillingCustomer, BillingEvent, Income, Revenue, Workspace
from wellheard.people.queries import known_as

SOURCE = "subscription"
SUBSCRIPTION, INVOICE, CUSTOMER = "customer.subscription.", "invoice.", "customer."
# Where teams write their own number of an account; the first that is there counts.
OWN_NUMBERS = ("account_id", "account", "wellheard_account", "company_id", "organization_id", "org_id", "tenant_id")


def work(event_pk: int) -> None:
    """One event, once; safe to repeat. What cannot be read is kept with the reason and changes nothing."""
    with transaction.atomic():
        told = BillingEvent.objects.select_for_update().get(pk=event_pk)
        if told.state not in (BillingEvent.State.WAITING, BillingEvent.State.FAILED):
            return
        # One at a time for a connection, so that two events of one subscription do not undo each other.
        billing = Billing.objects.select_for_update().get(pk=told.billing_id)
    try:
        with journal.record(journal.system(billing.workspace_id), "revenue.billed") as entry:
            Billing.objects.select_for_update().get(pk=billing.pk)
            account, notes = apply(billing, told)
            told.state, told.error = BillingEvent.State.DONE, " ".join(notes)[:300]
            told.save(update_fields=["state", "error"])
            entry.about(account or billing, what=told.kind, ref=told.thing)
    except stripe.Unreadable as e:
        BillingEvent.objects.filter(pk=event_pk).update(state=BillingEvent.State.FAILED, error=str(e)[:300])


def apply(billing: Billing, told: BillingEvent) -> tuple[Account | None, list[str]]:
    """The account it concerns and what could not be counted."""
    if told.kind.startswith(SUBSCRIPTION):
        account = find_account(billing, told.customer)
        return account, rebuild(billing, told.thing, account)
    if told.kind.startswith(INVOICE):
        account = find_account(billing, told.customer)
        take_invoice(billing.workspace, told, account)
        return account, []
    if BillingCustomer.objects.filter(billing=billing, customer_id=told.thing).exists():
        return find_account(billing, told.thing), []
    return None, []


def rebuild(billing: Billing, subscription: str, account: Account) -> list[str]:
    """Replace what is kept of one subscription by what all that was said of it amounts to."""
    rows = list(billing.events.filter(thing=subscription, kind__startswith=SUBSCRIPTION))
    snapshots = [
        Snapshot(r.at, r.body, r.kind.endswith(".deleted"), r.kind.endswith(".exported"), r.event_id) for r in rows
    ]
    zone = ZoneInfo(billing.workspace.time_zone)
    wanted = {(s.since, s.currency): s for s in spans(snapshots, zone)}
    for row in Revenue.objects.filter(workspace=billing.workspace, source=SOURCE, ref=subscription, once=False):
        span = wanted.get((row.since, row.currency))
        if span is None or row.account_id != account.pk:
            row.delete()
        else:
            del wanted[row.since, row.currency]
            if (row.cents, row.until) != (span.cents, span.until):
                row.cents, row.until = span.cents, span.until
                row.workspace = billing.workspace
                row.save(update_fields=["cents", "until"])
    Revenue.objects.bulk_create(
        Revenue(
            workspace=billing.workspace, account=account, source=SOURCE, ref=subscription, cents=s.cents,
            currency=s.currency, since=s.since, until=s.until,
        ) for s in wanted.values()
    )  # fmt: skip
    if rows and all(not r.body.get("items") for r in rows):
        return []
    newest = max(rows, key=lambda r: (r.at, r.event_id))
    return list(dict.fromkeys(stripe.worth(newest.body).unknown)) if stripe.pays(newest.body) else []


def take_invoice(workspace: Workspace, told: BillingEvent, account: Account) -> None:
    """What was paid. Lines of subscriptions are counted as recurring already; the rest was earned once, that day."""
    body = told.body
    currency = clean.currency(body.get("currency"), workspace.currency)
    if body.get("amount_paid") is None:
        raise stripe.Unreadable("The invoice does not say what was paid.")
    paid = round(stripe.hundredths(body["amount_paid"], currency))
    once = round(sum((stripe.hundredths(line.get("amount") or 0, currency) for line in _once_lines(body)), start=stripe.hundredths(0, "")))  # fmt: skip
    once = max(0, min(paid, once))
    at = stripe.moment((body.get("status_transitions") or {}).get("paid_at")) or told.at
    day = at.astimezone(ZoneInfo(workspace.time_zone)).date()
    for source, cents, received in (("one-off", once, False), (SOURCE, paid - once, True)):
        held = Income.objects.filter(workspace=workspace, ref=told.thing, source=source)
        held.exclude(account=account, day=day, currency=currency).delete()
        if cents:
            Income.objects.update_or_create(
                workspace=workspace, account=account, source=source, ref=told.thing, day=day, currency=currency,
                defaults={"cents": cents, "received": received},
            )  # fmt: skip


def _once_lines(invoice: stripe.Thing) -> Iterable[stripe.Thing]:
    for line in stripe.lines(invoice):
        parent = line.get("parent") or {}
        of_subscription = line.get("subscription") or line.get("type") == "subscription"
        if not of_subscription and not parent.get("subscription_item_details") and not line.get("proration"):
            yield line


def find_account(billing: Billing, customer: str) -> Account:
    """Whose customer it is: as a member said, else by the metadata, the address's domain, else an account of its own."""
    if not customer:
        raise stripe.Unreadable("It names no customer.")
    held = BillingCustomer.objects.select_related("account").filter(billing=billing, customer_id=customer).first()
    if held is not None and held.settled:
        return held.account
    told = _all_told(billing, customer)
    found = _meant(billing.workspace, told) or (
        held.account if held is not None else _own(billing.workspace, customer, told)
    )
    if held is None:
        BillingCustomer.objects.create(billing=billing, customer_id=customer, account=found)
    elif held.account_id != found.pk:
        before = held.account_id
        held.account = found
        held.save(update_fields=["account"])
        settle_customer(billing, customer, before)
    elif found.external_id == customer:
        _own(billing.workspace, customer, told)
    return found


def _meant(workspace: Workspace, told: list[Mapping[str, Any]]) -> Account | None:
    """By the number in the metadata (made when it is new), else by the domain of the address. Who was merged away is
    found as what they are part of now."""
    accounts = Account.objects.filter(workspace=workspace)
    for body in told:
        metadata = body.get("metadata")
        for name in OWN_NUMBERS:
            own = clean.text(metadata.get(name), 200, "The account") if isinstance(metadata, dict) else ""
            if own:
                known = accounts.filter(external_id=own).first() or known_as.account_by(workspace, "id", own)
                known = (
                    known or accounts.filter(name__iexact=own).first() or known_as.account_by(workspace, "name", own)
                )
                return known or Account.objects.create(workspace=workspace, external_id=own, name=own)
    for body in told:
        if body.get("object") == "customer":
            domain = str(body.get("email") or "").rpartition("@")[2].strip().lower()
            found = accounts.filter(domain__iexact=domain).order_by("pk").first() if domain else None
            if found is not None:
                return found
    return None


def _own(workspace: Workspace, customer: str, told: list[Mapping[str, Any]]) -> Account:
    """An account of the customer's own, called as it is as soon as that is known."""
    customers = [b for b in told if b.get("object") == "customer"]
    name = next((str(n)[:200] for b in customers for n in (b.get("name"), b.get("email")) if n), customer)
    made = Account.objects.filter(workspace=workspace, external_id=customer).first()
    made = made or known_as.account_by(workspace, "id", customer)
    if made is None:
        return Account.objects.create(workspace=workspace, external_id=customer, name=name)
    if made.name == customer != name:
        made.name = name
        made.save(update_fields=["name"])
    return made


def _all_told(billing: Billing, customer: str) -> list[Mapping[str, Any]]:
    """Everything said of a customer, what stands in its own record first, the newest of each first."""
    told = billing.events.filter(customer=customer).order_by("-at", "-event_id")
    rows = [*told.filter(thing=customer), *told.filter(kind__startswith=SUBSCRIPTION)]
    expanded = [r.body["customer"] for r in rows if isinstance(r.body.get("customer"), dict)]
    return [*(r.body for r in rows), *expanded]


def settle_customer(billing: Billing, customer: str, before: int) -> None:
    """What the customer pays goes to its account now; one that was made for nothing else goes."""
    account = BillingCustomer.objects.select_related("account").get(billing=billing, customer_id=customer).account
    of = billing.events.filter(customer=customer)
    for thing in of.filter(kind__startswith=SUBSCRIPTION).values_list("thing", flat=True).distinct():
        rebuild(billing, thing, account)
    for invoice in of.filter(kind__startswith=INVOICE, state=BillingEvent.State.DONE):
        take_invoice(billing.workspace, invoice, account)
    made = Account.objects.filter(pk=before, external_id=customer).first()
    if made is not None and made.pk != account.pk and not _used(made):
        made.delete()


def _used(account: Account) -> bool:
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: account}).exists()
        for relation in Account._meta.related_objects
    )


def at_of(body: Mapping[str, Any], now: datetime) -> datetime:
    """How late an exported subscription tells of: the last of its own times that is past."""
    names = ("created", "start_date", "current_period_start", "canceled_at", "ended_at", "trial_end")
    times = [m for n in names if (m := stripe.moment(body.get(n))) is not None and m <= now]
    return max(times, default=now)
