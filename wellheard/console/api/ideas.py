"""The portal over the API, for the team: boards, ideas, comments, votes, notes, the queue, merging."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from wellheard.listen.models import Board, Comment, Idea, IdeaStatus, Standing, Vote
from wellheard.listen.queries import moderation as reads
from wellheard.listen.queries.boards import board_rows
from wellheard.listen.queries.ideas import with_words
from wellheard.listen.services import boards, comments, curating, ideas, moderation, stuffing
from wellheard.listen.services.voices import author
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Role, Segment

from .loop import Strict, _access

router = Router()


class BoardIn(Strict):
    name: str
    slug: str = Field("", description="Made from the name when empty")
    description: str = ""
    sight: str = Field("open", description="open, chosen or team")
    posting: str = Field("anybody", description="anybody (who sees it) or team")
    counted: str = Field("all", description="The public number: all votes, or verified ones")
    anonymous: bool = True
    moderated: bool = False
    segments: list[int] = []
    accounts: list[int] = []


class BoardPatch(Strict):
    name: str | None = None
    slug: str | None = None
    description: str | None = None
    sight: str | None = None
    posting: str | None = None
    counted: str | None = None
    anonymous: bool | None = None
    moderated: bool | None = None
    archived: bool | None = None
    position: int | None = Field(None, ge=0, le=999)
    segments: list[int] | None = None
    accounts: list[int] | None = None


def _board(board: Board) -> dict[str, Any]:
    return {
        "id": board.pk, "name": board.name, "slug": board.slug, "description": board.description, "sight": board.sight,
        "posting": board.posting, "counted": board.counted, "anonymous": board.anonymous, "moderated": board.moderated,
        "position": board.position, "archived": board.archived_at is not None,
        "segments": sorted(board.segments.values_list("pk", flat=True)),
        "accounts": sorted(board.accounts.values_list("pk", flat=True)),
    }  # fmt: skip


def _things(access: Access, values: dict[str, Any]) -> dict[str, Any]:
    if values.get("segments") is not None:
        values["segments"] = [access.get(Segment, pk) for pk in values["segments"]]
    if values.get("accounts") is not None:
        values["accounts"] = [access.get(Account, pk) for pk in values["accounts"]]
    return values


@router.get("/boards", summary="Boards of the portal, archived ones last")
def list_boards(request: HttpRequest) -> dict[str, Any]:
    rows = board_rows(_access(request).workspace)
    return {"boards": [{**_board(r.board), "ideas": r.ideas, "waiting": r.waiting} for r in rows]}


@router.post("/boards", response={201: dict[str, Any]}, summary="Make a board")
def add_board(request: HttpRequest, given: BoardIn) -> Any:
    access = _access(request)
    values = _things(access, given.dict())
    return Status(201, _board(boards.make_board(access, values.pop("name"), values.pop("slug"), **values)))


@router.patch("/boards/{number}", summary="Change what is given of a board")
def change_board(request: HttpRequest, number: int, given: BoardPatch) -> dict[str, Any]:
    access = _access(request)
    held = access.get(Board, number)
    values = {k: v for k, v in given.dict(exclude_unset=True).items() if v is not None}
    return _board(boards.change_board(access, held, **_things(access, values)))


class IdeaOut(Schema):
    id: int
    board_id: int
    voice_id: int
    title: str
    body: str
    status: str
    answer: str
    standing: str
    hidden: bool
    pinned: bool
    comments_locked: bool
    merged_into_id: int | None
    votes_count: int
    verified_count: int
    comments_count: int
    tags: list[str]
    author_id: int | None
    posted_at: datetime

    @staticmethod
    def resolve_tags(held: Idea) -> list[str]:
        return sorted(t.name for t in held.tags.all())

    @staticmethod
    def resolve_author_id(held: Idea) -> int | None:
        return held.voice.author_id


class IdeaIn(Strict):
    title: str
    text: str = ""
    who: str = Field(description="E-mail address, id or name of the person whose idea it is")
    board: int | None = None


class IdeaPatch(Strict):
    title: str | None = None
    board: int | None = None
    tags: list[str] | None = None
    status: str | None = None
    answer: str | None = None
    pinned: bool | None = None
    hidden: bool | None = None
    comments_locked: bool | None = None


@router.get("/ideas", response=list[IdeaOut], summary="Ideas, newest first, also hidden, waiting and merged ones")
def list_ideas(
    request: HttpRequest,
    board: int | None = None,
    status: str = "",
    standing: str = "",
    tag: str = "",
    q: str = Query("", max_length=200),
    before: int | None = Query(None, description="Only ideas with a smaller id: the next page"),
    limit: int = Query(50, ge=1, le=500),
) -> Any:
    access = _access(request)
    rows = Idea.objects.filter(workspace=access.workspace)
    for name, value, choices in (("status", status, IdeaStatus.values), ("standing", standing, Standing.values)):
        if value and value not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}.")
        if value:
            rows = rows.filter(**{name: value})
    if board is not None:
        rows = rows.filter(board=access.get(Board, board))
    if tag:
        rows = rows.filter(tags__name__iexact=tag)
    if q.strip():
        rows = with_words(rows, q)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.select_related("voice").prefetch_related("tags").order_by("-pk")[:limit])


@router.get("/ideas/{number}", response=IdeaOut, summary="One idea")
def one_idea(request: HttpRequest, number: int) -> Any:
    return _access(request).get(Idea, number, "voice")


@router.post("/ideas", response={201: IdeaOut}, summary="Post an idea on somebody's behalf")
def add_idea(request: HttpRequest, given: IdeaIn) -> Any:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    board = access.get(Board, given.board) if given.board is not None else None
    with transaction.atomic():
        person = _person(access, given.who)
        return Status(201, ideas.post(access.workspace, person, given.title, given.text, board, on_behalf=access))


def _person(access: Access, who: str) -> Person:
    found = author(access, who)
    if found is None:
        raise ValueError("who: write an e-mail address, an id or a name.")
    return found


@router.patch("/ideas/{number}", response=IdeaOut, summary="Change what is given of an idea")
def change_idea(request: HttpRequest, number: int, given: IdeaPatch) -> Any:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    held = access.get(Idea, number, "voice")
    with transaction.atomic():
        if given.title is not None:
            curating.retitle(access, held, given.title)
        if given.board is not None:
            curating.move(access, held, access.get(Board, given.board))
        if given.tags is not None:
            curating.tag(access, held, given.tags)
        for what in curating.SWITCHES:
            if (on := getattr(given, what)) is not None:
                curating.switch(access, held, what, on)
        if given.status is not None or given.answer is not None:
            status = held.status if given.status is None else given.status
            if status not in IdeaStatus.values:
                raise ValueError(f"status is one of {', '.join(IdeaStatus.values)}.")
            ideas.answer(access, held, IdeaStatus(status), held.answer if given.answer is None else given.answer)
    return access.get(Idea, number, "voice")


class CommentOut(Schema):
    id: int
    idea_id: int
    reply_to: int | None = Field(None, alias="parent_id")
    text: str
    author_id: int | None
    team_name: str
    standing: str
    created_at: datetime
    edited_at: datetime | None


class CommentIn(Strict):
    text: str
    who: str = Field("", description="On whose behalf; empty: the team itself")
    reply_to: int | None = None


@router.get("/ideas/{number}/comments", response=list[CommentOut], summary="Comments of an idea, oldest first")
def list_comments(request: HttpRequest, number: int) -> Any:
    found = _access(request).get(Idea, number)
    return list(Comment.objects.filter(idea=found, deleted_at=None).order_by("created_at", "pk")[:2000])


@router.post(
    "/ideas/{number}/comments", response={201: CommentOut}, summary="Comment as the team or on somebody's behalf"
)
def add_comment(request: HttpRequest, number: int, given: CommentIn) -> Any:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    parent = access.get(Comment, given.reply_to, "parent") if given.reply_to is not None else None
    with transaction.atomic():
        person = _person(access, given.who) if given.who.strip() else None
        return Status(201, comments.comment(found, given.text, person=person, team=access, parent=parent))


class VoteIn(Strict):
    who: str


class DiscountIn(Strict):
    votes: list[int]
    on: bool = Field(True, description="false: count them again")


@router.get("/ideas/{number}/votes", summary="Votes of an idea, doubtful ones first, with what speaks against them")
def list_votes(
    request: HttpRequest, number: int, only: str = "", limit: int = Query(200, ge=1, le=5000)
) -> dict[str, Any]:
    found = _access(request).get(Idea, number)
    if only not in ("", "doubtful", "discounted", "verified", "anonymous"):
        raise ValueError("only is one of doubtful, discounted, verified, anonymous.")
    counted = reads.vote_sum(found)
    return {
        "verified": counted.verified, "anonymous": counted.anonymous, "doubtful": counted.doubtful,
        "discounted": counted.discounted,
        "votes": [
            {"id": r.vote.pk, "person": r.vote.person_id, "at": r.vote.at, "verified": r.verified, "why": r.why,
             "discounted": r.vote.discounted, "placed_by": r.vote.placed_by, "came_from": r.vote.came_from_id}
            for r in reads.votes(found, only, limit)
        ],
    }  # fmt: skip


@router.post("/ideas/{number}/votes", summary="Vote on somebody's behalf")
def add_vote(request: HttpRequest, number: int, given: VoteIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    with transaction.atomic():
        person = _person(access, given.who)
        added = ideas.vote(found, person, on_behalf=access)
    return {"idea": found.pk, "person": person.pk, "added": added}


@router.post("/ideas/{number}/votes/discount", summary="Leave votes out of the counts, or take them in again")
def discount_votes(request: HttpRequest, number: int, given: DiscountIn) -> dict[str, int]:
    access = _access(request)
    found = access.get(Idea, number)
    chosen = list(Vote.objects.filter(idea=found, pk__in=given.votes[:5000]))
    if len(chosen) != len(set(given.votes)):
        raise Http404("Not all of these votes are votes of this idea.")
    return {"changed": stuffing.discount(access, found, chosen, given.on)}


class NoteIn(Strict):
    text: str


class NoteOut(Schema):
    id: int
    by_name: str
    text: str
    created_at: datetime


@router.get("/ideas/{number}/notes", response=list[NoteOut], summary="The team's notes on an idea, newest first")
def list_notes(request: HttpRequest, number: int) -> Any:
    return reads.notes(_access(request).get(Idea, number))


@router.post("/ideas/{number}/notes", response={201: NoteOut}, summary="Note something for the team alone")
def add_note(request: HttpRequest, number: int, given: NoteIn) -> Any:
    access = _access(request)
    return Status(201, curating.note(access, access.get(Idea, number), given.text))


class MergeIn(Strict):
    into: int


@router.post("/ideas/{number}/merge", response=IdeaOut, summary="Let an idea go on as part of another")
def merge(request: HttpRequest, number: int, given: MergeIn) -> Any:
    access = _access(request)
    curating.merge(access, access.get(Idea, number), access.get(Idea, given.into))
    return access.get(Idea, number, "voice")


@router.post("/ideas/{number}/unmerge", response=IdeaOut, summary="Undo a merge")
def unmerge(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    curating.unmerge(access, access.get(Idea, number))
    return access.get(Idea, number, "voice")


class DecideIn(Strict):
    standing: str = Field(description="public, refused, spam, or pending again")
    ideas: list[int] = []
    comments: list[int] = []
    reason: str = ""


@router.get("/queue", summary="What waits for the team, oldest first")
def queue(request: HttpRequest, standing: str = "pending") -> dict[str, Any]:
    if standing not in ("pending", "refused", "spam"):
        raise ValueError("standing is one of pending, refused, spam.")
    found = reads.queue(_access(request).workspace, standing)
    return {
        "counts": found.counts,
        "waiting": [{"kind": r.kind, "id": r.thing.pk, "idea": r.idea.pk, "title": r.idea.title, "text": r.text, "by": r.by,
                     "at": r.at, "reason": r.thing.reason} for r in found.rows],
    }  # fmt: skip


@router.post("/queue", summary="Publish or refuse what waits")
def decide(request: HttpRequest, given: DecideIn) -> dict[str, int]:
    access = _access(request)
    if given.standing not in Standing.values:
        raise ValueError(f"standing is one of {', '.join(Standing.values)}.")
    things: Sequence[Idea | Comment] = [
        *(access.get(Idea, pk) for pk in given.ideas[:500]),
        *(access.get(Comment, pk, "idea") for pk in given.comments[:500]),
    ]
    return {"changed": len(moderation.decide(access, things, Standing(given.standing), given.reason))}
