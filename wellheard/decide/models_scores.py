"""What a score is made of: inputs that members gave, the method of a workspace, and what a bet costs and brings."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace

from .models import Bet


class Input(models.TextChoices):
    """What goes into a score. The first four are counted from evidence unless a member gave another figure."""

    USERS = "users", "People who asked"
    CUSTOMERS = "customers", "Customers who asked"
    REVENUE = "revenue", "Revenue touched"
    PAIN = "pain", "Pain"
    EFFORT = "effort", "Effort"
    CONFIDENCE = "confidence", "Confidence"


class Given(models.Model):
    """An input of a bet as a member gave it. Units: people; accounts; cents a month; pain 1 to 5; effort in person-weeks;
    confidence in percent. `low` and `high` may be unknown."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="given")
    name = models.CharField(max_length=10, choices=Input)
    low = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    likely = models.DecimalField(max_digits=16, decimal_places=2)
    high = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    reason = models.CharField(max_length=500, blank=True)
    given_by = models.CharField(max_length=120)
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bet", "name"], name="given_once")]

    def __str__(self) -> str:
        return f"{self.get_name_display()} of {self.bet}"


class Scheme(models.Model):
    """How a workspace scores. `weights` is input → 0 to 100; hours are worth so many cents to us and to a customer;
    costs and benefits that come monthly are counted over `months`."""

    class Method(models.TextChoices):
        RICE = "rice", "RICE"
        MOSCOW = "moscow", "MoSCoW"
        WEIGHTED = "weighted", "Weighted sum"
        FORMULA = "formula", "Own formula"

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="scheme")
    method = models.CharField(max_length=8, choices=Method, default=Method.RICE)
    weights = models.JSONField(default=dict)
    formula = models.CharField(max_length=300, blank=True)
    hour_cents = models.PositiveIntegerField(default=8000)
    customer_hour_cents = models.PositiveIntegerField(default=4000)
    months = models.PositiveSmallIntegerField(default=12)

    def __str__(self) -> str:
        return self.get_method_display()


class Line(models.Model):
    """One cost or benefit of a bet, for us or for one customer. `low`, `likely`, `high` are cents or hundredths of an hour."""

    class Side(models.TextChoices):
        US = "us", "For us"
        CUSTOMER = "customer", "For a customer"

    class Kind(models.TextChoices):
        COST = "cost", "Cost"
        BENEFIT = "benefit", "Benefit"

    class Unit(models.TextChoices):
        MONEY = "money", "Money"
        HOURS = "hours", "Hours"

    class Every(models.TextChoices):
        ONCE = "once", "once"
        MONTH = "month", "every month"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="lines")
    side = models.CharField(max_length=8, choices=Side)
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=140)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.MONEY)
    every = models.CharField(max_length=5, choices=Every, default=Every.ONCE)
    low = models.BigIntegerField()
    likely = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(low__gte=0, likely__gte=models.F("low"), high__gte=models.F("likely")),
                name="line_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.name
