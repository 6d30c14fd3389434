"""What the team left as it is, knowing what the language audit says of it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace


class Waiver(models.Model):
    """One finding waived: `place` is the key of the text, `digest` that of the sentence, so that it holds until the
    sentence changes."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    place = models.CharField(max_length=80)
    rule = models.CharField(max_length=10)
    words = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=400)
    by = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "place", "rule", "words", "digest"], name="waiver_once")
        ]

    def __str__(self) -> str:
        return f"“{self.words}” in {self.place}"
