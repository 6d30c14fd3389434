"""Boards: where ideas stand, who may look, who may write, and whether a member looks before others do."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now

from wellheard.people.models import Account, Segment, Workspace


class Board(models.Model):
    """One list of ideas on the portal. `anonymous`: visitors without a confirmed address may vote and write here.

    A known address is one that its owner confirmed here, or that the team knew already.

    A chosen board is for the people of its segments and accounts, as far as their address is confirmed.
    """

    class Sight(models.TextChoices):
        OPEN = "open", "Everybody"
        CHOSEN = "chosen", "Chosen people"
        TEAM = "team", "The team"

    class Posting(models.TextChoices):
        ANYBODY = "anybody", "Whoever sees it"
        TEAM = "team", "The team only"

    class Counted(models.TextChoices):
        ALL = "all", "All votes"
        VERIFIED = "verified", "Votes of known addresses"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="boards")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60)
    description = models.CharField(max_length=400, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    sight = models.CharField(max_length=8, choices=Sight, default=Sight.OPEN)
    segments = models.ManyToManyField(Segment, related_name="boards", blank=True)
    accounts = models.ManyToManyField(Account, related_name="boards", blank=True)
    posting = models.CharField(max_length=8, choices=Posting, default=Posting.ANYBODY)
    anonymous = models.BooleanField(default=True)
    moderated = models.BooleanField(default=False)
    counted = models.CharField(max_length=8, choices=Counted, default=Counted.ALL)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="board_slug_once")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that ideas share. Whoever sees an idea sees its tags."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="tag_once")]

    def __str__(self) -> str:
        return self.name
