"""A release that a random half of those who asked gets first, so that its effect is tested and not only compared."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property

from wellheard.decide.models import Bet
from wellheard.people.models import Person, Segment, Workspace, token
from wellheard.tell.models import Release


class Staging(models.Model):
    """One draw among those who asked for a bet. `first` tells the half that has it now, `opening` everybody else.

    `flag` names the flag that lets the first half in, or nothing when the product does that by the segment. `weeks` are
    the whole weeks after the release week in which the halves are compared. `seed` makes the draw repeatable.
    """

    class Unit(models.TextChoices):
        PERSON = "person", "each person"
        ACCOUNT = "account", "whole accounts"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.OneToOneField(Bet, models.CASCADE, related_name="staging")
    unit = models.CharField(max_length=7, choices=Unit)
    seed = models.CharField(max_length=64, default=token)
    weeks = models.PositiveSmallIntegerField()
    flag = models.CharField(max_length=200, blank=True)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="+")
    first = models.ForeignKey(Release, models.PROTECT, related_name="+")
    opening = models.ForeignKey(Release, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)  # why it was opened before the weeks were over
    drawn_by = models.CharField(max_length=120, blank=True)
    drawn_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.bet}: half first"

    @property
    def state(self) -> str:
        """drawn (nobody has it yet), running, or open (everybody has it: by whatever release was for all)."""
        if self.opened_on is not None:
            return "open"
        return "running" if self.first.published_at else "drawn"

    @property
    def state_word(self) -> str:
        return {"drawn": "Drawn, nobody has it yet", "running": "Half have it", "open": "Everybody has it"}[self.state]

    @cached_property
    def opened_on(self) -> date | None:
        """When it shipped to everybody."""
        everybody = self.bet.releases.filter(audience=None, published_at__isnull=False)
        return everybody.aggregate(on=models.Min("shipped_on"))["on"]  # type: ignore[no-any-return]


class Drawn(models.Model):
    """One person in the draw; people of one `unit` always go together. `left_out_at`: they asked not to be compared."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    staging = models.ForeignKey(Staging, models.CASCADE, related_name="drawn")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    unit = models.IntegerField()
    first = models.BooleanField()
    left_out_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staging", "person"], name="drawn_once")]

    def __str__(self) -> str:
        return f"{self.person}: {'first' if self.first else 'later'}"
