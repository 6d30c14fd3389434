"""Release to half of those who asked first, over the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard import store
from wellheard.decide.models import Bet
from wellheard.measure.models import Drawn, Staging
from wellheard.measure.staged import queries, services
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from .loop import Strict, _access

router = Router()


def told(bet: Bet) -> dict[str, Any]:
    """A draw as it stands, or what one could show."""
    found = queries.standing(bet)
    if found is None:
        try:
            held = store.get()
        except store.StoreError:
            held = None
        chances = queries.before(bet, held)
        return {
            "state": "none", "asked": chances.asked, "can_be_told": chances.can_be_told,
            "choices": [{"unit": c.unit, "units": c.units, "enough": c.enough, "would_show": c.shown} for c in chances.choices],
        }  # fmt: skip
    s = found.staging
    return {
        "id": s.pk, "state": found.state, "unit": s.unit, "weeks": s.weeks, "seed": s.seed, "flag": s.flag, "flag_does": found.flag_word if s.flag else "",
        "segment": s.segment_id,
        "release": s.first_id, "opening": s.opening_id, "first": {"people": found.people[0], "units": found.units[0]},
        "later": {"people": found.people[1], "units": found.units[1]}, "left_out": found.left_out, "opens_on": found.opens_on,
        "opened_on": found.opened_on, "due": found.due, "weeks_compared": found.weeks,
    }  # fmt: skip


def _staging(access: Access, bet: Bet) -> Staging:
    found = Staging.objects.filter(workspace=access.workspace, bet=bet).first()
    if found is None:
        raise Http404("No lot was drawn for this bet.")
    return access.get(Staging, found.pk)


@router.get("/bets/{number}/staged", summary="Whether half of those who asked get it first, or what a draw could show")
def staged(request: HttpRequest, number: int) -> dict[str, Any]:
    return told(_access(request).get(Bet, number))


class DrawIn(Strict):
    title: str
    body: str = ""
    unit: str = Field("account", description="account or person")
    weeks: int | None = Field(None, description="how many whole weeks the others wait; the bet's window when left out")
    flag: str = ""


@router.post("/bets/{number}/staged", response={201: dict[str, Any]}, summary="Draw the half that goes first")
def draw(request: HttpRequest, number: int, given: DrawIn) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    bet = access.get(Bet, number)
    services.draw(access, bet, services.Offer(**given.dict()))
    return Status(201, told(bet))


class StagedDo(Strict):
    do: str = Field(description="open or off")
    title: str = ""
    body: str = ""
    reason: str = Field("", description="why it opens before its weeks are over")


@router.post("/bets/{number}/staged/do", summary="Draft the release for everybody, or call the draw off")
def do_staged(request: HttpRequest, number: int, given: StagedDo) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    bet = access.get(Bet, number)
    staging = _staging(access, bet)
    if given.do == "off":
        services.call_off(access, staging)
    elif given.do == "open":
        services.prepare_opening(access, staging, given.title, given.body, given.reason)
    else:
        raise ValueError(f"There is nothing called {given.do[:20]!r} to do. Use open or off.")
    return told(bet)


@router.get("/bets/{number}/staged/people", summary="Who was drawn, and into which half")
def staged_people(request: HttpRequest, number: int, half: str = "", offset: int = 0) -> dict[str, Any]:
    access = _access(request)
    rows = queries.drawn(_staging(access, access.get(Bet, number)), half)
    return {
        "total": rows.count(),
        "people": [
            {"person": d.person_id, "unit": d.unit, "first": d.first, "left_out_at": d.left_out_at} for d in rows[max(0, offset) :][:500]
        ],
    }  # fmt: skip


class LeaveIn(Strict):
    person: int


@router.post("/bets/{number}/staged/leave-out", summary="Leave a person out of the comparison, on their wish")
def leave_out(request: HttpRequest, number: int, given: LeaveIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    staging = _staging(access, access.get(Bet, number))
    person = access.get(Person, given.person)
    drawn = Drawn.objects.select_related("staging").filter(staging=staging, person=person).first()
    if drawn is None:
        raise Http404("They are not in the draw.")
    services.leave_out(access, drawn)
    return {"person": person.pk, "left_out_at": drawn.left_out_at}
