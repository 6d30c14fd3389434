"""Experiments: what was planned before the start, and what each look found."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace


class Experiment(models.Model):
    """Variants of a flag against each other. Its plan is locked when it starts, like a bet's.

    `variants` is a list of {key, share}, the control first; shares are weights. `metrics` are what is compared, as
    measure.trials.plan.MetricPlan tells them, the primary one first. `planned_total` is how many people or accounts it
    takes; open-ended ones have none. `apart` is what it is looked at apart by, as measure.trials.apart says it. `window_days` is how long each is watched after first seeing a variant, `before_days`
    how far back what they did before is looked at.
    """

    class Unit(models.TextChoices):
        PERSON = "person", "person"
        ACCOUNT = "account", "account"

    class Method(models.TextChoices):
        FIXED = "fixed", "one look, at the planned end"
        SPENDING = "spending", "several looks up to a planned end"
        SEQUENCE = "sequence", "any number of looks, no planned end"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        CONCLUDED = "concluded", "Concluded"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=140)
    hypothesis = models.TextField(blank=True)
    bet = models.ForeignKey(Bet, models.SET_NULL, null=True, related_name="experiments")
    flag = models.CharField(max_length=200)
    unit = models.CharField(max_length=7, choices=Unit, default=Unit.PERSON)
    variants = models.JSONField(default=list)
    metrics = models.JSONField(default=list)
    method = models.CharField(max_length=8, choices=Method, default=Method.SPENDING)
    alpha = models.FloatField(default=0.05)
    planned_total = models.PositiveIntegerField(null=True)
    window_days = models.PositiveSmallIntegerField(default=14)
    before_days = models.PositiveSmallIntegerField(default=28)
    apart = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.TextField(blank=True)
    chosen = models.CharField(max_length=100, blank=True)  # the variant that everybody gets
    learned = models.TextField(blank=True)
    made_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "flag"], condition=models.Q(state="running"), name="experiment_one_running_a_flag"
            )
        ]
        indexes = [models.Index(fields=["workspace", "state", "-created_at"], name="experiment_list")]

    def __str__(self) -> str:
        return self.name

    @property
    def locked(self) -> bool:
        return self.state != self.State.DRAFT


class Look(models.Model):
    """One look at an experiment: `total` people or accounts whose window was full, and the report as it was then."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="experiment_looks")
    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="looks")
    total = models.PositiveIntegerField()
    report = models.JSONField(default=dict)
    by = models.CharField(max_length=120, blank=True)
    taken_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["experiment", "-taken_at"], name="look_newest")]

    def __str__(self) -> str:
        return f"{self.experiment}, look at {self.total}"
