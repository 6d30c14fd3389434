"""What was shipped, and who is told about it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Voice
from wellheard.people.models import Person, Segment, Workspace, token
from wellheard.understand.models import Problem


class Release(models.Model):
    """What was shipped: a changelog entry and its bets. Public once published, or for the `audience` alone."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    title = models.CharField(max_length=140)
    body = models.TextField(blank=True)
    bets = models.ManyToManyField(Bet, related_name="releases")
    audience = models.ForeignKey(Segment, models.PROTECT, null=True, related_name="+")
    shipped_on = models.DateField()
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "-published_at"], name="release_list")]

    def __str__(self) -> str:
        return self.title


# What a notice is about, to be read with it.
ABOUT = ("release", "decision__bet", "decision__problem", "decision__idea")


def public(now: datetime) -> models.Q:
    """Notices about something that was public by then."""
    return models.Q(release__published_at__lte=now) | models.Q(decision__published_at__lte=now)


def called(decision: Decision) -> str:
    """What a decision's thing is called outside: a bet by its public title, where it has one."""
    on = decision.on
    return (on.public_title if isinstance(on, Bet) else "") or str(on)


class NoticeState(models.TextChoices):
    OWED = "owed", "Owed"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    REACHED = "reached", "Reached"
    BOUNCED = "bounced", "Bounced"
    OPTED_OUT = "opted_out", "Opted out"
    NO_ADDRESS = "no_address", "No address"


class Notice(models.Model):
    """One message owed or sent to one person about one release or one published decision, in their own words (`voice`).

    `held` says why the budget makes it wait until `next_try_at`; empty when nothing does.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    release = models.ForeignKey(Release, models.CASCADE, null=True, related_name="notices")
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, related_name="notices")
    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    voice = models.ForeignKey(Voice, models.SET_NULL, null=True)
    problem = models.ForeignKey(Problem, models.SET_NULL, null=True, related_name="notices")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.OWED)
    key = models.CharField(max_length=64, default=token, unique=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    held = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "person"], name="notice_once"),
            models.UniqueConstraint(fields=["decision", "person"], name="notice_once_decided"),
            models.CheckConstraint(
                condition=models.Q(release__isnull=False, decision__isnull=True)
                | models.Q(release__isnull=True, decision__isnull=False),
                name="notice_about_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "state", "created_at"], name="notice_debt")]

    def __str__(self) -> str:
        return f"{self.thing} to {self.person}"

    @property
    def thing(self) -> Release | Decision:
        """What they are told about."""
        found = self.release or self.decision
        assert found is not None
        return found

    @property
    def title(self) -> str:
        """What it is called to those who asked, without the verdict."""
        return self.release.title if self.release else called(self.decision) if self.decision else ""

    @property
    def words(self) -> str:
        """What was done or decided, and why, as Markdown."""
        if self.decision:  # never `reason`: that is the team's own
            return self.decision.public_reason
        return self.release.body if self.release else ""

    @property
    def public_at(self) -> datetime | None:
        """When what they are told became public."""
        return self.thing.published_at


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
from .models_budget import Contact, DeadAddress, Limits, MailServer, Purpose  # noqa: E402
from .models_erasing import Erasure  # noqa: E402
from .models_letters import Letter  # noqa: E402
from .models_replies import FollowNotice, Mail, Reply  # noqa: E402
from .models_targets import Targets  # noqa: E402
from .models_webhooks import Happening, Telling, Webhook  # noqa: E402
from .models_wording import Wording  # noqa: E402

__all__ = ["Erasure", "FollowNotice", "Happening", "Mail", "Reply", "Telling", "Webhook"]
__all__ += ["Contact", "DeadAddress", "Limits", "MailServer", "Purpose", "Wording"]
__all__ = [
    "Contact", "DeadAddress", "Erasure", "FollowNotice", "Happening", "Letter", "Limits", "Mail", "MailServer", "Purpose", "Reply", "Telling",
    "Webhook",
]  # fmt: skip
__all__ += ["Contact", "DeadAddress", "Limits", "MailServer", "Purpose", "Targets", "Wording"]
