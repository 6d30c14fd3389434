"""What the team sees and the public does not: what waits, an idea's votes with their doubts, its notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from wellheard.people.models import Workspace

from ..models import Board, Comment, Idea, Note, Standing, Vote
from ..services.stuffing import DOUBTS
from .ideas import with_words

PAGE = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post or comment in the queue; `key` names it in forms ("idea-7")."""

    kind: str
    thing: Idea | Comment
    idea: Idea
    text: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.thing.pk}"


@dataclass(frozen=True, slots=True)
class Queue:
    rows: list[Waiting]
    counts: dict[str, int]


def waiting_count(workspace: Workspace) -> int:
    held = {"workspace": workspace, "standing": Standing.PENDING}
    return Idea.objects.filter(**held).count() + Comment.objects.filter(**held, deleted_at=None).count()


def queue(workspace: Workspace, standing: str = Standing.PENDING) -> Queue:
    """Oldest first while they wait, newest first once decided; at most 50 at a time."""
    counts = {}
    for s in (Standing.PENDING, Standing.REFUSED, Standing.SPAM):
        held = {"workspace": workspace, "standing": s}
        counts[s.value] = Idea.objects.filter(**held).count() + Comment.objects.filter(**held, deleted_at=None).count()
    order = "" if standing == Standing.PENDING else "-"
    ideas = Idea.objects.filter(workspace=workspace, standing=standing).select_related("voice__author", "board")
    comments = Comment.objects.filter(workspace=workspace, standing=standing, deleted_at=None).select_related(
        "author", "idea__board"
    )
    rows = [
        Waiting("idea", i, i, i.body, str(i.voice.author or "Somebody"), i.posted_at)
        for i in ideas.order_by(f"{order}posted_at")[:PAGE]
    ]
    rows += [
        Waiting("comment", c, c.idea, c.text, str(c.author or c.team_name or "Somebody"), c.created_at)
        for c in comments.order_by(f"{order}created_at")[:PAGE]
    ]
    rows.sort(key=lambda r: r.at, reverse=bool(order))
    return Queue(rows[:PAGE], counts)


@dataclass(frozen=True, slots=True)
class VoteSum:
    """An idea's votes apart: counted ones of known addresses (confirmed here or by the team) and anonymous ones, and those left out."""

    verified: int
    anonymous: int
    doubtful: int
    discounted: int


def vote_sum(idea: Idea) -> VoteSum:
    counted = Q(discounted=False)
    found = Vote.objects.filter(idea=idea).aggregate(
        verified=Count("pk", filter=counted & Q(person__email__isnull=False)),
        anonymous=Count("pk", filter=counted & Q(person__email=None)),
        doubtful=Count("pk", filter=counted & ~Q(doubt="")),
        discounted=Count("pk", filter=Q(discounted=True)),
    )
    return VoteSum(**found)


@dataclass(frozen=True, slots=True)
class VoteRow:
    vote: Vote
    verified: bool
    why: list[str]


def votes(idea: Idea, only: str = "", limit: int = 200) -> list[VoteRow]:
    """Doubtful ones first, then the newest. `only`: doubtful, discounted, verified, anonymous."""
    rows = Vote.objects.filter(idea=idea).select_related("person", "came_from")
    if only == "doubtful":
        rows = rows.exclude(doubt="").filter(discounted=False)
    elif only == "discounted":
        rows = rows.filter(discounted=True)
    elif only in ("verified", "anonymous"):
        rows = rows.filter(person__email__isnull=only == "anonymous")
    found = rows.order_by("-doubt", "-at", "-pk")[:limit]
    return [
        VoteRow(v, v.person.email is not None, [DOUBTS[d] for d in v.doubt.split(",") if d in DOUBTS]) for v in found
    ]


def notes(idea: Idea) -> list[Note]:
    return list(Note.objects.filter(idea=idea).select_related("member").order_by("-created_at", "-pk"))


@dataclass(frozen=True, slots=True)
class TeamAsk:
    board: Board | None = None
    q: str = ""
    status: str = ""
    state: str = ""


def team_ideas(workspace: Workspace, ask: TeamAsk, number: int = 1) -> tuple[list[Idea], int]:
    """All ideas for the team, also hidden, merged and waiting ones, most votes first."""
    rows = Idea.objects.filter(workspace=workspace).select_related("board", "merged_into")
    if ask.board is not None:
        rows = rows.filter(board=ask.board)
    if ask.status:
        rows = rows.filter(status=ask.status)
    if ask.state == "hidden":
        rows = rows.filter(hidden=True)
    elif ask.state == "merged":
        rows = rows.exclude(merged_into=None)
    elif ask.state == "doubtful":
        rows = rows.filter(pk__in=Vote.objects.filter(discounted=False).exclude(doubt="").values("idea"))
    elif ask.state in Standing.values:
        rows = rows.filter(standing=ask.state, merged_into=None)
    elif not ask.state:
        rows = rows.filter(standing=Standing.PUBLIC, merged_into=None)
    if ask.q:
        rows = with_words(rows, ask.q)
    total = rows.count()
    return list(rows.order_by("-pinned", "-votes_count", "-pk")[(number - 1) * PAGE : number * PAGE]), total
