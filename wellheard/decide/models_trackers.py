"""Where the team builds: a connected tracker, the issues that bets became there, and what came through its door."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace

from .models import Bet


def public_id() -> str:
    """The part of a door's address that tells it apart."""
    return secrets.token_hex(15)


class Tracker(models.Model):
    """`token` lets us write there and is never shown again; `secret` proves what comes from there. `settings` is what its
    kind asks for (a repository, a project, a team) and what it found (`place_id`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="trackers")
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    token = models.CharField(max_length=500)
    secret = models.CharField(max_length=200)
    public_id = models.CharField(max_length=64, unique=True, default=public_id)
    paused = models.BooleanField(default=False)
    made_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Issue(models.Model):
    """A bet in a tracker. `remote_id` stays when the issue or its repository is renamed; `key` and `url` follow. An issue that
    is being made has no `remote_id` yet."""

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        OPEN = "open", "Open"
        STARTED = "started", "In work"
        DONE = "done", "Done"
        DROPPED = "dropped", "Closed without being done"
        GONE = "gone", "Deleted there"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="issues")
    tracker = models.ForeignKey(Tracker, models.SET_NULL, null=True, related_name="issues")
    remote_id = models.CharField(max_length=120, null=True)
    key = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.MAKING)
    state_name = models.CharField(max_length=80, blank=True)
    reopened = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tracker", "remote_id", "bet"], name="issue_once"),
            models.UniqueConstraint(
                fields=["tracker", "bet"], condition=models.Q(state="making"), name="one_issue_being_made"
            ),
        ]

    def __str__(self) -> str:
        return self.key or self.title


class Arrival(models.Model):
    """What a tracker's door took once: a digest of the signed body, so that a repeat does nothing."""

    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="arrivals")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tracker", "digest"], name="arrival_once")]

    def __str__(self) -> str:
        return self.digest
