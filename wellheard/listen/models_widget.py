"""The widget on a team's own pages: how it is set, and pictures people chose to send."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace


class Widget(models.Model):
    """How a workspace's widget is set. `sites`: hosts it may stand on, all when empty."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="widget")
    open = models.BooleanField(default=True)
    sites = models.JSONField(default=list)
    greeting = models.CharField(max_length=140, blank=True)
    pictures = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"widget of {self.workspace}"


class Picture(models.Model):
    """A picture somebody sent with what they said; `name` is a random file name under uploads/pictures."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    voice = models.ForeignKey("listen.Voice", models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10)
    size = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"picture of {self.voice_id}"
