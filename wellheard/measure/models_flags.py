"""Feature flags, and how each was before: the lists of versions are their history."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Workspace


class Flag(models.Model):
    """What programs ask for by `key`. `definition` is as flags.definition writes it; `version` counts every change,
    also switching off and on, so that one sum tells whether anything of a workspace's flags changed.

    `algorithm` and `unit` are chosen once: with others everybody would be dealt anew.
    """

    class Kind(models.TextChoices):
        BOOLEAN = "boolean", "On or off"
        STRING = "string", "A text"
        NUMBER = "number", "A number"
        OBJECT = "object", "An object (JSON)"

    class Algorithm(models.TextChoices):
        POSTHOG = "posthog", "PostHog’s"
        GROWTHBOOK = "growthbook", "GrowthBook’s"
        GROWTHBOOK1 = "growthbook1", "GrowthBook’s first"

    class Unit(models.TextChoices):
        PERSON = "person", "each person"
        ACCOUNT = "account", "each account"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="flags")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    kind = models.CharField(max_length=8, choices=Kind)
    definition = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    algorithm = models.CharField(max_length=12, choices=Algorithm, default=Algorithm.POSTHOG)
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.PERSON)
    killed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="flag_key_once")]
        indexes = [models.Index(fields=["workspace", "archived_at"], name="flag_list")]

    def __str__(self) -> str:
        return self.name or self.key


class FlagVersion(models.Model):
    """A flag as it was from `at` on, and who made it so: one row for each version."""

    class Did(models.TextChoices):
        MADE = "made", "made it"
        CHANGED = "changed", "changed it"
        KILLED = "killed", "switched it off"
        REVIVED = "revived", "switched it on again"
        ARCHIVED = "archived", "archived it"
        RESTORED = "restored", "took it out of the archive"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    flag = models.ForeignKey(Flag, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    did = models.CharField(max_length=8, choices=Did)
    name = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    definition = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flag", "number"], name="flag_version_once")]

    def __str__(self) -> str:
        return f"{self.flag}, version {self.number}"
