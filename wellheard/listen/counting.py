"""Counts of ideas, anew from their rows: votes, those of confirmed addresses, heat, comments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import log2

from .models import Comment, Idea, Standing, Vote

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HALF = 14 * 86_400
COLD = -1000.0


def beneath(pk: int) -> list[int]:
    """The ideas merged into this one, and into those."""
    found: list[int] = []
    level = [pk]
    while level:
        level = list(Idea.objects.filter(merged_into__in=level).exclude(pk__in=found).values_list("pk", flat=True))
        found += level
    return found


def weight_at(at: datetime) -> float:
    return (at - EPOCH).total_seconds() / HALF


def recount_ideas(ideas: Iterable[int]) -> None:
    """Inside a transaction that holds them: votes and comments counted anew."""
    for pk in ideas:
        rows = list(Vote.objects.filter(idea=pk, discounted=False).values_list("at", "person__email"))
        weights = [weight_at(at) for at, _ in rows]
        top = max(weights, default=0.0)
        Idea.objects.filter(pk=pk).update(
            votes_count=len(rows),
            verified_count=sum(1 for _, email in rows if email),
            heat=top + log2(sum(2 ** max(w - top, -60) for w in weights)) if weights else COLD,
            comments_count=Comment.objects.filter(
                idea__in=[pk, *beneath(pk)], standing=Standing.PUBLIC, deleted_at=None
            ).count(),
        )
