"""Before a no is published: who of the team it hurts, words to use, and what else can be done afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Account, Member, Workspace

from .models import Decision


class Acknowledgement(models.Model):
    """A colleague whose accounts or relayed voices a decision touches, and whether they have said that they know.

    `by` wrote it down when it was somebody else. `remind_at` is when the next mail about it is due, `mails` how many
    went out.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="acknowledgements")
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="acknowledgements")
    name = models.CharField(max_length=120)
    asked_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=120, blank=True)
    remind_at = models.DateTimeField(null=True)
    mails = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "name"], name="acknowledgement_once"),
        ]
        indexes = [models.Index(fields=["remind_at"], name="acknowledgement_mail")]

    def __str__(self) -> str:
        return f"{self.name} on {self.decision}"


class Audience(models.TextChoices):
    """Who needs words about a decision."""

    SALES = "sales", "Sales"
    SUCCESS = "success", "Customer success"
    SUPPORT = "support", "Support"
    ACCOUNT = "account", "The account"
    PERSON = "person", "The person who asked"


class Brief(models.Model):
    """Words for one audience as a member edited them; without a row they are written from the template."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="briefs")
    audience = models.CharField(max_length=8, choices=Audience)
    words = models.TextField()
    edited_by = models.CharField(max_length=120)
    edited_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "audience"], name="brief_once")]

    def __str__(self) -> str:
        return f"{self.get_audience_display()}: {self.decision}"


class FollowUp(models.Model):
    """What else we can do for an account (or for nobody in particular) after a decision; tracked until it is closed."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Given up"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="follow_ups")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="follow_ups")
    what = models.CharField(max_length=400)
    owner = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="follow_ups")
    owner_name = models.CharField(max_length=120)
    due = models.DateField()
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    note = models.TextField(blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    closed_by = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "state", "due"], name="follow_up_due")]

    def __str__(self) -> str:
        return self.what
