"""The outcome ledger: each time a bet was judged, with the verdict's numbers as they were."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace


class Outcome(models.Model):
    """One measurement of a bet; the newest counts, the earlier ones are its history."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="outcomes")
    word = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    asked = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()
    pieces = models.JSONField(default=dict)
    release_week = models.DateField()
    measured_to = models.DateField()
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "bet", "-measured_at"], name="outcome_newest")]

    def __str__(self) -> str:
        return f"{self.bet}: {self.word}"
