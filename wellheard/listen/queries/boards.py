"""Which boards somebody sees. Every public page, feed and list asks here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Merge, Person, Relation, Segment, SegmentMember, Workspace

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
    """Archived boards can be read, not written to."""
    if board.workspace_id != who.workspace.pk:
        return False
    if who.team is not None or board.sight == Board.Sight.OPEN:
        return True
    if board.sight == Board.Sight.TEAM or who.person is None or not who.verified:
        return False
    return _chosen(board, who.person)


def _chosen(board: Board, person: Person) -> bool:
    """Whether the team chose this person: on a list of the board, or of one of its accounts.

    Only what the team itself said opens a door. Anybody can send events in a stranger's name, and events make people
    use accounts, meet live segments and become one: none of that counts here.
    """
    if _joined_by_events(person):
        return False
    lists = SegmentMember.objects.filter(segment__in=board.segments.filter(live=False))
    if lists.filter(person=person).exists():
        return True
    named = Q(account__in=board.accounts.all()) | Q(account__in=lists.exclude(account=None).values("account"))
    relations = list(Relation.objects.filter(named, person=person))
    if any(r.buys or r.administers or r.champions for r in relations):  # events never say that
        return True
    said = Entry.objects.filter(
        workspace_id=board.workspace_id, verb="relation.set", thing="relation", thing_id__in=[r.pk for r in relations],
        actor_kind__in=["member", "token", "command"],
    )  # fmt: skip
    used = {r.pk for r in relations if r.uses}
    return bool(used) and any(e.thing_id in used and e.data.get("person") == person.pk for e in said)


def _joined_by_events(person: Person) -> bool:
    """Whether events, which anybody can send, made somebody else part of this person, also of who was merged before."""
    seen: set[int] = set()
    level = {person.pk}
    while level:
        seen |= level
        made = list(
            Merge.objects.filter(of=Segment.Of.PEOPLE, kept__in=level, undone_at=None).values_list("gone", "origin")
        )
        if any(origin == Merge.Origin.EVENTS for _, origin in made):
            return True
        level = {gone for gone, _ in made} - seen
    return False


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
