"""What is worth celebrating with people, and what of it they reached."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Account, Person, Workspace


class Milestone(models.Model):
    """A kind of achievement through the product. `words` may hold {name}, {account}, {thing}, {date}, {product}.

    What was reached before the milestone was made is known, and shown as won, but not offered: old news is no news.
    `automatic` is the team's own opt-in: then it goes out without a member looking, within the person's budget.
    """

    class Kind(models.TextChoices):
        TIMES = "times", "Did something for the first, or the Nth, time"
        ASKED = "asked", "Used what they asked for, for the first time since it shipped"
        TOGETHER = "together", "A whole number of years together"
        PAID = "paid", "Began to pay"

    class Of(models.TextChoices):
        PEOPLE = "people", "each person"
        ACCOUNTS = "accounts", "each account"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    of = models.CharField(max_length=10, choices=Of, default=Of.PEOPLE)
    event = models.CharField(max_length=200, blank=True)
    times = models.PositiveIntegerField(default=1)
    subject = models.CharField(max_length=140)
    words = models.TextField()
    automatic = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    made_by = models.CharField(max_length=120, blank=True)
    since = models.DateField()
    looked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="milestone_name_once")]

    def __str__(self) -> str:
        return self.name


class Celebration(models.Model):
    """One milestone, reached by one person or account. `occasion` tells repeats apart: the year, or the bet.

    `person` is whom it is about, or, for an account, empty; `thing` names what was reached, as it was called then.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "Offered"
        SENT = "sent", "Sent"
        WAVED = "waved", "Waved off"
        PAST = "past", "Before we looked"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="celebrations")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="celebrations")
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="celebrations")
    bet = models.ForeignKey(Bet, models.SET_NULL, null=True)
    occasion = models.CharField(max_length=24, blank=True)
    thing = models.CharField(max_length=200)
    reached_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.OFFERED)
    found_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["milestone", "person", "occasion"],
                condition=models.Q(account=None),
                name="celebration_person_once",
            ),
            models.UniqueConstraint(
                fields=["milestone", "account", "occasion"],
                condition=models.Q(person=None),
                name="celebration_account_once",
            ),
            models.CheckConstraint(condition=models.Q(person=None) ^ models.Q(account=None), name="celebration_of_one"),
        ]
        indexes = [models.Index(fields=["workspace", "state", "-reached_on"], name="celebration_list")]

    def __str__(self) -> str:
        return f"{self.milestone}: {self.person or self.account}"
