"""What bets cost and bring, over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.decide import costing
from wellheard.decide.models import Bet, Line
from wellheard.decide.services import costs as services
from wellheard.people.access import Access

from .loop import Strict

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


@router.get("/bets/{number}/costs", summary="What a bet costs and brings, as ranges")
def costs(request: HttpRequest, number: int) -> dict[str, Any]:
    return costing.account_of(_access(request).get(Bet, number, "workspace")).as_dict()


class LineIn(Strict):
    side: str = Field(description="us or customer (one customer)")
    kind: str = Field(description="cost or benefit")
    name: str
    likely: int = Field(description="Cents, or hundredths of an hour")
    low: int | None = Field(None, description="Left out: the likely amount")
    high: int | None = Field(None, description="Left out: the likely amount")
    unit: str = Field("money", description="money or hours")
    every: str = Field("once", description="once or month")

    def entry(self) -> services.Entry:
        low = self.likely if self.low is None else self.low
        high = self.likely if self.high is None else self.high
        return services.Entry(self.side, self.kind, self.name, low, self.likely, high, self.unit, self.every)


@router.post("/bets/{number}/costs", response={201: dict}, summary="Add a cost or benefit")
def add_cost(request: HttpRequest, number: int, given: LineIn) -> Any:
    access = _access(request)
    made = services.add_line(access, access.get(Bet, number), given.entry())
    return Status(201, costing.line_as_dict(made))


@router.put("/costs/{number}", summary="Change a cost or benefit")
def change_cost(request: HttpRequest, number: int, given: LineIn) -> dict[str, Any]:
    access = _access(request)
    return costing.line_as_dict(services.change_line(access, access.get(Line, number, "bet"), given.entry()))


@router.delete("/costs/{number}", summary="Take a cost or benefit off")
def drop_cost(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    services.drop_line(access, access.get(Line, number, "bet"))
    return {"dropped": number}


class WorthIn(Strict):
    hour_cents: int = Field(description="What an hour of ours is worth")
    customer_hour_cents: int
    months: int = Field(description="Over how many months monthly lines count: 1 to 120")


@router.post("/worth", summary="What an hour is worth, and over how many months to count")
def set_worth(request: HttpRequest, given: WorthIn) -> dict[str, Any]:
    services.set_worth(_access(request), **given.dict())
    return given.dict()
