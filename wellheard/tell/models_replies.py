"""What a member answers to one voice."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.listen.models import Voice
from wellheard.people.models import Member, Person, Workspace


class Reply(models.Model):
    """A member's words to one person about one voice: on their page and in the widget, and by mail where we may."""

    class Mail(models.TextChoices):
        NONE = "none", "Not by mail"
        OWED = "owed", "To be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        BOUNCED = "bounced", "Bounced"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="replies")
    person = models.ForeignKey(Person, models.CASCADE, related_name="replies")
    text = models.TextField()
    by = models.CharField(max_length=120)
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    at = models.DateTimeField(db_default=Now())
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.NONE)
    error = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "at"], name="reply_person"),
            models.Index(fields=["mail"], name="reply_mail"),
        ]

    def __str__(self) -> str:
        return f"reply to {self.person}"
