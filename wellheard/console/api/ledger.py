"""The outcome ledger over the API: its lines, narrowed, and one verdict with what stands beside it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router

from wellheard.decide.models import Bet
from wellheard.measure.beside import whole
from wellheard.measure.filtering import Chosen, narrowed
from wellheard.measure.models import Outcome

from .loop import _access

router = Router()
MaybeFrom = Annotated[date | None, Query(alias="from")]
MaybeTo = Annotated[date | None, Query(alias="to")]


@router.get("/outcomes", summary="The ledger")
def outcomes(
    request: HttpRequest, team: str = "", goal: str = "", verdict: str = "", kind: str = "",
    since: MaybeFrom = None, until: MaybeTo = None,
) -> dict[str, Any]:  # fmt: skip
    return narrowed(_access(request).workspace, Chosen(team, goal, verdict, since, until, kind)).as_dict()


@router.get("/outcomes/{number}", summary="A bet's verdict, and what stands beside it")
def one(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    found = (
        Outcome.objects.select_related("bet")
        .filter(workspace=access.workspace, bet=bet)
        .order_by("-measured_at", "-pk")
        .first()
    )
    if found is None:
        raise Http404("It has no verdict yet.")
    return whole(found)
