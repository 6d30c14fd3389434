"""What is known of people and accounts beyond our own fields: which traits there are, and what their values mean."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .models import Segment, Workspace


class Trait(models.Model):
    """A trait of people or of accounts. Discovered ones have a guessed kind, until a member says what it is; from then on
    values written by hand, by file or over the API must fit, and those of events are read as that kind where they do."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        MONEY = "money", "Money"
        DATE = "date", "Date"
        YES_NO = "yes_no", "Yes or no"
        CHOICE = "choice", "One of a list"

    class Origin(models.TextChoices):
        EVENTS = "events", "Events"
        FILE = "file", "A file"
        API = "api", "The API"
        HAND = "hand", "By hand"
        BEFORE = "before", "Known before"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    of = models.CharField(max_length=8, choices=Segment.Of)
    key = models.CharField(max_length=80)
    label = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list)
    confirmed = models.BooleanField(default=False)
    confirmed_by = models.CharField(max_length=120, blank=True)
    seen_in = models.CharField(max_length=6, choices=Origin, default=Origin.BEFORE)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "of", "key"], name="trait_once")]

    def __str__(self) -> str:
        return self.label or self.key
