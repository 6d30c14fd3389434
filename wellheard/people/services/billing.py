"""Connections to a billing system: made, given secrets, paused, deleted; and taking in what it says."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.billing.signature import Unsigned, verify
from wellheard.people.models import Account, Billing, BillingCustomer, BillingEvent, Income, Revenue, Role

BODY_LIMIT = 1024 * 1024
MOST_SECRETS = 2
# What subscriptions, payments and customers are told by; anything else is answered and forgotten.
HEARD = ("customer.subscription.", "invoice.paid", "invoice.payment_succeeded", "customer.created", "customer.updated")


def make(access: Access, name: str) -> Billing:
    access.need(Role.OWNER)
    with journal.record(access.actor, "billing.made") as entry:
        made = Billing.objects.create(
            workspace=access.workspace,
            name=clean.text(name, 80, "The name") or "Stripe",
            key=secrets.token_urlsafe(18),
        )
        entry.about(made, name=made.name)
    return made


def add_secret(access: Access, billing: Billing, secret: str) -> None:
    """The newest two are held, so that the old one still serves while Stripe rolls it over."""
    access.need(Role.OWNER)
    given = check_secret(secret)
    with journal.record(access.actor, "billing.secret_added") as entry:
        held = Billing.objects.select_for_update().get(pk=billing.pk)
        held.secrets = [*(s for s in held.secrets if s != given), given][-MOST_SECRETS:]
        held.save(update_fields=["secrets"])
        entry.about(held, secrets=len(held.secrets))
    billing.secrets = held.secrets


def check_secret(secret: str) -> str:
    given = clean.text(secret, 200, "The signing secret")
    if not given.startswith("whsec_") or len(given) < 12 or not given.isascii():
        raise ValueError("That is not a signing secret. Stripe shows it with the endpoint; it begins with whsec_.")
    return given


def drop_old_secret(access: Access, billing: Billing) -> None:
    """Once Stripe signs with the new one only."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "billing.secret_dropped") as entry:
        held = Billing.objects.select_for_update().get(pk=billing.pk)
        if len(held.secrets) < MOST_SECRETS:
            raise ValueError("There is no older secret to drop.")
        held.secrets = held.secrets[-1:]
        held.save(update_fields=["secrets"])
        entry.about(held)
    billing.secrets = held.secrets


def pause(access: Access, billing: Billing, on: bool) -> None:
    """While paused, calls are refused for now, and Stripe sends them again for up to three days."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "billing.paused" if on else "billing.resumed") as entry:
        billing.paused_at = timezone.now() if on else None
        billing.save(update_fields=["paused_at"])
        entry.about(billing)


def delete(access: Access, billing: Billing, with_revenue: bool = False) -> int:
    """End the connection; how many rows of revenue went with it. Without `with_revenue` what was learnt stays."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "billing.deleted") as entry:
        gone = 0
        if with_revenue:
            subscriptions = billing.events.filter(thing__startswith="sub_").values_list("thing", flat=True).distinct()
            gone, _ = Revenue.objects.filter(workspace=access.workspace, ref__in=list(subscriptions)).delete()
            invoices = billing.events.filter(kind__startswith="invoice.").values_list("thing", flat=True)
            Income.objects.filter(workspace=access.workspace, ref__in=list(invoices)).delete()
        entry.about(billing, name=billing.name, revenue_rows=gone)
        billing.delete()
    return gone


def link_customer(access: Access, billing: Billing, customer_id: str, account: Account) -> None:
    """A member says which account a customer is; what it pays moves there. Raises ValueError for an unknown one."""
    from .billing_work import settle_customer

    access.need(Role.EDITOR)
    if account.workspace_id != billing.workspace_id:
        raise ValueError("The account is of another workspace.")
    with journal.record(access.actor, "billing.customer_linked") as entry:
        held = BillingCustomer.objects.filter(billing=billing, customer_id=customer_id).first()
        if held is None:
            raise ValueError(f"{billing.name} has told of no customer {customer_id[:60]!r}.")
        entry.about(account, customer=customer_id, before=held.account_id)
        BillingCustomer.objects.filter(pk=held.pk).update(account=account, settled=True)
        settle_customer(billing, customer_id, before=held.account_id)


def receive(billing: Billing, header: str, raw: bytes) -> BillingEvent | None:
    """Keep what Stripe said; the work is done after answering. None for what was told before.

    Raises Unsigned when the call is not Stripe's, ValueError when the body is no event.
    """
    try:
        verify(header, raw, billing.secrets, time.time())
    except Unsigned as e:
        Billing.objects.filter(pk=billing.pk).update(
            refused=F("refused") + 1, refused_at=timezone.now(), refused_why=str(e)[:200]
        )
        raise
    event = _event(raw)
    Billing.objects.filter(pk=billing.pk).update(heard_at=timezone.now())
    return keep(billing, event)


def _event(raw: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(event, dict) or not all(isinstance(event.get(k), str) and event[k] for k in ("id", "type")):
        raise ValueError("The body is no Stripe event: it has no id or no type.")
    if wrong := clean.flaw_inside(event):
        raise ValueError(f"The body holds {wrong}.")
    return event


def keep(billing: Billing, event: Mapping[str, Any]) -> BillingEvent | None:
    from wellheard.people.tasks import work_billing

    kind = str(event["type"])[:80]
    told = event.get("data")
    thing = told.get("object") if isinstance(told, dict) else None
    heard = thing if kind.startswith(HEARD) and isinstance(thing, dict) else None
    try:
        at = datetime.fromtimestamp(int(event.get("created") or 0), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise ValueError("The event's time (created) is not a time.") from None
    state = BillingEvent.State.WAITING if heard is not None else BillingEvent.State.IGNORED
    made = BillingEvent(billing=billing, event_id=str(event["id"])[:255], kind=kind, at=at, state=state)
    made.body = heard or {}
    if heard is not None:
        made.thing, made.customer = _names(heard)
    try:
        with transaction.atomic():
            made.save()
            if heard is not None:
                work_billing.enqueue(made.pk)
    except IntegrityError:
        return None
    return made


def _names(thing: Mapping[str, Any]) -> tuple[str, str]:
    """The object's own number and its customer's, whether that stands alone or was expanded in its place."""
    own = str(thing.get("id") or "")[:255]
    customer = thing.get("customer")
    if thing.get("object") == "customer":
        return own, own
    return own, str((customer.get("id") if isinstance(customer, dict) else customer) or "")[:255]


def keep_exported(billing: Billing, thing: Mapping[str, Any], now: datetime) -> tuple[BillingEvent, bool]:
    """An object of an exported file, as if it had been told; and whether it is new. For use inside a transaction.

    Raises ValueError when it is neither a subscription, an invoice nor a customer.
    """
    from .billing_work import at_of

    kinds = {
        "subscription": "customer.subscription.exported",
        "invoice": "invoice.paid",
        "customer": "customer.updated",
    }
    kind = kinds.get(str(thing.get("object")))
    if kind is None or not str(thing.get("id") or ""):
        raise ValueError("That is no subscription, invoice or customer of Stripe: it has no id, or another object.")
    if kind == "invoice.paid" and thing.get("status") not in (None, "paid"):
        raise ValueError(f"The invoice is {str(thing.get('status'))[:20]}, not paid.")
    written = json.dumps(thing, sort_keys=True, default=str)
    own, customer = _names(thing)
    return BillingEvent.objects.get_or_create(
        billing=billing,
        event_id=f"export:{hashlib.sha256(written.encode()).hexdigest()}",
        defaults={"kind": kind, "thing": own, "customer": customer, "at": at_of(thing, now), "body": dict(thing)},
    )
