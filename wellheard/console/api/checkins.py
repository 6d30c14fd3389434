"""Check-ins over the API."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.listen.models import CheckIn, Talk
from wellheard.listen.queries import checkins as queries
from wellheard.listen.services import checkins as services
from wellheard.people.models import Account, Person

from .loop import Strict, _access

router = Router()


class PlanIn(Strict):
    person: int | None = None
    account: int | None = None
    every_days: int
    due: date | None = Field(None, description="The first day; after one interval when left out")
    responsible: str = Field("", description="A colleague's e-mail address or name")
    about: str = ""


class PlanChange(Strict):
    every_days: int | None = None
    due: date | None = None
    responsible: str | None = Field(None, description="A colleague's e-mail address or name; empty: nobody")
    about: str | None = None


class HeardIn(Strict):
    text: str
    who: str = Field("", description="Who said it: e-mail address, your id or name")
    kind: str = ""


class HeldIn(Strict):
    note: str = ""
    mood: str = Field("", description="good, mixed or bad")
    on: date | None = None
    voices: list[HeardIn] = []


class SkipIn(Strict):
    reason: str


class PostponeIn(Strict):
    until: date
    reason: str


def talk_as_dict(talk: Talk) -> dict[str, Any]:
    return {
        "id": talk.pk, "what": talk.what, "at": talk.at, "by": talk.by, "was_due": talk.was_due, "next_due": talk.next_due,
        "mood": talk.mood or None, "note": talk.note, "voices": sorted(talk.voices.values_list("pk", flat=True)),
    }  # fmt: skip


@router.get("/check-ins", summary="Check-ins that are planned, the most overdue first")
def list_check_ins(request: HttpRequest, which: Literal["all", "due", "soon"] = "all") -> dict[str, Any]:
    return {"check_ins": [row.as_dict() for row in queries.rows(_access(request).workspace, None, which)]}


@router.post("/check-ins", response={201: dict[str, Any]}, summary="Plan check-ins with a person or an account")
def plan_check_in(request: HttpRequest, given: PlanIn) -> Any:
    access = _access(request)
    if (given.person is None) == (given.account is None):
        raise ValueError("Give one of person and account.")
    whom: Person | Account = (
        access.get(Person, given.person) if given.person is not None else access.get(Account, given.account or 0)
    )
    made = services.plan(
        access, whom, given.every_days, due=given.due, responsible=given.responsible or None, about=given.about
    )
    return Status(201, queries.row(made).as_dict())


@router.get("/check-ins/{number}", summary="One, with all that was heard")
def one_check_in(request: HttpRequest, number: int) -> dict[str, Any]:
    found = _access(request).get(CheckIn, number, "workspace", "person", "account", "responsible__user")
    return {**queries.row(found).as_dict(), "talks": [talk_as_dict(t) for t in found.talks.all()]}


@router.patch("/check-ins/{number}", summary="Change when, who or what about")
def change_check_in(request: HttpRequest, number: int, given: PlanChange) -> dict[str, Any]:
    access = _access(request)
    return queries.row(services.change(access, access.get(CheckIn, number), **given.dict())).as_dict()


@router.delete("/check-ins/{number}", response={204: None}, summary="Stop; what was heard stays")
def stop_check_in(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    services.stop(access, access.get(CheckIn, number))
    return Status(204, None)


@router.post("/check-ins/{number}/hold", response={201: dict[str, Any]}, summary="Write down what was heard")
def hold_check_in(request: HttpRequest, number: int, given: HeldIn) -> Any:
    access = _access(request)
    heard = [services.Heard(v.text, v.who, v.kind) for v in given.voices]
    talk = services.hold(access, access.get(CheckIn, number), given.note, mood=given.mood, heard=heard, on=given.on)
    return Status(201, talk_as_dict(talk))


@router.post("/check-ins/{number}/skip", response={201: dict[str, Any]}, summary="Not this time, with the reason")
def skip_check_in(request: HttpRequest, number: int, given: SkipIn) -> Any:
    access = _access(request)
    return Status(201, talk_as_dict(services.skip(access, access.get(CheckIn, number), given.reason)))


@router.post("/check-ins/{number}/postpone", response={201: dict[str, Any]}, summary="Later, with the reason")
def postpone_check_in(request: HttpRequest, number: int, given: PostponeIn) -> Any:
    access = _access(request)
    return Status(201, talk_as_dict(services.postpone(access, access.get(CheckIn, number), given.until, given.reason)))
