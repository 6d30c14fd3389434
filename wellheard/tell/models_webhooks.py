"""Addresses of other systems that are told what happens here, and what became of each telling."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import ApiToken, Member, Workspace


def happening_key() -> str:
    """The id by which a receiver knows a repeat: the same at every try, without a dot."""
    return f"msg_{secrets.token_urlsafe(18)}"


class Webhook(models.Model):
    """One address and the kinds of happenings it is told. Its secret signs; after a rotation both sign for a while.

    `member` or `token` is who answers for it: when they may no longer, nothing more goes out until an owner takes it over.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Switched off"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    secret = models.CharField(max_length=120)
    earlier_secret = models.CharField(max_length=120, blank=True)
    earlier_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    about = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=120, blank=True)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, models.SET_NULL, null=True, related_name="+")
    by_operator = models.BooleanField(default=False)
    resting_until = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Happening(models.Model):
    """What is told, written once inside the transaction in which it happened; the body never changes."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    key = models.CharField(max_length=64, unique=True, default=happening_key)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Telling(models.Model):
    """One happening on its way to one address. `attempts` are the latest tries: when, status, milliseconds, words."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Delivered"
        FAILED = "failed", "Given up"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="tellings")
    happening = models.ForeignKey(Happening, models.CASCADE, related_name="tellings")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    attempts = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "happening"], name="telling_once")]
        indexes = [models.Index(fields=["webhook", "state", "next_try_at"], name="telling_due")]

    def __str__(self) -> str:
        return f"{self.happening} to {self.webhook}"
