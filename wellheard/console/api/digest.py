"""The digest, and updates for stakeholders, over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from wellheard.decide.models import Stakeholder
from wellheard.measure import updates as service
from wellheard.measure.digest import days_before, gather
from wellheard.measure.models import Subscription
from wellheard.people.models import Role

from .loop import Strict, _access

router = Router()


@router.get("/digest", summary="What happened in the loop: `every` day, week (default) or month, up to yesterday")
def digest(request: HttpRequest, every: str = "week") -> dict[str, Any]:
    access = _access(request)
    if every not in Subscription.Every.values:
        raise ValueError(f"There is no digest of every {every[:20]!r}. Use day, week or month.")
    return gather(access.workspace, *days_before(access.workspace, every)).as_dict()


@router.get("/updates", summary="What each stakeholder who is due would read; `everybody` for all on the map")
def list_updates(request: HttpRequest, everybody: bool = False) -> dict[str, Any]:
    rows = service.updates(_access(request).workspace, everybody)
    return {"updates": [
        {"stakeholder": u.stakeholder.pk, "name": u.stakeholder.name, "since": u.since, "due": u.stakeholder.due, "lines": u.lines,
         "subject": u.subject, "words": u.words, "to": u.to} for u in rows
    ]}  # fmt: skip


class UpdateIn(Strict):
    subject: str
    words: str


@router.post("/updates/{number}/send", summary="Send a stakeholder these words, or note that they were told by hand")
def send_update(request: HttpRequest, number: int, given: UpdateIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    found = access.get(Stakeholder, number, "member__user", "person", "workspace")
    made = service.send(access, found, given.subject, given.words)
    found.refresh_from_db()
    return {"touch": made.pk, "due": found.due}
