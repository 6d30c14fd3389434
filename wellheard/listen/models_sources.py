"""Doors through which other systems tell us things as they happen."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Member, Workspace


def public_id() -> str:
    """The part of a door's address that tells it apart; 120 random bits, lower case (addresses of mail need that)."""
    return secrets.token_hex(15)


class Connection(models.Model):
    """One source connected to one workspace. `public_id` names it in addresses, `secret` proves who sends.

    After a rotation the earlier secret holds until `earlier_until`, so that nothing is lost on the way.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="connections")
    source = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    public_id = models.CharField(max_length=64, unique=True, default=public_id)
    secret = models.CharField(max_length=200)
    earlier_secret = models.CharField(max_length=200, blank=True)
    earlier_until = models.DateTimeField(null=True)
    switches = models.JSONField(default=list)
    paused = models.BooleanField(default=False)
    made_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """What one door was sent once: kept as it came until the work is done, then only its key and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Heard"
        ASIDE = "aside", "Left out"
        FAILED = "failed", "Failed"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=255)
    headers = models.JSONField(default=dict)
    raw = models.BinaryField(default=bytes)
    size = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    about = models.CharField(max_length=300, blank=True)
    voice = models.ForeignKey("listen.Voice", models.SET_NULL, null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="delivery_once")]
        indexes = [models.Index(fields=["connection", "-id"], name="delivery_newest")]

    def __str__(self) -> str:
        return self.key


class Knock(models.Model):
    """How often a door turned somebody away, by reason: one row per reason, so that a flood stays one row."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="knocks")
    reason = models.CharField(max_length=120)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "reason"], name="knock_once")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.count}"


class Handle(models.Model):
    """Who a member of the team is at a source: their Slack user id, for example."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    member = models.ForeignKey(Member, models.CASCADE, related_name="handles")
    source = models.CharField(max_length=20)
    outer = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "source", "outer"], name="handle_once")]

    def __str__(self) -> str:
        return f"{self.member} is {self.outer} at {self.source}"
