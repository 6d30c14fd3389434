"""What is suggested for voices, and how often it turns out right by what members said afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, prefetch_related_objects

from wellheard.listen.models import Voice
from wellheard.people.models import Workspace

from ..lessons import model_of
from ..models import Suggestion
from ..suggesting import FEELING, KIND


@dataclass(frozen=True, slots=True)
class Kept:
    """Of `sorted` voices for which something was suggested before a member said, `right` were said to be just that."""

    field: str
    sorted: int
    right: int
    waiting: int

    @property
    def share(self) -> float | None:
        return self.right / self.sorted if self.sorted else None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What we would say of a text; empty words mean "not sure", numbers are probabilities."""

    kind: str
    kind_sure: float
    sentiment: str
    sentiment_sure: float


def of_texts(workspace: Workspace, texts: Sequence[str]) -> list[Suggested]:
    pairs = zip(model_of(workspace, KIND).guess(texts), model_of(workspace, FEELING).guess(texts), strict=True)
    return [Suggested(k.value, k.confidence, s.value, s.confidence) for k, s in pairs]


def attach(voices: Sequence[Voice]) -> None:
    """Have `voice.suggestion` at hand, in one query for all of them."""
    prefetch_related_objects(list(voices), "suggestion")


def kept(workspace: Workspace, field: str) -> Kept:
    """`waiting`: voices that only carry the suggestion."""
    rows = Suggestion.objects.filter(workspace=workspace).exclude(**{field: ""})
    said = rows.exclude(**{f"voice__{field}": ""})
    return Kept(
        field,
        said.count(),
        said.filter(**{field: F(f"voice__{field}")}).count(),
        rows.filter(**{f"voice__{field}": ""}).count(),
    )
