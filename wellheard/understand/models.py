"""What people struggle with: problems that members confirmed, their evidence, and machine-suggested themes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.listen.models import Voice
from wellheard.people.models import Workspace


class Problem(models.Model):
    """Something people struggle with; voices are its evidence. A merged problem points at the one it went into."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=140)
    summary = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "merged_into"], name="problem_list")]

    def __str__(self) -> str:
        return self.name


class Evidence(models.Model):
    """A voice that speaks of a problem. `placed_by` is empty when a member confirmed a whole theme."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="evidence")
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="evidence")
    placed_by = models.CharField(max_length=120, blank=True)
    placed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "voice"], name="evidence_once")]

    def __str__(self) -> str:
        return f"{self.voice} → {self.problem}"


class Theme(models.Model):
    """A group of voices found by machine; only a suggestion until a member confirms it as a problem.

    Level 1 are the themes, level 2 the wider ones that hold them (`parent`). Looked for anew a theme keeps its row as
    long as most of its voices stay together; `changed` says in words what became of it that time.
    """

    class State(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        CONFIRMED = "confirmed", "Confirmed"
        DISMISSED = "dismissed", "Dismissed"
        GONE = "gone", "Gone"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=140)
    terms = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.SUGGESTED)
    level = models.PositiveSmallIntegerField(default=1)
    size = models.PositiveIntegerField(default=0)
    problem = models.ForeignKey(Problem, models.SET_NULL, null=True, related_name="themes")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="parts")
    named_by = models.CharField(max_length=120, blank=True)
    changed = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "state", "-size"], name="theme_list")]

    def __str__(self) -> str:
        return self.name


class ThemeVoice(models.Model):
    """A voice in a theme, the most central first."""

    theme = models.ForeignKey(Theme, models.CASCADE, related_name="members")
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="themes")
    rank = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "voice"], name="theme_voice_once")]

    def __str__(self) -> str:
        return f"{self.voice} in {self.theme}"


# They need the models above: so they come last.
from .models_language import Waiver  # noqa: E402
from .models_meaning import Meaning, Method, Refusal, Vector  # noqa: E402
from .models_suggestion import Suggestion  # noqa: E402

__all__ = [
    "Evidence",
    "Meaning",
    "Method",
    "Problem",
    "Refusal",
    "Suggestion",
    "Theme",
    "ThemeVoice",
    "Vector",
    "Waiver",
]
