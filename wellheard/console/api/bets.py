"""The board over the API: where bets stand, whose they are, what the public reads of them, what they cost and bring."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router

from wellheard.decide import queries, services
from wellheard.decide.models import Bet
from wellheard.measure.reminders import waiting
from wellheard.people.access import Access

from .loop import Strict

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


def card_as_dict(card: queries.BetCard) -> dict[str, Any]:
    bet = card.bet
    return {
        "bet": bet.pk, "name": bet.name, "state": bet.state, "horizon": bet.horizon, "moscow": bet.moscow, "team": bet.team, "goal": bet.goal,
        "public": bet.public, "users": len(card.asked.users), "customers": len(card.asked.customers), "mrr_cents": card.asked.cents,
    }  # fmt: skip


def board_as_dict(access: Access, look: queries.Look) -> dict[str, Any]:
    lanes = queries.board(access.workspace, look)
    return {
        "by": look.by,
        "columns": [{"key": c.key, "name": c.name, "bets": [card_as_dict(b) for b in c.cards]} for c in lanes],
    }


@router.get("/verdicts", summary="Verdicts that are due and wait for an answer")
def verdicts(request: HttpRequest) -> dict[str, Any]:
    return {"verdicts": [w.as_dict() for w in waiting(_access(request).workspace)]}


@router.get("/board", summary="Open bets in columns")
def board(
    request: HttpRequest,
    by: str = Query("horizon", description="horizon or moscow"),
    team: str = "",
    goal: str = "",
) -> dict[str, Any]:
    if by not in queries.COLUMNS:
        raise ValueError(f"by is one of {', '.join(queries.COLUMNS)}.")
    return board_as_dict(_access(request), queries.Look(by, "", team, goal))


class MoveIn(Strict):
    by: str = Field("horizon", description="horizon or moscow")
    column: str | None = Field(None, description="now, next, later; must, should, could, wont, or empty; null: stays")
    before: int | None = Field(None, description="A bet of that column")
    way: str = Field("", description="first, last, up or down")


@router.post("/bets/{number}/move", summary="Move a bet on the board")
def move(request: HttpRequest, number: int, given: MoveIn) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    before = access.get(Bet, given.before) if given.before is not None else None
    services.place_bet(access, bet, given.by, given.column, before, given.way)
    return {"bet": bet.pk, "horizon": bet.horizon, "moscow": bet.moscow, "place": bet.place}


class FileIn(Strict):
    team: str | None = None
    goal: str | None = Field(None, description="The outcome it serves")


@router.post("/bets/{number}/file", summary="Say whose a bet is and what it serves")
def file_bet(request: HttpRequest, number: int, given: FileIn) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    team = bet.team if given.team is None else given.team
    services.file_bet(access, bet, team, bet.goal if given.goal is None else given.goal)
    return {"bet": bet.pk, "team": bet.team, "goal": bet.goal}


class PublicIn(Strict):
    public: bool
    title: str = ""
    words: str = ""


@router.post("/bets/{number}/public", summary="Put a bet on the public roadmap, or take it off")
def show_bet(request: HttpRequest, number: int, given: PublicIn) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    services.show_bet(access, bet, given.public, given.title or bet.public_title, given.words or bet.public_words)
    return {"bet": bet.pk, "public": bet.public, "title": bet.public_title, "words": bet.public_words}
