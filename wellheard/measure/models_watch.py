"""What watches over verdicts: whether "likely" can be believed here."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

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
