"""Reply debt by person and thing, over the API."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router

from wellheard.listen.models import Voice
from wellheard.tell.queries import asks as reads
from wellheard.tell.services import debt as services

from .loop import Strict, _access

router = Router()
State = Literal[
    "unanswered",
    "all",
    "waiting",
    "bounced",
    "no_address",
    "sending",
    "owed",
    "replied",
    "opted_out",
    "told",
    "reached",
]


class AnswerIn(Strict):
    voices: list[int] = Field(description="The voices to answer; one letter a person, about the newest of theirs")
    text: str = Field(description="With {hello}, {name} and {said} where each one's own belongs")
    preview: bool = Field(False, description="Only tell how each letter reads")


class TargetsIn(Strict):
    first_hours: int
    close_days: int


def row_as_dict(row: reads.Row) -> dict[str, Any]:
    return {
        "person": row.person.pk, "name": str(row.person), "problem": row.problem.pk if row.problem else None, "voice": row.voice.pk,
        "account": row.account.pk if row.account else None, "state": row.ask.state, "asked_at": row.ask.asked_at,
        "first_reply_at": row.ask.first_at, "closed_at": row.ask.closed_at, "late": row.late,
    }  # fmt: skip


def met_as_dict(met: reads.Met) -> dict[str, Any]:
    return {"met": met.met, "missed": met.missed, "running": met.running, "share": met.share}


def debt_as_dict(workspace: Any, wanted: reads.Filters, limit: int) -> dict[str, Any]:
    """What the API and the command line tell of reply debt."""
    now, targets = timezone.now(), reads.targets_of(workspace)
    found = reads.asks(workspace)
    chosen = reads.narrowed(workspace, found, wanted, targets, now)
    whole = reads.overview(workspace, found, targets, now)
    return {
        "days": reads.DAYS,
        "asked": len(found),
        "states": {s: n for s, _, n in whole.states},
        "targets": {"first_hours": targets.first_hours, "close_days": targets.close_days},
        "first_reply": met_as_dict(whole.first),
        "closing": met_as_dict(whole.closing),
        "oldest": whole.oldest,
        "total": len(chosen),
        "asks": [row_as_dict(r) for r in reads.rows(workspace, chosen[:limit], targets, now)],
    }


@router.get("/debt/asks", summary="Everybody who asked, by person and thing, the longest waiting first")
def asks(
    request: HttpRequest, state: State = "unanswered", problem: int | None = None, account: int | None = None, owner: str = "",
    late: bool = False, limit: int = 100,
) -> dict[str, Any]:  # fmt: skip
    wanted = reads.Filters(state, problem, account, owner, late)
    return debt_as_dict(_access(request).workspace, wanted, max(1, min(limit, 1000)))


@router.post("/debt/answer", summary="Answer many, each in words of their own")
def answer(request: HttpRequest, given: AnswerIn) -> dict[str, Any]:
    access = _access(request)
    for number in given.voices:
        access.get(Voice, number)
    found = services.letters(access, given.voices, given.text)
    letters = [{"person": x.person.pk, "voice": x.voice.pk, "text": x.text, "by_mail": x.by_mail} for x in found]
    made = 0 if given.preview else services.answer_many(access, given.voices, given.text)
    return {"answered": made, "letters": letters}


@router.post("/debt/targets", summary="How soon people are to hear from us")
def targets(request: HttpRequest, given: TargetsIn) -> dict[str, Any]:
    held = services.set_targets(_access(request), given.first_hours, given.close_days)
    return {"first_hours": held.first_hours, "close_days": held.close_days}
