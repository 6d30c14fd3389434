"""What a member answers to one voice, and the news an idea's followers get."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.listen.models import StatusChange, Voice
from wellheard.people.models import Member, Person, Workspace


class Mail(models.TextChoices):
    """How far a mail has come. It is claimed before it is handed over, so none goes out twice."""

    NONE = "none", "Not by mail"
    OWED = "owed", "To be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    BOUNCED = "bounced", "Bounced"


class Reply(models.Model):
    """A member's words to one person about one voice: on their page and in the widget, and by mail where we may.

    `bulk`: one text to many, which their budget may hold back; an answer by hand is not.
    """

    Mail = Mail

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="replies")
    person = models.ForeignKey(Person, models.CASCADE, related_name="replies")
    text = models.TextField()
    by = models.CharField(max_length=120)
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    at = models.DateTimeField(db_default=Now())
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.NONE)
    next_try_at = models.DateTimeField(null=True)
    held = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField(null=True)
    bulk = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["person", "at"], name="reply_person"),
            models.Index(fields=["mail"], name="reply_mail"),
        ]

    def __str__(self) -> str:
        return f"reply to {self.person}"


class FollowNotice(models.Model):
    """A follower is owed the news that an idea's status or answer changed."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    change = models.ForeignKey(StatusChange, models.CASCADE, related_name="notices")
    person = models.ForeignKey(Person, models.CASCADE, related_name="follow_notices")
    at = models.DateTimeField(db_default=Now())
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.OWED)
    next_try_at = models.DateTimeField(null=True)
    held = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "person"], name="follow_notice_once")]
        indexes = [models.Index(fields=["mail"], name="follow_notice_mail")]

    def __str__(self) -> str:
        return f"{self.change} to {self.person}"
