"""What was shipped, and who is told about it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.listen.models import Voice
from wellheard.people.models import Person, Workspace, token
from wellheard.understand.models import Problem


class Release(models.Model):
    """What was shipped: a changelog entry and its bets. Public once published."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    title = models.CharField(max_length=140)
    body = models.TextField(blank=True)
    bets = models.ManyToManyField(Bet, related_name="releases")
    shipped_on = models.DateField()
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "-published_at"], name="release_list")]

    def __str__(self) -> str:
        return self.title


class NoticeState(models.TextChoices):
    OWED = "owed", "Owed"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    REACHED = "reached", "Reached"
    BOUNCED = "bounced", "Bounced"
    OPTED_OUT = "opted_out", "Opted out"
    NO_ADDRESS = "no_address", "No address"


class Notice(models.Model):
    """One message owed or sent to one person about one release, in their own words (`voice`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    release = models.ForeignKey(Release, models.CASCADE, related_name="notices")
    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    voice = models.ForeignKey(Voice, models.SET_NULL, null=True)
    problem = models.ForeignKey(Problem, models.SET_NULL, null=True, related_name="notices")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.OWED)
    key = models.CharField(max_length=64, default=token, unique=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "person"], name="notice_once")]
        indexes = [models.Index(fields=["workspace", "state", "created_at"], name="notice_debt")]

    def __str__(self) -> str:
        return f"{self.release} to {self.person}"


class OptOut(models.Model):
    """Somebody does not want this kind of mail any more."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="opt_outs")
    purpose = models.CharField(max_length=20, default="answers")
    at = models.DateTimeField(db_default=Now())
    how = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "purpose"], name="opt_out_once")]

    def __str__(self) -> str:
        return f"{self.person}: no {self.purpose}"


# They need what stands above: so they come last.
from .models_erasing import Erasure  # noqa: E402
from .models_replies import FollowNotice, Mail, Reply  # noqa: E402

__all__ = ["Erasure", "FollowNotice", "Mail", "Reply"]
