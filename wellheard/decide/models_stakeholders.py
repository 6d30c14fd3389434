"""Who has a stake in what is built, inside and outside: how much they can do, how much it means to them, how to involve them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Member, Person, Segment, Workspace
from wellheard.understand.models import Problem


class Stakeholder(models.Model):
    """A member, a known person or a name from outside. Power and interest from 1 (little) to 5.

    `how` is how they are involved; `every_days` how often they hear from us at the least (0: only when something
    concerns them), `due` when that is next. What concerns them is said by problems, segments and topics (words that
    stand in the names of things or the tags of ideas); with none of these, `everything` decides.
    """

    class Stance(models.TextChoices):
        SUPPORTS = "supports", "Supports us"
        NEUTRAL = "neutral", "Neutral"
        CRITICAL = "critical", "Critical"
        UNKNOWN = "unknown", "Not known"

    class How(models.TextChoices):
        INFORMED = "informed", "Informed"
        CONSULTED = "consulted", "Consulted"
        DECIDING = "deciding", "Deciding"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="stakes")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="stakes")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=120, blank=True)
    power = models.PositiveSmallIntegerField()
    interest = models.PositiveSmallIntegerField()
    stance = models.CharField(max_length=8, choices=Stance, default=Stance.UNKNOWN)
    cares_about = models.TextField(blank=True)
    how = models.CharField(max_length=9, choices=How, default=How.INFORMED)
    every_days = models.PositiveSmallIntegerField(default=0)
    due = models.DateField(null=True)
    lead_days = models.PositiveSmallIntegerField(default=3)
    everything = models.BooleanField(default=False)
    problems = models.ManyToManyField(Problem, related_name="stakeholders")
    segments = models.ManyToManyField(Segment, related_name="stakeholders")
    topics = models.JSONField(default=list)
    made_at = models.DateTimeField(db_default=Now())
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(power__gte=1, power__lte=5, interest__gte=1, interest__lte=5),
                name="stake_from_1_to_5",
            )
        ]
        indexes = [models.Index(fields=["workspace", "due"], name="stake_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def inside(self) -> bool:
        return self.member_id is not None


class Touch(models.Model):
    """One time we were in touch with a stakeholder: what was said, and what for."""

    class What(models.TextChoices):
        TALKED = "talked", "Talked"
        ASKED = "asked", "Asked"
        TOLD = "told", "Told"
        HEARD = "heard", "Heard from them"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    stakeholder = models.ForeignKey(Stakeholder, models.CASCADE, related_name="touches")
    decision = models.ForeignKey("decide.Decision", models.SET_NULL, null=True, related_name="touches")
    what = models.CharField(max_length=6, choices=What)
    note = models.TextField()
    on = models.DateField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["stakeholder", "-on"], name="touch_journal")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.stakeholder}"
