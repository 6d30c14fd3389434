"""The outcome ledger: each time a bet was judged, with the verdict's numbers as they were. Dashboards: questions kept side
by side, and who wants them by mail. And what people do who have a problem."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Member, Workspace, token
from wellheard.understand.models import Problem


class Outcome(models.Model):
    """One measurement of a bet; the newest counts, the earlier ones are its history."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, related_name="outcomes")
    word = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    asked = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()
    pieces = models.JSONField(default=dict)
    release_week = models.DateField()
    measured_to = models.DateField()
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "bet", "-measured_at"], name="outcome_newest")]

    def __str__(self) -> str:
        return f"{self.bet}: {self.word}"


class Dashboard(models.Model):
    """Questions side by side. Its maker's own until it is shared with the team; a deleted one can be brought back."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True)
    audience = models.JSONField(default=list)
    shared = models.BooleanField(default=False)
    made_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="dashboards")
    first_for = models.ManyToManyField(Member, related_name="first_dashboards")
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "position"], name="dashboard_order")]

    def __str__(self) -> str:
        return self.name


class Tile(models.Model):
    """One question, or a note, on a dashboard. `words` are the question's; `period` says over which days it is asked
    each time anew ("28", "month"), or "fixed": the words' own days."""

    class Size(models.TextChoices):
        THIRD = "third", "a third"
        HALF = "half", "half"
        FULL = "full", "full width"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="tiles")
    title = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=20)
    words = models.JSONField(default=dict)
    period = models.CharField(max_length=8, default="90")
    note = models.TextField(blank=True)
    size = models.CharField(max_length=5, choices=Size, default=Size.HALF)
    position = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["dashboard", "position"], name="tile_order")]

    def __str__(self) -> str:
        return self.title or self.kind


class Subscription(models.Model):
    """A member wants a dashboard, or a built-in one, by mail. `due_at` is the next time; `claimed_at` is set while that
    mail is on its way, so that no second worker sends it."""

    class Every(models.TextChoices):
        DAY = "day", "every day"
        WEEK = "week", "every Monday"
        MONTH = "month", "on the first of each month"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    member = models.ForeignKey(Member, models.CASCADE, related_name="subscriptions")
    dashboard = models.ForeignKey(Dashboard, models.CASCADE, null=True, related_name="subscriptions")
    built_in = models.CharField(max_length=20, blank=True)
    every = models.CharField(max_length=5, choices=Every)
    key = models.CharField(max_length=64, default=token, unique=True)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "dashboard"], name="subscription_once"),
            models.UniqueConstraint(
                fields=["member", "built_in"], condition=~models.Q(built_in=""), name="subscription_built_in_once"
            ),
            models.CheckConstraint(
                condition=models.Q(dashboard=None) ^ models.Q(built_in=""), name="subscription_is_of_one"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="subscription_due")]

    def __str__(self) -> str:
        return f"{self.dashboard or self.built_in}, {self.get_every_display()}, for {self.member}"


class Pattern(models.Model):
    """What people do who have a problem, whether or not they speak: a rule of people, as segments have them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="patterns")
    name = models.CharField(max_length=120)
    rule = models.JSONField(default=dict)
    made_by = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "name"], name="pattern_name_once")]

    def __str__(self) -> str:
        return self.name


# They need what stands above: so they come last.
from .models_celebrating import Celebration, Milestone  # noqa: E402
from .models_experiments import Experiment, Look  # noqa: E402
from .models_flags import Flag, FlagVersion  # noqa: E402
from .models_learning import Learning  # noqa: E402
from .models_staged import Drawn, Staging  # noqa: E402
from .models_watch import Fading, Relook, SelfCheck  # noqa: E402

__all__ = [
    "Celebration", "Dashboard", "Drawn", "Experiment", "Fading", "Flag", "FlagVersion", "Learning", "Look", "Milestone", "Outcome",
    "Pattern", "Relook", "SelfCheck", "Staging", "Subscription", "Tile",
]  # fmt: skip
