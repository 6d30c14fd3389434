"""People and accounts over the API: merges, roles, traits, owners."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard.people.models import Account, Merge, Person
from wellheard.people.services import merges

from .loop import Strict, _access

router = Router()


class MergeIn(Strict):
    gone: int = Field(description="The one that becomes part of the one in the address")
    take: list[str] = Field([], description="Fields whose value of the gone one wins: name, email, external_id, …")


def merge_as_dict(made: Merge) -> dict[str, Any]:
    return {
        "id": made.pk, "of": made.of, "kept": made.kept, "gone": made.gone, "kept_name": made.kept_name,
        "gone_name": made.gone_name, "origin": made.origin, "made_by": made.made_by, "made_at": made.made_at,
        "undone_at": made.undone_at, "left": made.left,
    }  # fmt: skip


def preview_as_dict(seen: merges.Preview) -> dict[str, Any]:
    return {
        "kept": seen.kept.pk, "gone": seen.gone.pk,
        "differ": [{"field": f.name, "kept": f.kept, "gone": f.gone} for f in seen.differ],
        "moves": [{"what": what, "count": n} for what, n in seen.moves],
        "once": [{"what": what, "count": n} for what, n in seen.settled],
    }  # fmt: skip


@router.get("/people/{number}/merge", summary="What merging another person into this one would do")
def preview_people(request: HttpRequest, number: int, gone: int) -> dict[str, Any]:
    access = _access(request)
    return preview_as_dict(merges.preview(access, access.get(Person, number), access.get(Person, gone)))


@router.post("/people/{number}/merge", response={201: dict[str, Any]}, summary="Merge another person into this one")
def merge_people(request: HttpRequest, number: int, given: MergeIn) -> Any:
    access = _access(request)
    made = merges.merge(access, access.get(Person, number), access.get(Person, given.gone), given.take)
    return Status(201, merge_as_dict(made))


@router.get("/accounts/{number}/merge", summary="What merging another account into this one would do")
def preview_accounts(request: HttpRequest, number: int, gone: int) -> dict[str, Any]:
    access = _access(request)
    return preview_as_dict(merges.preview(access, access.get(Account, number), access.get(Account, gone)))


@router.post("/accounts/{number}/merge", response={201: dict[str, Any]}, summary="Merge another account into this one")
def merge_accounts(request: HttpRequest, number: int, given: MergeIn) -> Any:
    access = _access(request)
    made = merges.merge(access, access.get(Account, number), access.get(Account, given.gone), given.take)
    return Status(201, merge_as_dict(made))


@router.get("/merges", summary="Merges, newest first")
def list_merges(
    request: HttpRequest,
    of: Literal["", "people", "accounts"] = "",
    before: int = Query(0, description="Only merges with a smaller id: the next page"),
    limit: int = Query(50, ge=1, le=500),
) -> dict[str, Any]:
    rows = Merge.objects.filter(workspace=_access(request).workspace).defer("steps").order_by("-pk")
    if of:
        rows = rows.filter(of=of)
    if before:
        rows = rows.filter(pk__lt=before)
    return {"merges": [merge_as_dict(m) for m in rows[:limit]]}


@router.post("/merges/{number}/undo", summary="Take a merge apart; `left` names what had changed since")
def undo_merge(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    return merge_as_dict(merges.undo(access, access.get(Merge, number)))
