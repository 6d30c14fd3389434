"""The decision log over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.decide import services
from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Idea
from wellheard.tell.services import answers
from wellheard.understand.models import Problem

from .loop import Strict, _access

router = Router()


class DecisionIn(Strict):
    answer: str = Field(description="yes, not_now or no")
    reason: str = Field(description="For the team")
    public_reason: str = Field("", description="For those who asked")
    bet: int | None = None
    problem: int | None = None
    idea: int | None = None


class PublishIn(Strict):
    despite: str = Field("", description="Why it is published although not everybody whom it hurts has acknowledged it")
    words: str = Field("", description="For those who asked, when the decision holds no public_reason yet")


class TellIn(Strict):
    words: str = Field("", description="For those who asked, when the decision holds no public_reason yet")


def brief(made: Decision) -> dict[str, Any]:
    return {
        "id": made.pk, "answer": made.answer, "state": made.state, "reason": made.reason, "public_reason": made.public_reason,
        "decided_by": made.decided_by,
    }  # fmt: skip


@router.post("/decisions", response={201: dict}, summary="Log a decision; a no is prepared, the others are published")
def add_decision(request: HttpRequest, given: DecisionIn) -> Any:
    access = _access(request)
    named = [n for n in (given.bet, given.problem, given.idea) if n is not None]
    if len(named) != 1:
        raise ValueError("A decision is on one bet, on one problem or on one idea.")
    model: type[Bet] | type[Problem] | type[Idea] = (
        Bet if given.bet is not None else Problem if given.problem is not None else Idea
    )
    made = services.decide(access, access.get(model, named[0]), given.answer, given.reason, given.public_reason)
    return Status(201, brief(made))


@router.post(
    "/decisions/{number}/publish",
    response=dict,
    summary="Publish a decision that was prepared, and owe everybody who asked word of it",
)
def publish_decision(request: HttpRequest, number: int, given: PublishIn) -> Any:
    access = _access(request)
    found = access.get(Decision, number)
    owed = answers.publish_decision(access, found, given.despite, given.words)
    return {**brief(found), "owed": owed}


@router.post("/decisions/{number}/tell", response=dict, summary="Owe everybody who asked word of a published decision")
def tell_decision(request: HttpRequest, number: int, given: TellIn) -> Any:
    access = _access(request)
    found = access.get(Decision, number)
    owed = answers.tell_decision(access, found, given.words)
    return {**brief(found), "owed": owed}
