"""A Stripe subscription as an amount a month, after Stripe's object reference and its dashboard's definition of MRR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

Thing = Mapping[str, Any]

# ISO 4217 currencies whose smallest unit is the whole, or a thousandth; all others have hundredths.
WHOLE = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
THOUSANDTHS = frozenset("BHD JOD KWD OMR TND".split())
PAYING = ("active", "past_due")
ENDED = ("canceled", "incomplete_expired")
PER_MONTH = {
    "day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12),
}  # fmt: skip


class Unreadable(ValueError):
    """What was sent is no such object; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Discount:
    """`percent` off (0–100), or `off` hundredths a month, until `end` (None: for good)."""

    percent: Fraction | None
    off: Fraction
    end: datetime | None


@dataclass(slots=True)
class Worth:
    """What a subscription brings a month in hundredths of its currency, before discounts, and what is not known."""

    currency: str
    hundredths: Fraction
    discounts: list[Discount] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def at(self, moment: datetime) -> int:
        """To the nearest hundredth, discounts that still run at that moment taken off in their order."""
        left = self.hundredths
        for d in self.discounts:
            if d.end is None or moment < d.end:
                left -= left * d.percent / 100 if d.percent is not None else min(d.off, left)
        return round(left)


def hundredths(amount: Any, currency: str) -> Fraction:
    """An amount in the currency's smallest unit, as Stripe tells it, in hundredths of its whole unit."""
    try:
        given = Fraction(Decimal(str(amount)))
    except (InvalidOperation, ValueError, OverflowError):
        raise Unreadable(f"{str(amount)[:40]!r} is not an amount.") from None
    if abs(given) > 10**15:
        raise Unreadable(f"{str(amount)[:40]!r} is too large an amount.")
    return given * 100 if currency in WHOLE else given / 10 if currency in THOUSANDTHS else given


def moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unreadable(f"{str(value)[:40]!r} is not a time.") from None


def worth(subscription: Thing) -> Worth:
    """Raises Unreadable when it has no items or they are not of one currency."""
    items = _listed(subscription.get("items"))
    if not items:
        raise Unreadable("The subscription has no items.")
    found: Worth | None = None
    unknown: list[str] = []
    for item in items:
        price = item.get("price") or item.get("plan") or {}
        currency = str(price.get("currency") or subscription.get("currency") or "").upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise Unreadable("An item has no currency.")
        if found is None:
            found = Worth(currency, Fraction(0), unknown=unknown)
        elif found.currency != currency:
            raise Unreadable("The items are in different currencies.")
        found.hundredths += _discounted(_of_item(item, price, currency, unknown), item, price, currency, unknown)
    assert found is not None
    first = items[0].get("price") or items[0].get("plan") or {}
    found.discounts = list(_discounts(subscription, _factor(first), found.currency, unknown))
    return found


def _of_item(item: Thing, price: Thing, currency: str, unknown: list[str]) -> Fraction:
    name = str(price.get("nickname") or price.get("id") or "an item")[:80]
    recurring = price.get("recurring") or price
    if recurring.get("usage_type") == "metered":
        unknown.append(f"{name} is metered: what it brings is known only afterwards.")
        return Fraction(0)
    amount = price.get("unit_amount_decimal")
    for other in ("unit_amount", "amount_decimal", "amount"):
        amount = price.get(other) if amount is None else amount
    if price.get("billing_scheme") == "tiered" or amount is None:
        unknown.append(f"{name} has tiers, whose prices are not told with a subscription.")
        return Fraction(0)
    quantity = item.get("quantity")
    count = Fraction(1) if quantity is None else hundredths(quantity, "")
    bundle = price.get("transform_quantity") or {}
    if bundle.get("divide_by"):
        whole, rest = divmod(count, int(bundle["divide_by"]))
        count = Fraction(whole + (1 if rest and bundle.get("round") == "up" else 0))
    return hundredths(amount, currency) * count * _factor(price)


def _factor(price: Thing) -> Fraction:
    """How many of its periods a month has; a year has 365 days, 52 weeks and 12 months."""
    recurring = price.get("recurring") or price
    interval, count = str(recurring.get("interval") or "month"), recurring.get("interval_count") or 1
    if interval not in PER_MONTH:
        raise Unreadable(f"{interval[:40]!r} is not an interval (day, week, month, year).")
    try:
        return PER_MONTH[interval] / int(count)
    except (TypeError, ValueError, ZeroDivisionError):
        raise Unreadable(f"{str(count)[:40]!r} is not a number of intervals.") from None


def _discounted(amount: Fraction, item: Thing, price: Thing, currency: str, unknown: list[str]) -> Fraction:
    """An item's own discounts; those with an end are taken off as long as they are told."""
    for d in _discounts(item, _factor(price), currency, unknown):
        amount -= amount * d.percent / 100 if d.percent is not None else min(d.off, amount)
    return amount


def _discounts(thing: Thing, factor: Fraction, currency: str, unknown: list[str]) -> Iterator[Discount]:
    given = thing.get("discounts")
    if not given and thing.get("discount"):
        given = [thing["discount"]]
    for discount in given or ():
        told: Thing = discount if isinstance(discount, Mapping) else {}
        coupon = told.get("coupon") or (told.get("source") or {}).get("coupon")
        if not isinstance(coupon, Mapping):
            unknown.append("A discount is told by its number alone, so it is not taken off.")
            continue
        if coupon.get("duration") == "once":
            continue
        end = moment(told.get("end"))
        if coupon.get("percent_off") is not None:
            yield Discount(min(Fraction(100), hundredths(coupon["percent_off"], "")), Fraction(0), end)
        elif coupon.get("amount_off") is not None:
            if str(coupon.get("currency") or currency).upper() != currency:
                unknown.append("A discount is in another currency, so it is not taken off.")
                continue
            yield Discount(None, hundredths(coupon["amount_off"], currency) * factor, end)


def _listed(value: Any) -> list[Thing]:
    if isinstance(value, Mapping):
        value = value.get("data")
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def lines(invoice: Thing) -> list[Thing]:
    return _listed(invoice.get("lines"))


def pays(subscription: Thing) -> bool:
    """Whether it brings money now. One that is to be cancelled still does; one that is overdue does, as Stripe counts."""
    return subscription.get("status") in PAYING and not subscription.get("pause_collection")


def ends(subscription: Thing) -> datetime | None:
    """When it ended, or when it is known to end."""
    if subscription.get("status") in ENDED:
        return moment(subscription.get("ended_at") or subscription.get("canceled_at"))
    if subscription.get("cancel_at"):
        return moment(subscription["cancel_at"])
    if subscription.get("cancel_at_period_end"):
        # Until API 2025-03-31 the period stood on the subscription, since then on its items.
        periods = [i["current_period_end"] for i in _listed(subscription.get("items")) if i.get("current_period_end")]
        return moment(subscription.get("current_period_end") or max(periods, default=None))
    return None


def begins(subscription: Thing) -> datetime | None:
    """When it began to be paid: its start, or the end of its trial."""
    found = [m for k in ("start_date", "created") if (m := moment(subscription.get(k)))][:1]
    trial = moment(subscription.get("trial_end"))
    return max([*found, *([trial] if trial else [])], default=None)
