"""Money: what accounts pay, income by day and source, exchange rates, and what a billing system told us."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.functions import Now

from .rates import Converter


class Money(models.Model):
    """An amount in hundredths of its currency's unit, and in the workspace's currency once a rate is known.

    `base_cents` is the amount in the workspace's currency at the rate in force on the day it began, so that exchange
    rates never look like growth or loss; None while no rate is known. It is filled whenever a row is written.
    """

    workspace = models.ForeignKey("people.Workspace", models.CASCADE)
    source = models.CharField(max_length=60, default="subscription")
    ref = models.CharField(max_length=255, blank=True)
    cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    base_cents = models.BigIntegerField(null=True)

    dated = ""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "base_cents"}
        super().save(*args, **kwargs)

    def fill(self, converter: Converter | None = None) -> None:
        if self.currency == self.workspace.currency:
            self.base_cents = self.cents
        else:
            convert = converter or Converter.of(self.workspace)
            self.base_cents = convert(self.cents, self.currency, getattr(self, self.dated))


class MoneyRows(models.QuerySet[Any]):
    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        converters: dict[int, Converter] = {}
        for row in rows:
            if row.currency != row.workspace.currency and row.workspace_id not in converters:
                converters[row.workspace_id] = Converter.of(row.workspace)
            row.fill(converters.get(row.workspace_id))
        return super().bulk_create(rows, *args, **kwargs)


class Revenue(Money):
    """Money an account pays: `cents` a month from `since` up to, not including, `until`; or once, on `since`.

    `ref` tells two payments apart that begin on one day: a subscription's or an invoice's number.
    """

    account = models.ForeignKey("people.Account", models.CASCADE, related_name="revenue")
    since = models.DateField()
    until = models.DateField(null=True)
    once = models.BooleanField(default=False)

    objects = MoneyRows.as_manager()
    dated = "since"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "ref", "since", "once", "currency"], name="revenue_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("since")), name="revenue_ends_later"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "since"], name="revenue_since")]

    def __str__(self) -> str:
        return f"{self.cents / 100:.2f} {self.currency} from {self.since}"


class Rate(models.Model):
    """On `day`, one unit of `base` was worth `value` units of `quote`."""

    workspace = models.ForeignKey("people.Workspace", models.CASCADE)
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    day = models.DateField()
    value = models.DecimalField(max_digits=24, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "base", "quote", "day"], name="rate_once"),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="rate_above_nothing"),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.value.normalize():f} {self.quote} on {self.day}"


class Income(Money):
    """Money of one day from one source: advertising, a store, a promotion; `account` where one pays it.

    `received`: a payment of what is counted as recurring already, kept beside it and never added to it.
    """

    account = models.ForeignKey("people.Account", models.CASCADE, null=True, related_name="income")
    day = models.DateField()
    received = models.BooleanField(default=False)

    objects = MoneyRows.as_manager()
    dated = "day"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "source", "ref", "day", "currency"],
                condition=models.Q(account=None), name="income_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "source", "ref", "day", "currency", "account"],
                condition=models.Q(account__isnull=False), name="income_of_account_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["workspace", "day"], name="income_day")]

    def __str__(self) -> str:
        return f"{self.cents / 100:.2f} {self.currency} from {self.source} on {self.day}"


class Billing(models.Model):
    """A billing system that tells us of subscriptions: `key` stands in the address it calls, `secrets` sign its calls.

    Two secrets are held while one is being replaced. Without a secret it only takes exported files.
    """

    workspace = models.ForeignKey("people.Workspace", models.CASCADE)
    kind = models.CharField(max_length=12, default="stripe")
    name = models.CharField(max_length=80)
    key = models.CharField(max_length=64, unique=True)
    secrets = models.JSONField(default=list)
    paused_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    refused = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)
    refused_why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class BillingEvent(models.Model):
    """One thing a billing system said, as it was said; `thing` is the subscription, invoice or customer it speaks of,
    `customer` whose that is."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        IGNORED = "ignored", "Not needed"
        FAILED = "failed", "Failed"

    billing = models.ForeignKey(Billing, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    thing = models.CharField(max_length=255, blank=True)
    customer = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    body = models.JSONField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    error = models.CharField(max_length=300, blank=True)
    heard_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["billing", "event_id"], name="billing_event_once")]
        indexes = [
            models.Index(fields=["billing", "thing", "at"], name="billing_thing"),
            models.Index(fields=["billing", "customer"], name="billing_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class BillingCustomer(models.Model):
    """Which account a customer of the billing system is; `settled` when a member said so."""

    billing = models.ForeignKey(Billing, models.CASCADE, related_name="customers")
    customer_id = models.CharField(max_length=255)
    account = models.ForeignKey("people.Account", models.CASCADE)
    settled = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["billing", "customer_id"], name="billing_customer_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} is {self.account}"
