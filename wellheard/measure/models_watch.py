"""What watches over verdicts: whether "likely" can be believed here, later looks at measured bets, effects that are gone."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace


class SelfCheck(models.Model):
    """One run of the outcome method on things that did not ship.

    Of `tried` placebos `compared` allowed the comparison behind "likely", `likely` of those were called so. `off`: whether
    the word is switched off from then on; a run with too few comparisons leaves that as it was. `short`: time ran out.
    `topics`: problem, comparisons, "likely" among them.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    tried = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()
    likely = models.PositiveIntegerField()
    off = models.BooleanField()
    short = models.BooleanField(default=False)
    weeks = models.PositiveSmallIntegerField()
    metrics = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    seconds = models.FloatField(default=0)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "-made_at"], name="selfcheck_newest")]

    def __str__(self) -> str:
        return f"{self.likely} of {self.compared}"


class Relook(models.Model):
    """A measured bet looked at again over later weeks, `first` to `last` counted from the release week, with the same
    people and the same weeks before. Added, never changed; it does not replace the bet's verdict."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="relooks")
    first = models.PositiveSmallIntegerField()
    last = models.PositiveSmallIntegerField()
    word = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    asked = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()
    pieces = models.JSONField(default=dict)
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bet", "first"], name="relook_once")]

    def __str__(self) -> str:
        return f"{self.bet}, weeks {self.first} to {self.last}: {self.word}"


class Fading(models.Model):
    """An alarm: what `outcome` showed is gone in `relook`. Once a bet; it stands until an owner dismisses it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.OneToOneField(Bet, models.CASCADE, related_name="fading")
    outcome = models.ForeignKey("measure.Outcome", models.CASCADE)
    relook = models.ForeignKey(Relook, models.CASCADE)
    raised_at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "dismissed_at"], name="fading_open")]

    def __str__(self) -> str:
        return f"{self.bet} fades"
