"""Somebody was erased: what is left to say of it, with no word of who it was."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace


class Erasure(models.Model):
    """`person` and `numbers` are bare numbers, of our rows and of the events; `done_at` is when the events were gone too."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.BigIntegerField()
    numbers = models.JSONField(default=list)
    voices = models.PositiveIntegerField(default=0)
    votes = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    asked_by = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"erasure of person {self.person}"
