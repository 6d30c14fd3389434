"""Segments over the API."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard.people import segments
from wellheard.people.models import Account, Person, Segment
from wellheard.people.queries.segments import segment_row, segment_rows
from wellheard.people.services import segments as services

from .loop import Strict, _access

router = Router()


class SegmentIn(Strict):
    name: str
    of: Literal["people", "accounts"]
    rule: dict[str, Any] | None = Field(None, description="A live segment: its rule")
    members: list[str] | None = Field(None, description="A static one: ids or e-mail addresses; accounts: ids or names")
    freeze: int | None = Field(None, description="A static one: of whoever is in this segment now")


class SegmentChange(Strict):
    name: str | None = None
    rule: dict[str, Any] | None = None


@router.get("/segments", summary="Segments, with how many are in each")
def list_segments(request: HttpRequest) -> dict[str, Any]:
    return {"segments": [row.as_dict() for row in segment_rows(_access(request).workspace)]}


@router.post("/segments", response={201: dict[str, Any]}, summary="Make a segment by a rule, from a list, or frozen")
def make_segment(request: HttpRequest, given: SegmentIn) -> Any:
    access = _access(request)
    if sum(way is not None for way in (given.rule, given.members, given.freeze)) != 1:
        raise ValueError("Give one of rule, members and freeze.")
    if given.rule is not None:
        made = services.make_segment(access, given.name, given.of, given.rule)
    elif given.members is not None:
        made = services.make_list(access, given.name, given.of, given.members)
    else:
        source = access.get(Segment, given.freeze or 0, "workspace")
        if source.of != given.of:
            raise ValueError(f"The segment {source.pk} is of {source.of}.")
        made = services.freeze_segment(access, source, given.name)
    return Status(201, segment_row(made).as_dict())


@router.get("/segments/{number}", summary="One segment")
def one_segment(request: HttpRequest, number: int) -> dict[str, Any]:
    return segment_row(_access(request).get(Segment, number, "workspace")).as_dict()


@router.put("/segments/{number}", summary="Change a segment's name or rule")
def change_segment(request: HttpRequest, number: int, given: SegmentChange) -> dict[str, Any]:
    access = _access(request)
    changed = services.change_segment(access, access.get(Segment, number), given.name, given.rule)
    return segment_row(changed).as_dict()


@router.delete("/segments/{number}", response={204: None}, summary="Delete a segment that nothing uses")
def delete_segment(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    services.delete_segment(access, access.get(Segment, number, "workspace"))
    return Status(204, None)


@router.get("/segments/{number}/members", summary="Who is in a segment now")
def segment_members(
    request: HttpRequest,
    number: int,
    after: int = Query(0, description="Only members with a larger id: the next page"),
    limit: int = Query(50, ge=1, le=1000),
) -> dict[str, Any]:
    found = segments.members(_access(request).get(Segment, number, "workspace"))
    keys = sorted(key for key in found.keys if key > after)[:limit]
    return {"of": found.of, "total": len(found), "members": told(found.of, keys)}


def told(of: str, keys: list[int]) -> list[dict[str, Any]]:
    """By these keys, in their order; at most a thousand."""
    if of == "people":
        people = Person.objects.in_bulk(keys)
        return [
            {"id": k, "external_id": p.external_id, "email": p.email, "name": p.name}
            for k in keys
            if (p := people.get(k))
        ]
    accounts = Account.objects.in_bulk(keys)
    return [{"id": k, "external_id": a.external_id, "name": a.name} for k in keys if (a := accounts.get(k))]
