"""Conditions on what somebody said, for segments."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import ClassVar

import numpy as np
from django.db.models import QuerySet

from wellheard.core.clean import midnight
from wellheard.people.models import Workspace
from wellheard.people.segments.condition import Condition, Field, count_words
from wellheard.people.segments.facts import Facts, Mask, Of, keys_array
from wellheard.people.segments.own import within
from wellheard.people.segments.registry import register

from .models import Channel, Idea, Kind, Sentiment, Voice, Vote
from .sorting import being

DAYS = Field("days", "In the last days", "whole", hint="empty: ever")
CHANNEL = Field("channel", "By way of", choices=(("", "any channel"), *Channel.choices))
TIMES = Field("times", "At least so often", "whole", hint="empty: once")


class Spoken(Condition, frozen=True, kw_only=True):
    """What two layers share: some voices, counted by who spoke, or for which account."""

    days: int | None = None
    channel: str = ""
    times: int | None = None

    def check(self, workspace: Workspace) -> None:
        within(self.days)
        if self.channel and self.channel not in Channel.values:
            raise ValueError(f"{self.channel!r} is no channel. Channels: {', '.join(Channel.values)}.")
        if self.times is not None and not 1 <= self.times <= 1_000_000:
            raise ValueError("“At least so often” is 1 or more; turn the condition round for who never spoke.")

    def voices(self, facts: Facts) -> QuerySet[Voice]:
        zone = facts.workspace.time_zone
        rows = Voice.objects.filter(workspace=facts.workspace, said_at__lt=midnight(facts.on + timedelta(days=1), zone))
        if self.days is not None:
            rows = rows.filter(said_at__gte=midnight(facts.on - timedelta(days=self.days - 1), zone))
        return rows.filter(channel=self.channel) if self.channel else rows

    def counted(self, facts: Facts, of: Of) -> Mask:
        column = "author" if of == "people" else "account"
        rows = self.voices(facts).exclude(**{column: None}).values_list("pk", column)
        held = Counter(key for _, key in set(rows))
        least = self.times or 1
        return facts.side(of).holds(key for key, n in held.items() if n >= least)

    def how(self) -> str:
        parts = []
        if self.times is not None and self.times > 1:
            parts.append(f"at least {self.times} times")
        if self.channel:
            parts.append(f"by {Channel(self.channel).label.lower()}")
        if self.days is not None:
            parts.append(f"in the last {count_words(self.days, 'day')}")
        return " ".join(["", *parts])


@register
class Said(Spoken, frozen=True, kw_only=True, tag="said"):
    """Spoke. `kind` and `sentiment` as the team said, else as suggested; `text` somewhere in what they said."""

    kind: str = ""
    sentiment: str = ""
    text: str = ""

    title: ClassVar[str] = "Spoke"
    group: ClassVar[str] = "What they said"
    fields: ClassVar[tuple[Field, ...]] = (
        TIMES,
        DAYS,
        CHANNEL,
        Field(
            "kind",
            "Kind",
            choices=(("", "anything"), *(c for c in Kind.choices if c[0])),
            hint="sorted, else suggested",
        ),
        Field(
            "sentiment",
            "Feeling",
            choices=(("", "any feeling"), *(c for c in Sentiment.choices if c[0])),
            hint="said, else suggested",
        ),
        Field("text", "With the words"),
    )

    def check(self, workspace: Workspace) -> None:
        super().check(workspace)
        if self.kind and self.kind not in Kind.values:
            raise ValueError(f"{self.kind!r} is no kind. Kinds: {', '.join(k for k in Kind.values if k)}.")
        if self.sentiment and self.sentiment not in Sentiment.values:
            raise ValueError(f"{self.sentiment!r} is no feeling. Use {', '.join(s for s in Sentiment.values if s)}.")

    def voices(self, facts: Facts) -> QuerySet[Voice]:
        rows = super().voices(facts)
        if self.kind:
            rows = rows.filter(being("kind", self.kind))
        if self.sentiment:
            rows = rows.filter(being("sentiment", self.sentiment))
        return rows.filter(text__icontains=self.text) if self.text else rows

    def mask(self, facts: Facts, of: Of) -> Mask:
        return self.counted(facts, of)

    def words(self, workspace: Workspace) -> str:
        what = f" a {Kind(self.kind).label.lower()}" if self.kind else ""
        how = f" with a {self.sentiment} feeling" if self.sentiment else ""
        return f"spoke{what}{how}{f' of “{self.text}”' if self.text else ''}{self.how()}"


def ideas(workspace: Workspace) -> list[tuple[str, str]]:
    rows = Idea.objects.filter(workspace=workspace).order_by("-votes_count", "pk").values_list("pk", "title")[:300]
    return [("", "any idea"), *((str(pk), title) for pk, title in rows)]


@register
class Voted(Condition, frozen=True, kw_only=True, tag="voted"):
    """Voted for an idea on the portal; without a number for any."""

    idea: int | None = None

    asked_of: ClassVar[tuple[Of, ...]] = ("people",)
    title: ClassVar[str] = "Voted for an idea"
    group: ClassVar[str] = "What they said"
    fields: ClassVar[tuple[Field, ...]] = (Field("idea", "Idea", "thing", ideas),)

    def check(self, workspace: Workspace) -> None:
        if self.idea is not None and not Idea.objects.filter(workspace=workspace, pk=self.idea).exists():
            raise ValueError(f"there is no idea with the number {self.idea}.")

    def mask(self, facts: Facts, of: Of) -> Mask:
        before = midnight(facts.on + timedelta(days=1), facts.workspace.time_zone)
        rows = Vote.objects.filter(idea__workspace=facts.workspace, at__lt=before)
        if self.idea is not None:
            rows = rows.filter(idea=self.idea)
        return facts.people.holds(np.unique(keys_array(rows.values_list("person", flat=True))))

    def words(self, workspace: Workspace) -> str:
        if self.idea is None:
            return "voted for an idea"
        title = Idea.objects.filter(workspace=workspace, pk=self.idea).values_list("title", flat=True).first()
        return f"voted for “{title or f'idea {self.idea}, which is gone'}”"
