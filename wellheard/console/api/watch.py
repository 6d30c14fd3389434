"""What watches over verdicts, over the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.responses import Status

from wellheard.decide.models import Bet
from wellheard.measure.fading import queries as fading
from wellheard.measure.fading.services import dismiss
from wellheard.measure.models import Fading
from wellheard.measure.selfcheck.services import ask_for_check, standing
from wellheard.measure.track.queries import track
from wellheard.people.models import Role

from .loop import Strict, _access

router = Router()


@router.get("/self-check", summary="Whether “likely” can be believed in this workspace")
def self_check(request: HttpRequest) -> dict[str, Any]:
    return standing(_access(request).workspace).as_dict()


@router.post("/self-check", response={202: dict[str, Any]}, summary="Have it checked now")
def check_now(request: HttpRequest) -> Any:
    access = _access(request)
    ask_for_check(access)
    return Status(202, standing(access.workspace).as_dict())


@router.get("/bets/{number}/later", summary="What was said of a measured bet's later weeks")
def later(request: HttpRequest, number: int) -> dict[str, Any]:
    return fading.later(_access(request).get(Bet, number, "workspace")).as_dict()


@router.get("/faded", summary="Effects that were there and are gone")
def faded(request: HttpRequest) -> dict[str, Any]:
    return {"faded": [fading.alarm(f) for f in fading.alarms(_access(request).workspace)]}


class DismissIn(Strict):
    reason: str


@router.post("/bets/{number}/faded/dismiss", summary="Dismiss the alarm that an effect is gone")
def dismiss_fading(request: HttpRequest, number: int, given: DismissIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    found = Fading.objects.select_related("bet", "relook", "outcome").filter(bet=access.get(Bet, number)).first()
    if found is None:
        raise Http404("There is no alarm.")
    dismiss(access, found, given.reason)
    return fading.alarm(found)


@router.get("/track-record", summary="How many bets helped, by quarter, and how good our expectations were")
def track_record(request: HttpRequest) -> dict[str, Any]:
    return track(_access(request).workspace).as_dict()
