"""Closing bets with what they taught, over the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.responses import Status

from wellheard.decide.models import Bet
from wellheard.measure import learning
from wellheard.measure.models import Learning
from wellheard.people.models import Role

from .loop import Strict, _access

router = Router()


def told(made: Learning) -> dict[str, Any]:
    return {
        "bet": made.bet_id, "name": made.bet.name, "verdict": made.word, "learned": made.learned, "closed_by": made.closed_by,
        "closed_at": made.closed_at,
    }  # fmt: skip


class CloseIn(Strict):
    learned: str = ""


@router.post("/bets/{number}/close", response={201: dict[str, Any]}, summary="Close a bet with what it taught")
def close(request: HttpRequest, number: int, given: CloseIn) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    made = learning.close_bet(access, access.get(Bet, number), given.learned)
    made.refresh_from_db()
    return Status(201, told(made))


@router.post("/bets/{number}/open-again", summary="Open a closed bet again")
def open_again(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    bet = access.get(Bet, number)
    made = Learning.objects.select_related("bet").filter(workspace=access.workspace, bet=bet).first()
    if made is None:
        raise Http404("It is not closed.")
    learning.open_again(access, made)
    return {"bet": bet.pk, "closed": False}


@router.get("/learnings", summary="What closed bets taught")
def learnings(request: HttpRequest, q: str = "", offset: int = 0) -> dict[str, Any]:
    rows = learning.learnings(_access(request), q[:200])
    return {"total": rows.count(), "learnings": [told(made) for made in rows[max(0, offset) :][:100]]}
