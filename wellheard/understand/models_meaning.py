"""What texts mean in numbers, how a workspace wants it worked out, and what members said to a suggestion."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.listen.models import Voice
from wellheard.people.models import Workspace


class Method(models.TextChoices):
    AUTO = "", "Chosen by the languages people write in"
    ENGLISH = "english", "English sentences"
    LANGUAGES = "languages", "Sentences in sixteen languages"
    WORDS = "words", "Words alone"


class Meaning(models.Model):
    """How a workspace finds what is alike. `uses_model` lets the language model of the settings
    propose names; `themes_at` is when themes were last looked for."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="meaning")
    method = models.CharField(max_length=10, choices=Method, blank=True)
    uses_model = models.BooleanField(default=False)
    themes_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"meaning in {self.workspace}"


class Vector(models.Model):
    """A voice's text as numbers of half precision, rows of length 1; `model` says which encoder made them, `digest`
    of which text, so an edited voice is encoded anew."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    voice = models.OneToOneField(Voice, models.CASCADE, related_name="vector")
    model = models.CharField(max_length=80)
    digest = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "model", "voice"], name="vector_model")]

    def __str__(self) -> str:
        return f"{self.voice} by {self.model}"


class Refusal(models.Model):
    """A member said that a voice does not speak of a problem. Suggestions learn from it and never come back with it."""

    problem = models.ForeignKey("understand.Problem", models.CASCADE, related_name="refusals")
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="refusals")
    by = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "voice"], name="refusal_once")]

    def __str__(self) -> str:
        return f"{self.voice} is not {self.problem}"
