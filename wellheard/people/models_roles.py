"""What somebody was to an account, and when: the history behind a relation."""

from __future__ import annotations

from django.db import models

from .models import Relation


class RoleSpan(models.Model):
    """One role from `since` up to, not including, `until`; None: nobody knows since when, or it still holds.

    The words on the relation itself follow from these as of today. A word that is set and has no span here always held.
    """

    class Word(models.TextChoices):
        USES = "uses", "uses"
        BUYS = "buys", "buys"
        ADMINISTERS = "administers", "administers"
        CHAMPIONS = "champions", "champions"

    relation = models.ForeignKey(Relation, models.CASCADE, related_name="spans")
    role = models.CharField(max_length=12, choices=Word)
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since=None) | models.Q(until=None) | models.Q(until__gt=models.F("since")),
                name="role_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.since or ''} to {self.until or ''}"
