"""What a bet taught the team: a bet is closed with it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace


class Learning(models.Model):
    """A closed bet. `word` is the verdict it was closed with, `learned` what the team takes from it: empty only where
    the verdict says that it helped."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.OneToOneField(Bet, models.CASCADE, related_name="learning")
    word = models.CharField(max_length=40)
    learned = models.TextField(blank=True)
    closed_by = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.bet}: {self.learned[:60]}"
