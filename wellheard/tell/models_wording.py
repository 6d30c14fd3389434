"""The team's own texts of messages, where they want others than ours."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace

from .wording import KINDS, LANGUAGES


class Wording(models.Model):
    """Subject and body of one kind of message in one language; places in braces, see `wording`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    language = models.CharField(max_length=8, choices=[(code, code) for code in LANGUAGES])
    subject = models.CharField(max_length=200)
    body = models.TextField()
    changed_by = models.CharField(max_length=120)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"
