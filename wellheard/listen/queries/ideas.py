"""The portal's board. Hidden ideas exist for nobody outside."""

from __future__ import annotations

from dataclasses import dataclass

from wellheard.core import search
from wellheard.people.models import Person, Workspace

from ..models import Follow, Idea, IdeaStatus, Vote

PAGE = 30


@dataclass(frozen=True, slots=True)
class IdeaRow:
    idea: Idea
    voted: bool


@dataclass(frozen=True, slots=True)
class Board:
    rows: list[IdeaRow]
    total: int
    number: int
    counts: dict[str, int]

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def board(
    workspace: Workspace, visitor: Person | None, q: str = "", status: str = "", order: str = "votes", number: int = 1
) -> Board:
    """Most votes first, or newest."""
    rows = Idea.objects.filter(workspace=workspace, hidden=False)
    counts = {s: rows.filter(status=s).count() for s in IdeaStatus.values}
    if status in IdeaStatus.values:
        rows = rows.filter(status=status)
    if q:
        rows = search.matching(rows, "voice__text", q)
    total = rows.count()
    number = min(max(1, number), max(1, -(-total // PAGE)))
    ordered = rows.order_by("-posted_at", "-pk") if order == "new" else rows.order_by("-votes_count", "-pk")
    found = list(ordered.select_related("voice")[(number - 1) * PAGE : number * PAGE])
    mine = set(Vote.objects.filter(person=visitor, idea__in=found).values_list("idea", flat=True)) if visitor else set()
    return Board([IdeaRow(i, i.pk in mine) for i in found], total, number, counts)


def public_idea(workspace: Workspace, number: int) -> Idea | None:
    return Idea.objects.filter(workspace=workspace, hidden=False, pk=number).select_related("voice__author").first()


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a visitor stands to an idea."""

    voted: bool
    follows: bool


def stand(idea: Idea, visitor: Person | None) -> Stand:
    if visitor is None:
        return Stand(False, False)
    return Stand(
        Vote.objects.filter(idea=idea, person=visitor).exists(),
        Follow.objects.filter(idea=idea, person=visitor).exists(),
    )
