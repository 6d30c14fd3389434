"""Which dashboards somebody sees, and what they may do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from wellheard.people.access import Access
from wellheard.people.models import Member

from ..models import Dashboard, Subscription, Tile
from .words import AUDIENCES

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One dashboard in the list. `for_me`: it is meant for somebody with my title."""

    board: Dashboard
    tiles: int
    mine: bool
    first: bool
    for_me: bool
    may_change: bool


def visible(access: Access) -> QuerySet[Dashboard]:
    """The team's and one's own, without the deleted ones."""
    mine = Q(made_by=access.member) if access.member else Q(pk=None)
    return Dashboard.objects.filter(Q(shared=True) | mine, workspace=access.workspace, deleted_at=None)


def fetch(access: Access, number: int | str, deleted: bool = False) -> Dashboard:
    """Raises Http404 for what belongs to somebody else alone, and for a deleted one; `deleted`: not while it is kept."""
    board = access.get(Dashboard, number, "workspace", "made_by")
    own = access.member is not None and board.made_by_id == access.member.pk
    there = board.deleted_at is None or (deleted and board.deleted_at > timezone.now() - KEPT)
    if there and (own or board.shared):
        return board
    raise Http404(f"No dashboard with the number {str(number)[:20]} in {access.workspace.name}.")


def fetch_tile(access: Access, number: int | str) -> Tile:
    tile = access.get(Tile, number)
    tile.dashboard = fetch(access, tile.dashboard_id)
    return tile


def may_change(access: Access, board: Dashboard) -> bool:
    """Contributors change what they made, editors the team's."""
    own = access.member is not None and board.made_by_id == access.member.pk
    return (own and access.may_contribute) or (board.shared and access.may_edit)


def tiles_of(board: Dashboard) -> list[Tile]:
    return list(Tile.objects.filter(dashboard=board).order_by("position", "pk"))


def listed(access: Access, audience: str = "") -> list[Line]:
    """One's first dashboard, then those meant for one's work, then the others in their order."""
    member = access.member
    first = set(member.first_dashboards.values_list("pk", flat=True)) if member else set()
    suits = suited(member)
    rows = visible(access).select_related("made_by__user").annotate(count=Count("tiles")).order_by("position", "pk")
    lines = [
        Line(
            board, board.count, member is not None and board.made_by_id == member.pk, board.pk in first,
            bool(suits & set(board.audience)), may_change(access, board),
        )
        for board in rows
        if not audience or audience in board.audience
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (not line.first, not line.for_me))


def suited(member: Member | None) -> set[str]:
    """The audiences that somebody's title names: a product manager is of product."""
    title = (member.title if member else "").lower()
    return {word for word in AUDIENCES if word in title and word != "everyone"}


def first_of(access: Access) -> Dashboard | None:
    """The dashboard that opens first for this member, while they can see it."""
    return visible(access).filter(first_for=access.member).first() if access.member else None


def deleted(access: Access) -> list[Dashboard]:
    """Those that can still be brought back by whoever asks."""
    rows = Dashboard.objects.filter(workspace=access.workspace, deleted_at__gt=timezone.now() - KEPT)
    return [board for board in rows.order_by("-deleted_at") if may_change(access, board)]


def subscription(access: Access, board: Dashboard | None, built_in: str = "") -> Subscription | None:
    if access.member is None:
        return None
    held = Subscription.objects.filter(member=access.member)
    return held.filter(dashboard=board).first() if board else held.filter(built_in=built_in, dashboard=None).first()


def changeable(lines: Sequence[Line]) -> list[Dashboard]:
    return [line.board for line in lines if line.may_change]
