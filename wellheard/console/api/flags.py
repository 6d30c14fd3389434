"""Feature flags over the API: what the pages do. Programs that ask for flags use their own protocols (docs/flags.md)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.measure.flags import queries, services
from wellheard.measure.models import Flag

from .loop import Strict, _access

router = Router()


@router.get("/flags", summary="Flags, with who gets what")
def list_flags(request: HttpRequest, search: str = "", state: str = "") -> dict[str, Any]:
    return {"flags": [row.as_dict() for row in queries.flag_rows(_access(request).workspace, search, state)]}


class FlagIn(Strict):
    key: str
    kind: str = Field("boolean", description="boolean, string, number or object")
    definition: dict[str, Any] = Field(
        default_factory=dict, description="variants, rules, otherwise, off, from, until, needs"
    )
    name: str = ""
    description: str = ""
    algorithm: str = Field("posthog", description="posthog, growthbook or growthbook1; cannot be changed later")
    unit: str = Field("person", description="person or account; cannot be changed later")


@router.post("/flags", response={201: dict[str, Any]}, summary="Make a flag")
def make_flag(request: HttpRequest, given: FlagIn) -> Any:
    return Status(201, queries.row(services.make(_access(request), services.Plan(**given.dict()))).as_dict())


@router.get("/flags/{number}", summary="A flag and its history")
def one_flag(request: HttpRequest, number: int) -> dict[str, Any]:
    flag = _access(request).get(Flag, number)
    history = [
        {"version": v.number, "did": v.did, "by": v.by, "at": v.at, "reason": v.reason, "definition": v.definition}
        for v in queries.versions(flag)
    ]
    return {**queries.row(flag).as_dict(), "history": history}


class FlagChange(Strict):
    definition: dict[str, Any] | None = None
    name: str | None = None
    description: str | None = None
    seen: int | None = Field(None, description="the version that you changed; refused when it is no longer the newest")
    reason: str = ""


@router.post("/flags/{number}", summary="Change a flag: what is left out stays")
def change_flag(request: HttpRequest, number: int, given: FlagChange) -> dict[str, Any]:
    access = _access(request)
    return queries.row(services.change(access, access.get(Flag, number), **given.dict())).as_dict()


class FlagDo(Strict):
    do: str = Field(description="kill, revive, archive, restore, or back")
    reason: str = ""
    version: int | None = Field(None, description="for back: the version to go back to")


@router.post("/flags/{number}/do", summary="Switch it off or on, archive it, go back to a version")
def do_flag(request: HttpRequest, number: int, given: FlagDo) -> dict[str, Any]:
    access = _access(request)
    return queries.row(services.do(access, access.get(Flag, number), given.do, given.reason, given.version)).as_dict()


@router.get("/flags/{number}/preview", summary="What a person would get, and why")
def preview_flag(request: HttpRequest, number: int, person: str, account: str = "") -> dict[str, Any]:
    found = queries.preview(_access(request).get(Flag, number), person, account)
    return {"variant": found.variant, "value": found.value, "reason": str(found.reason), "why": found.why}
