"""Milestones and celebrations over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.measure import suffering
from wellheard.measure.celebrating import queries, services
from wellheard.measure.models import Celebration, Milestone
from wellheard.people.models import Account, Person, Role
from wellheard.tell.models import Release

from .loop import Strict, _access

router = Router()


@router.get("/milestones", summary="What is worth celebrating, with how many reached it")
def list_milestones(request: HttpRequest) -> dict[str, Any]:
    rows = queries.milestones(_access(request).workspace)
    return {"milestones": [
        {**_told(r.milestone), "reached": r.reached, "in_30_days": r.lately, "offered": r.offered, "sent": r.sent} for r in rows
    ]}  # fmt: skip


def _told(m: Milestone) -> dict[str, Any]:
    return {
        "id": m.pk, "name": m.name, "kind": m.kind, "of": m.of, "event": m.event, "times": m.times, "subject": m.subject, "words": m.words,
        "automatic": m.automatic, "paused": m.paused, "error": m.error,
    }  # fmt: skip


class MilestoneIn(Strict):
    name: str
    kind: str = Field(description="times, asked, together or paid")
    of: str = Field("people", description="people or accounts")
    event: str = ""
    times: int = Field(1, ge=1, le=10_000)
    subject: str
    words: str
    automatic: bool = False


@router.post("/milestones", response={201: dict[str, Any]}, summary="Say what is worth celebrating")
def make_milestone(request: HttpRequest, given: MilestoneIn) -> Any:
    return Status(201, _told(services.make(_access(request), services.Plan(**given.dict()))))


class MilestoneDo(Strict):
    do: str = Field(description="pause, resume or remove")


@router.post("/milestones/{number}", summary="Pause it, let it go on, or remove it")
def do_milestone(request: HttpRequest, number: int, given: MilestoneDo) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    milestone = access.get(Milestone, number)
    if given.do == "remove":
        services.remove(access, milestone)
        return {"id": number, "removed": True}
    if given.do not in ("pause", "resume"):
        raise ValueError(f"There is nothing called {given.do[:20]!r} to do. Use pause, resume or remove.")
    services.pause(access, milestone, given.do == "pause")
    milestone.refresh_from_db()
    return _told(milestone)


@router.get("/celebrations", summary="What was reached lately and is offered to be celebrated")
def list_celebrations(request: HttpRequest, milestone: int | None = None) -> dict[str, Any]:
    found, total = queries.offers(_access(request).workspace, milestone)
    return {"total": total, "celebrations": [
        {"id": o.celebration.pk, "milestone": o.celebration.milestone_id, "person": o.celebration.person_id, "account": o.celebration.account_id,
         "thing": o.celebration.thing, "reached_on": o.celebration.reached_on, "subject": o.subject, "words": o.words,
         "to": [p.pk for p in o.people], "may_go_now": bool(o.verdict and o.verdict.allowed), "why_not": o.verdict.why if o.verdict else "There is no address."}
        for o in found
    ]}  # fmt: skip


class SendIn(Strict):
    person: int
    subject: str
    words: str


@router.post("/celebrations/{number}/send", summary="Send a person these words, once, within their budget")
def send_celebration(request: HttpRequest, number: int, given: SendIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    celebration = access.get(Celebration, number, "milestone__workspace", "account", "person")
    letter = services.send(access, celebration, access.get(Person, given.person), given.subject, given.words)
    return {"id": number, "letter": letter.pk}


@router.get("/releases/{number}/silent", summary="Whom a release may concern who never asked")
def silent(request: HttpRequest, number: int) -> dict[str, Any]:
    found = suffering.silent(_access(request).get(Release, number))
    return {
        "people": [p.pk for p in found.people], "told": found.told, "no_news": found.no_news, "no_address": found.no_address,
        "patterns": found.patterns, "cannot": found.cannot,
    }  # fmt: skip


class SilentIn(Strict):
    subject: str = suffering.SUBJECT
    words: str = suffering.WORDS


@router.post("/releases/{number}/silent", summary="Tell them, as news within their budget, each once")
def tell_silent(request: HttpRequest, number: int, given: SilentIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    return {"told": suffering.tell_silent(access, access.get(Release, number), given.subject, given.words)}


class WaveIn(Strict):
    celebrations: list[int] = Field(min_length=1, max_length=200)


@router.post("/celebrations/wave-off", summary="Let these pass")
def wave_off(request: HttpRequest, given: WaveIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    return {"waved_off": services.wave_off(access, [access.get(Celebration, n) for n in given.celebrations])}


@router.get("/accounts/{number}/wins", summary="What an account reached, and what became of what it asked for")
def account_wins(request: HttpRequest, number: int) -> dict[str, Any]:
    found = queries.wins(_access(request).get(Account, number))
    return {
        "wins": [{"on": w.on, "what": w.what, "who": w.who, "celebrated": w.said} for w in found.wins],
        "wishes": [{"bet": w.bet.pk, "name": w.bet.name, "shipped_on": w.bet.shipped_on, "asked": w.asked, "told": w.told, "first_used_on": w.used_on} for w in found.wishes],
        "still_waiting": found.waiting,
    }  # fmt: skip
