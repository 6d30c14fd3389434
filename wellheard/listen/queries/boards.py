"""Which boards somebody sees. Every public page, feed and list asks here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from wellheard.people.access import Access
from wellheard.people.models import Person, Relation, Workspace
from wellheard.people.segments.evaluation import UnknownSegment, members
from wellheard.store import StoreError

from ..models import SEEN, Board, Idea, Standing


@dataclass(frozen=True, slots=True)
class Guest:
    """Who stands at the portal. `verified`: their address is confirmed; `team`: the access of a signed-in member."""

    workspace: Workspace
    person: Person | None = None
    team: Access | None = None

    @property
    def verified(self) -> bool:
        return self.person is not None and self.person.email is not None


def may_see(board: Board, who: Guest) -> bool:
    """Archived boards can be read, not written to. What cannot be asked just now is not shown."""
    if board.workspace_id != who.workspace.pk:
        return False
    if who.team is not None or board.sight == Board.Sight.OPEN:
        return True
    if board.sight == Board.Sight.TEAM or who.person is None or not who.verified:
        return False
    relations = Relation.objects.filter(person=who.person)
    if relations.filter(account__in=board.accounts.all()).exists():
        return True
    return any(_in(segment, who.person) for segment in board.segments.select_related("workspace"))


def _in(segment: object, person: Person) -> bool:
    try:
        found = members(segment)  # type: ignore[arg-type]
    except (UnknownSegment, StoreError):
        return False
    if found.of == "people":
        return person.pk in found.keys
    return Relation.objects.filter(person=person, account__in=found.keys).exists()


def visible(who: Guest, archived: bool = False) -> list[Board]:
    """The boards somebody sees, in the team's order."""
    rows = Board.objects.filter(workspace=who.workspace).order_by("position", "pk")
    if not archived:
        rows = rows.filter(archived_at=None)
    return [b for b in rows if may_see(b, who)]


def may_write(board: Board, who: Guest) -> str:
    """Why somebody may not vote, comment or post here: "" when they may, else archived, sign_in."""
    if board.archived_at is not None:
        return "archived"
    if who.team is None and not board.anonymous and not who.verified:
        return "sign_in"
    return ""


def may_post(board: Board, who: Guest) -> str:
    if board.posting == Board.Posting.TEAM and who.team is None:
        return "team"
    return may_write(board, who)


@dataclass(frozen=True, slots=True)
class BoardRow:
    board: Board
    ideas: int
    waiting: int


def board_rows(workspace: Workspace) -> list[BoardRow]:
    """For the team: all boards with their ideas and what waits to be looked at."""
    rows = Board.objects.filter(workspace=workspace).order_by("archived_at", "position", "pk")
    counts = {
        r["board"]: (r["seen"], r["waiting"])
        for r in Idea.objects.filter(workspace=workspace)
        .order_by()
        .values("board")
        .annotate(seen=Count("pk", filter=SEEN), waiting=Count("pk", filter=Q(standing=Standing.PENDING)))
    }
    return [BoardRow(b, *counts.get(b.pk, (0, 0))) for b in rows]
