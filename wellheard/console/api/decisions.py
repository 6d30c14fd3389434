"""The decision log over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard.decide import services
from wellheard.decide.models import Bet, Decision
from wellheard.decide.queries import log
from wellheard.listen.models import Idea
from wellheard.people.access import Access
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


class WordsIn(Strict):
    public_reason: str


class WithdrawIn(Strict):
    reason: str


class OpinionIn(Strict):
    stand: str = Field(description="for, against or unsure")
    words: str
    craft: str = Field(
        description="product, design, engineering, sales, success, support, marketing, leadership or other"
    )
    name: str = Field("", description="Whose opinion it is; left out: the token's")


class ConsultedIn(Strict):
    name: str
    how: str = Field("asked", description="asked or told")
    words: str = ""


def brief(made: Decision) -> dict[str, Any]:
    return {
        "id": made.pk, "answer": made.answer, "state": made.state, "reason": made.reason, "public_reason": made.public_reason,
        "decided_by": made.decided_by,
    }  # fmt: skip


def _decision(access: Access, number: int) -> Decision:
    return access.get(Decision, number, "workspace", "bet", "problem", "idea__voice")


@router.get("/decisions", summary="The decision log, the newest first")
def list_decisions(
    request: HttpRequest,
    answer: str = "",
    state: str = Query("", description="prepared, published or withdrawn"),
    about: str = Query("", description="bet, problem or idea"),
    bet: int | None = None,
    problem: int | None = None,
    idea: int | None = None,
    q: str = Query("", description="Words in reasons, names and deciders"),
    dissent: bool = Query(False, description="Only those somebody is against"),
    before: int | None = Query(None, description="Only decisions with a smaller id: the next page"),
    limit: int = Query(50, ge=1, le=500),
) -> dict[str, Any]:
    which = log.Which(answer, state, about, bet, problem, idea, q, dissent)
    which.check()
    rows = log.log(_access(request).workspace, which).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return {"decisions": [log.as_dict(log.record_of(d)) for d in rows[:limit]]}


@router.post("/decisions", response={201: dict}, summary="Log a decision; a no is prepared, the others are published")
def add_decision(request: HttpRequest, given: DecisionIn) -> Any:
    access = _access(request)
    named = [n for n in (given.bet, given.problem, given.idea) if n is not None]
    if len(named) != 1:
        raise ValueError("A decision is on one bet, on one problem or on one idea.")
    model: type[Bet] | type[Problem] | type[Idea] = (
        Bet if given.bet is not None else Problem if given.problem is not None else Idea
    )
    on = access.get(model, named[0], "workspace")
    return Status(201, brief(services.decide(access, on, given.answer, given.reason, given.public_reason)))


@router.get("/decisions/{number}", summary="One decision with its evidence as it was kept, opinions and dissent")
def one_decision(request: HttpRequest, number: int) -> dict[str, Any]:
    return log.as_dict(log.record_of(_decision(_access(request), number)))


@router.post("/decisions/{number}/opinions", response={201: dict}, summary="Add an opinion; it is never changed")
def add_opinion(request: HttpRequest, number: int, given: OpinionIn) -> Any:
    access = _access(request)
    made = services.opine(access, _decision(access, number), given.stand, given.words, given.craft, given.name)
    return Status(201, {"id": made.pk, "name": made.name, "stand": made.stand, "late": made.late})


@router.post("/decisions/{number}/consulted", response={201: dict}, summary="Note that somebody was asked or told")
def add_consulted(request: HttpRequest, number: int, given: ConsultedIn) -> Any:
    access = _access(request)
    made = services.consult(access, _decision(access, number), given.name, given.how, given.words)
    return Status(201, {"id": made.pk, "name": made.name, "how": made.how})


@router.post("/decisions/{number}/words", response=dict, summary="Change the words for those who asked")
def word_decision(request: HttpRequest, number: int, given: WordsIn) -> Any:
    access = _access(request)
    found = _decision(access, number)
    services.say_publicly(access, found, given.public_reason)
    return brief(found)


@router.post("/decisions/{number}/withdraw", response=dict, summary="Withdraw a decision that was prepared")
def withdraw_decision(request: HttpRequest, number: int, given: WithdrawIn) -> Any:
    access = _access(request)
    found = _decision(access, number)
    services.withdraw(access, found, given.reason)
    return brief(found)


@router.post(
    "/decisions/{number}/publish",
    response=dict,
    summary="Publish a decision that was prepared, and owe everybody who asked word of it",
)
def publish_decision(request: HttpRequest, number: int, given: PublishIn) -> Any:
    access = _access(request)
    found = _decision(access, number)
    owed = answers.publish_decision(access, found, given.despite, given.words)
    return {**brief(found), "owed": owed}


@router.post("/decisions/{number}/tell", response=dict, summary="Owe everybody who asked word of a published decision")
def tell_decision(request: HttpRequest, number: int, given: TellIn) -> Any:
    access = _access(request)
    found = _decision(access, number)
    owed = answers.tell_decision(access, found, given.words)
    return {**brief(found), "owed": owed}
