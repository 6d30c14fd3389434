"""What a member writes to one person that is no answer to one voice: a celebration, an update."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Member, Person, Workspace

from .models_budget import Purpose
from .models_replies import Mail


class Letter(models.Model):
    """Words to one person: on their page, and by mail within their budget. `key` names the occasion, so that one is
    written once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, related_name="letters")
    purpose = models.CharField(max_length=12, choices=Purpose)
    subject = models.CharField(max_length=140)
    text = models.TextField()
    key = models.CharField(max_length=60)
    by = models.CharField(max_length=120)
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    at = models.DateTimeField(db_default=Now())
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.OWED)
    error = models.CharField(max_length=300, blank=True)
    held = models.CharField(max_length=300, blank=True)
    next_try_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="letter_once")]
        indexes = [
            models.Index(fields=["person", "at"], name="letter_person"),
            models.Index(fields=["mail"], name="letter_mail"),
        ]

    def __str__(self) -> str:
        return self.subject
