"""How often we may write to one person, what was written, and addresses that take no mail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Lower, Now

from wellheard.people.models import Person, Workspace


class Purpose(models.TextChoices):
    """What a mail to a customer is for. Members' own mails (digests, codes) are none of these."""

    ANSWERS = "answers", "Answers to what they said"
    NEWS = "news", "News"
    SURVEYS = "surveys", "Surveys"
    INVITATIONS = "invitations", "Invitations"


def gaps() -> dict[str, int]:
    """Days between two mails of one purpose, when nothing else was set."""
    return {Purpose.ANSWERS.value: 0, Purpose.NEWS.value: 7, Purpose.SURVEYS.value: 30, Purpose.INVITATIONS.value: 14}


class Limits(models.Model):
    """A workspace's limits. `per_week` counts the last 7 days, `per_month` the last 30; `quiet_from` and `quiet_until`
    are times of day where the person lives, both or none; `gaps` is purpose → days."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="limits")
    per_week = models.PositiveSmallIntegerField(default=4)
    per_month = models.PositiveSmallIntegerField(default=10)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    gaps: models.JSONField[dict[str, int], dict[str, Any]] = models.JSONField(default=gaps)

    def __str__(self) -> str:
        return f"limits of {self.workspace}"


class Contact(models.Model):
    """One mail handed over to one person. `what` and `ref` name it, so that nothing counts twice."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts")
    purpose = models.CharField(max_length=12, choices=Purpose)
    what = models.CharField(max_length=20)
    ref = models.BigIntegerField()
    about = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "ref"], name="contact_once")]
        indexes = [
            models.Index(fields=["person", "-at"], name="contact_person"),
            models.Index(fields=["workspace", "-at"], name="contact_recent"),
            models.Index(fields=["at"], name="contact_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.person}"


class DeadAddress(models.Model):
    """An address whose mail came back for good, or whose owner called our mail spam. Nothing goes there any more."""

    class Why(models.TextChoices):
        BOUNCED = "bounced", "Mail came back"
        COMPLAINED = "complained", "Called it spam"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    address = models.EmailField(max_length=254)
    why = models.CharField(max_length=10, choices=Why)
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("address"), name="dead_address_once")]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_why_display()}"


class MailServer(models.Model):
    """The mail server, when it could not be reached: since when, what it said, when it is tried next. At most one row."""

    away_since = models.DateTimeField()
    error = models.CharField(max_length=300)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mail server away since {self.away_since}"
