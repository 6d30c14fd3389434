"""How soon those who ask are to hear from us."""

from __future__ import annotations

from django.db import models

from wellheard.people.models import Workspace


class Targets(models.Model):
    """Hours to the first reply, days until what they asked is closed (shipped, decided against, or told in person)."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="targets")
    first_hours = models.PositiveIntegerField(default=72)
    close_days = models.PositiveIntegerField(default=90)

    def __str__(self) -> str:
        return f"targets of {self.workspace}"
