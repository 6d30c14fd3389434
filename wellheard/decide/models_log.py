"""What belongs to a decision in the log: opinions, dissent kept, and whom was spoken with."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Member, Workspace

from .models import Decision


class Craft(models.TextChoices):
    """From which work somebody looks at it."""

    PRODUCT = "product", "Product"
    DESIGN = "design", "Design"
    ENGINEERING = "engineering", "Engineering"
    SALES = "sales", "Sales"
    SUCCESS = "success", "Customer success"
    SUPPORT = "support", "Support"
    MARKETING = "marketing", "Marketing"
    LEADERSHIP = "leadership", "Leadership"
    OTHER = "other", "Other"


class Opinion(models.Model):
    """What a colleague thinks of a decision. Added, never changed: who thinks otherwise later adds another one.

    `name` is whose opinion it is, `written_by` who put it down for them (empty: they did so themselves); `late` when the
    decision had been published already.
    """

    class Stand(models.TextChoices):
        FOR = "for", "For it"
        AGAINST = "against", "Against it"
        UNSURE = "unsure", "Unsure"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="opinions")
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    name = models.CharField(max_length=120)
    written_by = models.CharField(max_length=120, blank=True)
    craft = models.CharField(max_length=12, choices=Craft)
    stand = models.CharField(max_length=8, choices=Stand)
    words = models.TextField()
    late = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name}: {self.get_stand_display()}"


class Consulted(models.Model):
    """Somebody inside or outside who was asked before, or told of, a decision, and what they said."""

    class How(models.TextChoices):
        ASKED = "asked", "Asked"
        TOLD = "told", "Told"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="consulted")
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    stakeholder = models.ForeignKey("decide.Stakeholder", models.CASCADE, null=True, related_name="consulted")
    name = models.CharField(max_length=200)
    how = models.CharField(max_length=5, choices=How, default=How.ASKED)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name}: {self.get_how_display().lower()}"
