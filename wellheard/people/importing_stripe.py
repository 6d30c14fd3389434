"""Files exported from Stripe: JSON of subscriptions, invoices and customers, and the dashboard's CSV of subscriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of

from .billing import stripe
from .importing import Fields, Result
from .models import Billing, BillingEvent, Workspace
from .services import billing_work
from .services.billing import keep_exported

FILES = "Stripe (files)"


def exported(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Each object is kept as it was told, then worked; told again it changes nothing."""
    result = Result()
    billing = Billing.objects.filter(workspace=workspace).order_by("pk").first()
    if billing is None:
        import secrets

        billing = Billing.objects.create(workspace=workspace, name=FILES, key=secrets.token_urlsafe(18))
    now = timezone.now()
    for row, f in batch:
        told = f.get("traits") or {}
        try:
            with transaction.atomic():
                thing = told if "object" in told else from_csv(told)
                event, fresh = keep_exported(billing, thing, now)
                if fresh:
                    _, notes = billing_work.apply(billing, event)
                    event.state, event.error = BillingEvent.State.DONE, " ".join(notes)[:300]
                    event.save(update_fields=["state", "error"])
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        if fresh:
            result.stored += 1
        else:
            result.repeated += 1
    return result


def from_csv(told: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the dashboard's subscriptions as the object it stands for. Amounts are decimal there.

    Raises ValueError when it has no id, customer, amount or currency.
    """
    cells = {re.sub("[^a-z]", "", str(k).lower().replace("(utc)", "")): str(v).strip() for k, v in told.items()}

    def cell(*names: str) -> str:
        return next((cells[n] for n in names if cells.get(n)), "")

    own, customer = cell("id", "subscriptionid"), cell("customerid", "customer")
    if not own or not customer:
        raise ValueError("The row has no subscription's id, or no Customer ID.")
    currency = clean.currency(cell("currency"), "").lower()
    amount = clean.cents(cell("amount", "planamount", "priceamount"), "Amount")
    count, interval = _interval(cell("interval", "planinterval", "billinginterval") or "month", cell("intervalcount"))
    times = {
        "created": ("created",),
        "start_date": ("startdate", "start", "created"),
        "trial_end": ("trialend",),
        "current_period_start": ("currentperiodstart",),
        "current_period_end": ("currentperiodend",),
        "canceled_at": ("canceledat",),
        "ended_at": ("endedat",),
    }
    thing: dict[str, Any] = {
        k: int(clean.moment(raw, "UTC", k).timestamp())
        if k != "current_period_end"
        else int(clean.midnight(clean.day(raw, k), "UTC").timestamp())
        for k, names in times.items()
        if (raw := cell(*names))
    }
    email, name = cell("customeremail"), cell("customername", "customerdescription")
    smallest = Decimal(amount) / 100 if currency.upper() in stripe.WHOLE else Decimal(amount)
    if currency.upper() in stripe.THOUSANDTHS:
        smallest *= 10
    return {
        **thing,
        "object": "subscription",
        "id": own,
        "customer": {"object": "customer", "id": customer, "email": email or None, "name": name or None},
        "status": (cell("status") or "active").lower().replace(" ", "_"),
        "cancel_at_period_end": cell("cancelatperiodend").lower() in ("true", "yes", "1"),
        "items": {
            "data": [
                {
                    "quantity": cell("quantity") or 1,
                    "price": {
                        "id": cell("plan", "priceid", "planid") or "the plan",
                        "currency": currency,
                        "unit_amount_decimal": str(smallest),
                        "recurring": {"interval": interval, "interval_count": count},
                    },
                }
            ]
        },
    }


def _interval(raw: str, count: str) -> tuple[int, str]:
    """`month`, `monthly`, `3 months`, `every 2 weeks`."""
    found = re.search(r"(\d+)?\s*(day|week|month|year|annual)", raw.lower())
    if found is None and raw.lower() != "daily":
        raise ValueError(f"{raw[:40]!r} is not an interval (day, week, month, year).")
    word = found[2] if found else "day"
    times = (found[1] if found else "") or count or "1"
    if not re.fullmatch("[0-9]{1,3}", times) or times.strip("0") == "":
        raise ValueError(f"{times[:20]!r} is not a number of intervals.")
    return int(times), "year" if word == "annual" else word
