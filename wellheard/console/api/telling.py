"""The contact budget and the texts of messages over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router

from wellheard.people.models import Person
from wellheard.tell import wording
from wellheard.tell.budget import limits_of
from wellheard.tell.models import DeadAddress
from wellheard.tell.queries import budget as reads
from wellheard.tell.queries import wordings
from wellheard.tell.queries.wordings import Text
from wellheard.tell.services import addresses
from wellheard.tell.services import wordings as services
from wellheard.tell.services.limits import Wanted, clock, set_limits, told

from .loop import Strict, _access

router = Router()


class BudgetIn(Strict):
    per_week: int | None = Field(None, description="Mails to one person in 7 days")
    per_month: int | None = Field(None, description="In 30 days")
    quiet_from: str | None = Field(None, description="A time of day such as 20:00; empty: no quiet hours")
    quiet_until: str | None = None
    gaps: dict[str, int] = Field({}, description="Days between two mails of one purpose")


@router.get("/budget", summary="How often people may be written to, and what that holds back")
def budget(request: HttpRequest) -> dict[str, Any]:
    workspace = _access(request).workspace
    now = reads.standing(workspace)
    return {
        **told(limits_of(workspace)),
        "waiting": now.held,
        "first": [
            {"person": h.person.pk, "about": h.about, "why": h.why, "until": h.until} for h in now.first
        ],
        "mail_server": {"away_since": now.away.away_since, "error": now.away.error} if now.away else None,
        "dead_addresses": [{"id": d.pk, "address": d.address, "why": d.why, "error": d.error, "at": d.at} for d in now.dead],
    }  # fmt: skip


@router.post("/budget", summary="Change the limits; what is left out stays")
def set_budget(request: HttpRequest, given: BudgetIn) -> dict[str, Any]:
    access = _access(request)
    held = limits_of(access.workspace)
    start = held.quiet_from if given.quiet_from is None else clock(given.quiet_from, "quiet_from")
    end = held.quiet_until if given.quiet_until is None else clock(given.quiet_until, "quiet_until")
    week = held.per_week if given.per_week is None else given.per_week
    month = held.per_month if given.per_month is None else given.per_month
    return told(set_limits(access, Wanted(week, month, start, end, given.gaps)))


class Which(Strict):
    kind: str = Field(description="release, yes, not_now or no")
    language: str = Field(description="en, de, fr, es or ar")


class TextIn(Which):
    subject: str
    body: str


def _text(text: Text) -> dict[str, Any]:
    return {
        "kind": text.kind, "language": text.language, "subject": text.subject, "body": text.body, "own": text.own is not None,
    }  # fmt: skip


@router.get("/messages", summary="What mails to those who asked say, by kind and language")
def messages(request: HttpRequest) -> dict[str, Any]:
    rows = wordings.texts(_access(request).workspace)
    return {"messages": [_text(t) for _, _, texts in rows for t in texts], "places": wording.PLACES}


@router.post("/messages", summary="Give a message a text of your own")
def set_message(request: HttpRequest, given: TextIn) -> dict[str, Any]:
    access = _access(request)
    services.set_wording(access, given.kind, given.language, given.subject, given.body)
    return _text(wordings.text_for(access.workspace.pk, given.kind, given.language))


@router.post("/messages/reset", summary="Back to the text that came with Wellheard")
def reset_message(request: HttpRequest, given: Which) -> dict[str, Any]:
    access = _access(request)
    services.reset(access, given.kind, given.language)
    return _text(wordings.text_for(access.workspace.pk, given.kind, given.language))


@router.get("/people/{number}/budget", summary="May this person be written to now, for each purpose, and why not")
def budget_of_person(request: HttpRequest, number: int) -> dict[str, Any]:
    person = _access(request).get(Person, number, "workspace")
    return {"person": person.pk, **{p.value: reads.told(v) for p, v in reads.verdicts(person)}}


@router.post("/dead-addresses/{number}/try", summary="Write to an address again whose mail came back")
def try_again(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    found = access.get(DeadAddress, number)
    address = found.address
    addresses.try_again(access, found)
    return {"address": address}
