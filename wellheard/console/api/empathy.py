"""Whom a decision hurts, acknowledgements, words to use and follow-ups over the API."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.decide import briefs, services
from wellheard.decide.models import Audience, Decision, FollowUp
from wellheard.decide.queries import follow_ups, hurt
from wellheard.people.access import Access
from wellheard.people.models import Account

from .loop import Strict, _access

router = Router()


class AcknowledgeIn(Strict):
    name: str = Field(description="The colleague who knows of it: the token speaks for nobody by itself")
    words: str = ""


class BriefIn(Strict):
    audience: str = Field(description="sales, success, support, account or person")
    words: str = Field(description="Empty: the template's words again")


class FollowUpIn(Strict):
    what: str
    due: date
    owner: str = Field("", description="A colleague: e-mail address or name; left out: whoever looks after the account")
    account: int | None = None


class CloseIn(Strict):
    note: str = Field(description="What came of it")
    done: bool = Field(True, description="false: it was given up")


def _decision(access: Access, number: int) -> Decision:
    return access.get(Decision, number, "workspace", "bet__workspace", "problem__workspace", "idea__voice", "idea__workspace")  # fmt: skip


def told(found: Decision) -> dict[str, Any]:
    """As it stands now or, once published, as it was kept; with the words to use and the follow-ups."""
    now = hurt.whom(found)
    rows = follow_ups.of_decision(found)
    edited = {b.audience: b.words for b in found.briefs.all()}
    return {
        "decision": found.pk, "state": found.state, "hurt": found.hurt or hurt.kept(now),
        "missing": [] if found.published_at else [c.name for c in now.missing],
        "promises": [
            {"kind": p.kind, "words": p.words, "by": p.by, "at": p.at.isoformat()} for p in now.promises
        ],
        "words": {
            a: edited.get(a) or briefs.written(found, now, a, [r.follow_up for r in rows]) for a in Audience.values
        },
        "follow_ups": [r.as_dict() for r in rows],
    }  # fmt: skip


@router.get("/decisions/{number}/hurt", summary="Whom a decision hurts, who has acknowledged it, words to use")
def whom_it_hurts(request: HttpRequest, number: int) -> dict[str, Any]:
    return told(_decision(_access(request), number))


@router.post("/decisions/{number}/acknowledge", response=dict, summary="Note that a colleague knows of a decision")
def acknowledge(request: HttpRequest, number: int, given: AcknowledgeIn) -> Any:
    access = _access(request)
    made = services.acknowledge(access, _decision(access, number), given.name, given.words)
    return {"name": made.name, "at": made.at}


@router.post("/decisions/{number}/remind", response=dict, summary="Mail those who have not acknowledged it")
def remind(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    return {"reminded": services.remind(access, _decision(access, number))}


@router.post("/decisions/{number}/brief", response=dict, summary="Keep words for one audience")
def word_brief(request: HttpRequest, number: int, given: BriefIn) -> Any:
    access = _access(request)
    found = _decision(access, number)
    services.word_brief(access, found, given.audience, given.words)
    return {"audience": given.audience, "words": told(found)["words"][given.audience]}


@router.post("/decisions/{number}/follow-ups", response={201: dict}, summary="Note what else can be done")
def add_follow_up(request: HttpRequest, number: int, given: FollowUpIn) -> Any:
    access = _access(request)
    account = access.get(Account, given.account, "keeper__user") if given.account is not None else None
    made = services.follow_up(access, _decision(access, number), given.what, given.due, given.owner, account)
    return Status(201, {"id": made.pk, "owner": made.owner_name, "due": made.due})


@router.get("/follow-ups", summary="What else is done for those whom decisions hurt")
def list_follow_ups(
    request: HttpRequest, which: Literal["open", "due", "closed", "all"] = "open"
) -> dict[str, Any]:  # fmt: skip
    return {"follow_ups": [r.as_dict() for r in follow_ups.rows(_access(request).workspace, which)]}


@router.post("/follow-ups/{number}/close", response=dict, summary="Close one: done, or given up")
def close_follow_up(request: HttpRequest, number: int, given: CloseIn) -> Any:
    access = _access(request)
    found = access.get(FollowUp, number, "decision__bet", "decision__problem", "decision__idea")
    services.close_follow_up(access, found, given.note, given.done)
    return {"id": found.pk, "state": found.state}
