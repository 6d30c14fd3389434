"""What stands behind problems, over the API: how far to trust their voices, what rose, and all that became of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard.console.chain import as_dict, chain_of
from wellheard.measure import behaviour as doing
from wellheard.measure import patterns
from wellheard.measure.models import Pattern
from wellheard.people.access import Access
from wellheard.understand.models import Problem
from wellheard.understand.queries import bias
from wellheard.understand.queries.reweigh import reweigh
from wellheard.understand.queries.signals import raised
from wellheard.understand.queries.signals import signals as look

from .loop import Strict

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


@router.get("/problems/{number}/behaviour", summary="What people do who have a problem, and who of them is silent")
def behaviour(request: HttpRequest, number: int, days: int = Query(90, ge=1, le=730)) -> dict[str, Any]:
    problem = _access(request).get(Problem, number, "workspace")
    return {
        "patterns": [m.as_dict() for m in doing.matches(problem)],
        "suggested": doing.suggestions(problem, days).as_dict(),
    }


class PatternIn(Strict):
    event: str = Field("", description="What they do, as in a question: Exported, or Exported[format=pdf]")
    never: str = Field("", description="What they do not do: a step they do not reach")
    segment: str = Field("", description="Instead of an event: a segment, by name or number")
    days: int = 90
    times: int = 1
    name: str = Field("", description="Left out: made of the rest", max_length=120)


@router.post(
    "/problems/{number}/behaviour", response={201: dict}, summary="Tie a problem to what people do who have it"
)
def tie(request: HttpRequest, number: int, given: PatternIn) -> Any:
    access = _access(request)
    problem = access.get(Problem, number, "workspace")
    name, rule = patterns.read(access, given.event, given.never, given.segment, given.days, given.times)
    made = patterns.tie(access, problem, given.name.strip() or name, rule)
    return Status(201, {"id": made.pk, "name": made.name, "rule": made.rule})


@router.post("/patterns/{number}/untie", summary="Take off what people do who have a problem")
def untie(request: HttpRequest, number: int) -> dict[str, bool]:
    access = _access(request)
    patterns.untie(access, access.get(Pattern, number, "problem"))
    return {"untied": True}
