"""Scores of bets over the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router

from wellheard.decide import services
from wellheard.decide.models import Bet
from wellheard.decide.scoring.inputs import inputs
from wellheard.decide.scoring.ranking import ranking
from wellheard.people.access import Access

from .loop import Strict

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


@router.get("/scores", summary="Bets by score, through both lenses, and how stable that is")
def scores(
    request: HttpRequest,
    method: str = Query("", description="rice, moscow, weighted or formula; left out: the workspace's own"),
) -> dict[str, Any]:
    return ranking(_access(request).workspace, method).as_dict()


class MethodIn(Strict):
    method: str = Field(description="rice, moscow, weighted or formula")
    weights: dict[str, Decimal] | None = Field(None, description="reach, revenue, pain, confidence, effort: 0 to 100")
    formula: str | None = Field(None, description="Such as reach * pain * confidence / effort", max_length=400)


@router.post("/scores/method", summary="How the workspace scores")
def set_method(request: HttpRequest, given: MethodIn) -> dict[str, Any]:
    made = services.set_scheme(_access(request), given.method, given.weights, given.formula)
    return {"method": made.method, "weights": made.weights, "formula": made.formula}


class FigureIn(Strict):
    likely: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str = ""


class InputsIn(Strict):
    """Left out: stays as it is. null: counted again."""

    users: FigureIn | None = None
    customers: FigureIn | None = None
    revenue: FigureIn | None = Field(None, description="Cents a month")
    pain: FigureIn | None = Field(None, description="1 to 5")
    effort: FigureIn | None = Field(None, description="Person-weeks")
    confidence: FigureIn | None = Field(None, description="Percent")


@router.get("/bets/{number}/inputs", summary="What goes into a bet's score")
def bet_inputs(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    return {"bet": bet.pk, "inputs": inputs(access.workspace, [bet])[bet.pk].as_dict()}


@router.post("/bets/{number}/inputs", summary="Say what goes into a bet's score")
def give_inputs(request: HttpRequest, number: int, given: InputsIn) -> dict[str, Any]:
    access = _access(request)
    bet = access.get(Bet, number)
    figures = {n: services.Figure(**f) if f else None for n, f in given.dict(exclude_unset=True).items()}
    services.give_inputs(access, bet, figures)
    return {"bet": bet.pk, "inputs": inputs(access.workspace, [bet])[bet.pk].as_dict()}
