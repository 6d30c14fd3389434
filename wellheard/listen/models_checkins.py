"""Check-ins: talking with a person or an account every so often, on our own initiative."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Account, Member, Person, Workspace

from .models import Voice


class CheckIn(models.Model):
    """A cadence: with one person, or one account, every so many days. `due` is the day of the next one."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="check_ins")
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="check_ins")
    every_days = models.PositiveIntegerField()
    responsible = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="check_ins")
    due = models.DateField()
    about = models.TextField(blank=True)
    stopped_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "check-in"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None, account__isnull=False) | models.Q(person__isnull=False, account=None),
                name="check_in_with_one",
            ),
            models.CheckConstraint(condition=models.Q(every_days__gte=1), name="check_in_every_day_at_most"),
        ]
        indexes = [models.Index(fields=["workspace", "stopped_at", "due"], name="check_in_due")]

    def __str__(self) -> str:
        return f"check-in with {self.whom}"

    @property
    def whom(self) -> Person | Account:
        found = self.person or self.account
        assert found is not None
        return found


class Talk(models.Model):
    """What became of one check-in: held, with what was heard, or not held, with the reason."""

    class What(models.TextChoices):
        HELD = "held", "Held"
        SKIPPED = "skipped", "Skipped"
        POSTPONED = "postponed", "Postponed"

    class Mood(models.TextChoices):
        UNSAID = "", "Not said"
        GOOD = "good", "Good"
        MIXED = "mixed", "Mixed"
        BAD = "bad", "Bad"

    check_in = models.ForeignKey(CheckIn, models.CASCADE, related_name="talks")
    what = models.CharField(max_length=9, choices=What)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=120, blank=True)
    was_due = models.DateField()
    next_due = models.DateField()
    mood = models.CharField(max_length=5, choices=Mood, blank=True)
    note = models.TextField(blank=True)
    voices = models.ManyToManyField(Voice, related_name="talks")

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.check_in}"
