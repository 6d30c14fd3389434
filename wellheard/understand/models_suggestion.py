"""What a voice seems to be and how it seems to feel, until a member says."""

from __future__ import annotations

from django.db import models

from wellheard.listen.models import Kind, Sentiment, Voice
from wellheard.people.models import Workspace


class Suggestion(models.Model):
    """Suggested for one voice; the probability beside each is between 0 and 1, an empty word means "not sure".

    Made once for each text and made anew while no member has sorted the voice; afterwards it stays as it was, so that it
    can be held against what the member said.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    voice = models.OneToOneField(Voice, models.CASCADE, related_name="suggestion")
    kind = models.CharField(max_length=12, choices=Kind, blank=True)
    kind_sure = models.FloatField(default=0)
    sentiment = models.CharField(max_length=8, choices=Sentiment, blank=True)
    sentiment_sure = models.FloatField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "kind", "sentiment"], name="suggestion_said")]

    def __str__(self) -> str:
        return f"{self.kind or 'not sure'} for {self.voice}"

    @property
    def kind_percent(self) -> int:
        return round(100 * self.kind_sure)

    @property
    def sentiment_percent(self) -> int:
        return round(100 * self.sentiment_sure)
