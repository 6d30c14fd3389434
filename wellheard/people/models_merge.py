"""Who turned out to be the same: merges, with all it takes to undo them, and what the gone one is still known by."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .models import Account, Person, Segment, Workspace


class Merge(models.Model):
    """One person, or account, became part of another. The row of the gone one is deleted, so nothing that lists or
    counts has to leave it out; `steps` are what was done, in order, with whole rows where rows went away.

    `kept` and `gone` are plain numbers: the kept one may itself be merged away later.
    """

    class Origin(models.TextChoices):
        HAND = "hand", "By hand"
        EVENTS = "events", "Your product said so"
        ADDRESS = "address", "They confirmed the address"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    of = models.CharField(max_length=8, choices=Segment.Of)
    kept = models.BigIntegerField()
    gone = models.BigIntegerField()
    kept_name = models.CharField(max_length=254)
    gone_name = models.CharField(max_length=254)
    take = models.JSONField(default=list)
    steps = models.JSONField(default=list)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.HAND)
    made_by = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    undone_by = models.CharField(max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True)
    left = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "of", "kept"], name="merge_kept"),
            models.Index(fields=["workspace", "of", "gone"], name="merge_gone"),
        ]

    def __str__(self) -> str:
        return f"{self.gone_name} into {self.kept_name}"


class PersonKey(models.Model):
    """What somebody merged away was known by; it leads to the person who was kept."""

    class Kind(models.TextChoices):
        ID = "id", "Your id"
        EMAIL = "email", "E-mail address"
        PAGE = "page", "Address of their page"
        NUMBER = "number", "Number in the events"
        MAIL = "mail", "Link in a mail"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, related_name="keys")
    merge = models.ForeignKey(Merge, models.CASCADE, related_name="person_keys")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=255)

    class Meta:
        indexes = [models.Index(fields=["workspace", "kind", "value"], name="person_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class AccountKey(models.Model):
    """What an account merged away was known by. Names are kept in small letters."""

    class Kind(models.TextChoices):
        ID = "id", "Your id"
        NAME = "name", "Name"
        NUMBER = "number", "Number in the events"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    account = models.ForeignKey(Account, models.CASCADE, related_name="keys")
    merge = models.ForeignKey(Merge, models.CASCADE, related_name="account_keys")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=255)

    class Meta:
        indexes = [models.Index(fields=["workspace", "kind", "value"], name="account_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
