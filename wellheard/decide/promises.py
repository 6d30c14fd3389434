"""Promises given to people: what each part of the product told them. Layers above decide register theirs here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from wellheard.listen.models import Idea, IdeaStatus, StatusChange
from wellheard.understand.models import Problem

from .models import Bet, Decision
from .queries.snapshot import voices_about

Thing = Bet | Problem | Idea


@dataclass(frozen=True, slots=True)
class Promise:
    """What was said when and by whom. `kind` in words ("status planned"), `page` and `number` name where it stands."""

    kind: str
    words: str
    by: str
    at: datetime
    page: str = ""
    number: int | None = None


Source = Callable[[Thing], Iterable[Promise]]
_sources: list[Source] = []


def given(source: Source) -> Source:
    """Register a function that lists promises about a thing."""
    if source not in _sources:
        _sources.append(source)
    return source


def about(on: Thing) -> list[Promise]:
    """All of them, the newest first."""
    return sorted((p for source in _sources for p in source(on)), key=lambda p: p.at, reverse=True)


PROMISING = (IdeaStatus.CONSIDERING, IdeaStatus.PLANNED, IdeaStatus.STARTED)


@given
def statuses(on: Thing) -> Iterable[Promise]:
    """Ideas that were publicly under consideration, planned or in work, with the answer that stood there."""
    ideas = [on] if isinstance(on, Idea) else Idea.objects.filter(voice__in=voices_about(on).order_by().values("pk"))
    changes = StatusChange.objects.filter(idea__in=ideas, status__in=PROMISING).select_related("idea")
    held = set()
    for change in changes.order_by("-at", "-pk"):
        if change.idea_id not in held:
            held.add(change.idea_id)
            said = change.answer or change.idea.title
            yield Promise(f"status “{change.get_status_display().lower()}”", said, change.by_name, change.at, "team_idea", change.idea_id)  # fmt: skip
    # What came with an import, or from the sample, has a status without a change that led to it.
    rows = Idea.objects.filter(pk__in=[i.pk for i in ideas], status__in=PROMISING).exclude(pk__in=held)
    for idea in rows:
        yield Promise(f"status “{idea.get_status_display().lower()}”", idea.answer or idea.title, "", idea.posted_at, "team_idea", idea.pk)  # fmt: skip


@given
def decided(on: Thing) -> Iterable[Promise]:
    """An earlier yes or not now that was published, on the same thing or on a bet about it."""
    same = {"bet": Q(bet=on), "problem": Q(problem=on) | Q(bet__problems=on), "idea": Q(idea=on)}[
        str(on._meta.model_name)
    ]
    rows = Decision.objects.filter(same, answer__in=["yes", "not_now"]).exclude(published_at=None).distinct()
    for d in rows:
        assert d.published_at is not None
        yield Promise(f"decision “{d.get_answer_display().lower()}”", d.public_reason or d.reason, d.decided_by, d.published_at, "decision", d.pk)  # fmt: skip
