"""What stands behind problems, over the API: how far to trust their voices, what rose, and all that became of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from wellheard.console.chain import as_dict, chain_of
from wellheard.people.access import Access
from wellheard.understand.models import Problem
from wellheard.understand.queries import bias
from wellheard.understand.queries.reweigh import reweigh
from wellheard.understand.queries.signals import raised
from wellheard.understand.queries.signals import signals as look

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


@router.get("/problems/{number}/trust", summary="What the voices of a problem leave open")
def trust(request: HttpRequest, number: int) -> dict[str, Any]:
    return bias.of_problem(_access(request).get(Problem, number, "workspace")).as_dict()


@router.get("/problems/{number}/chain", summary="A problem from quote to result")
def chain(
    request: HttpRequest,
    number: int,
    names: bool = Query(True, description="Whether people and accounts are named"),
    quotes: int = Query(12, ge=0, le=200),
) -> dict[str, Any]:
    problem = _access(request).get(Problem, number, "workspace", "merged_into")
    return as_dict(chain_of(problem, names, quotes))


@router.get("/ranking", summary="Problems as spoken and re-weighted, and how far to trust that")
def ranking(
    request: HttpRequest,
    by: list[str] = Query([], description="What the base is cut by, at most two things"),  # noqa: B008
) -> dict[str, Any]:
    workspace = _access(request).workspace
    whole, each = bias.of_ranking(workspace)
    weighed = reweigh(workspace, by).as_dict()
    for row in weighed["problems"]:
        row["look"] = [c.key for c in each[row["id"]].look]
    return {**weighed, "trust": whole.as_dict()}


@router.get("/signals", summary="What rose in the last whole week more than chance explains")
def signals(request: HttpRequest) -> dict[str, Any]:
    workspace = _access(request).workspace
    before = [
        {"problem": a.problem, "name": a.name, "week": a.week.isoformat(), "voices": a.voices, "low": a.low, "high": a.high, "p": a.p}
        for a in raised(workspace)
    ]  # fmt: skip
    return {**look(workspace).as_dict(), "raised": before}
