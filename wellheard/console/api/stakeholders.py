"""Stakeholders over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.decide import importing
from wellheard.decide.models import Decision, Stakeholder
from wellheard.decide.queries import stakeholders as queries
from wellheard.decide.services import stakeholders as services
from wellheard.people.access import Access
from wellheard.people.models import Person, Segment
from wellheard.understand.models import Problem

from .loop import Strict, _access

router = Router()


class StakeholderIn(Strict):
    name: str = Field("", description="A colleague's name is recognised; left out for a known person")
    person: int | None = Field(None, description="A known person")
    role: str = ""
    power: int = 3
    interest: int = 3
    stance: str = Field("unknown", description="supports, neutral, critical or unknown")
    cares_about: str = ""
    how: str = Field("informed", description="informed, consulted or deciding")
    every_days: int = Field(0, description="0: only when something concerns them")
    lead_days: int = 3
    everything: bool = False
    topics: list[str] = []
    problems: list[int] = []
    segments: list[int] = []


class StakeholderChange(Strict):
    name: str | None = None
    role: str | None = None
    power: int | None = None
    interest: int | None = None
    stance: str | None = None
    cares_about: str | None = None
    how: str | None = None
    every_days: int | None = None
    lead_days: int | None = None
    everything: bool | None = None
    topics: list[str] | None = None
    problems: list[int] | None = None
    segments: list[int] | None = None
    due: date | None = None


class TouchIn(Strict):
    what: str = Field(description="talked, asked, told or heard")
    note: str
    on: date | None = None
    decision: int | None = None


class TableIn(Strict):
    csv: str = Field(max_length=2_000_000)


def _get(access: Access, number: int) -> Stakeholder:
    return access.get(Stakeholder, number, "workspace", "member__user", "person")


@router.get("/stakeholders", summary="The map of stakeholders, or what is due")
def list_stakeholders(request: HttpRequest, which: Literal["all", "due", "gone"] = "all") -> dict[str, Any]:
    return {"stakeholders": [r.as_dict() for r in queries.rows(_access(request).workspace, which)]}


@router.post("/stakeholders", response={201: dict}, summary="Put somebody on the map")
def add_stakeholder(request: HttpRequest, given: StakeholderIn) -> Any:
    access = _access(request)
    values = given.dict(exclude={"person", "problems", "segments"})
    person = access.get(Person, given.person) if given.person is not None else None
    problems = [access.get(Problem, p) for p in given.problems]
    inside = [access.get(Segment, s) for s in given.segments]
    stake = services.Stake(**{**values, "name": given.name or str(person or "")})
    return Status(201, queries.row(services.add(access, stake, person=person, problems=problems, segments=inside)).as_dict())  # fmt: skip


@router.post("/stakeholders/table", response=dict, summary="Bring stakeholders in from CSV: all rows or none")
def bring(request: HttpRequest, given: TableIn) -> Any:
    added, changed = importing.bring(_access(request), given.csv)
    return {"added": added, "changed": changed}


@router.patch("/stakeholders/{number}", summary="Change what is known; only what is given changes")
def change_stakeholder(request: HttpRequest, number: int, given: StakeholderChange) -> dict[str, Any]:
    access = _access(request)
    found = _get(access, number)
    values = {k: v for k, v in given.dict(exclude={"problems", "segments", "due"}).items() if v is not None}
    problems = None if given.problems is None else [access.get(Problem, p) for p in given.problems]
    inside = None if given.segments is None else [access.get(Segment, s) for s in given.segments]
    stake = replace(services.stake_of(found), **values)
    return queries.row(
        services.change(access, found, stake, problems=problems, segments=inside, due=given.due)
    ).as_dict()


@router.delete("/stakeholders/{number}", response={204: None}, summary="Take somebody off the map; what was said stays")
def take_off(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    services.take_off(access, _get(access, number))
    return Status(204, None)


@router.post("/stakeholders/{number}/touches", response={201: dict}, summary="Note that we were in touch")
def add_touch(request: HttpRequest, number: int, given: TouchIn) -> Any:
    access = _access(request)
    decision = None
    if given.decision is not None:
        decision = access.get(Decision, given.decision, "workspace", "bet", "problem", "idea")
    made = services.touch(access, _get(access, number), given.what, given.note, given.on, decision)
    return Status(201, {"id": made.pk, "on": made.on, "due": made.stakeholder.due})


@router.get("/stakeholders/{number}/touches", summary="Each time we were in touch, the newest first")
def list_touches(request: HttpRequest, number: int) -> dict[str, Any]:
    rows = _get(_access(request), number).touches.order_by("-on", "-pk")[:500]
    return {
        "touches": [
            {"id": t.pk, "what": t.what, "note": t.note, "on": t.on.isoformat(), "by": t.by, "decision": t.decision_id} for t in rows
        ]
    }  # fmt: skip


@router.get("/decisions/{number}/stakeholders", summary="Who must be asked or told of a decision, and by when")
def concerned(request: HttpRequest, number: int) -> dict[str, Any]:
    found = _access(request).get(
        Decision, number, "workspace", "bet__workspace", "problem__workspace", "idea__workspace"
    )
    return {"stakeholders": [c.as_dict() for c in queries.concerned(found)]}
