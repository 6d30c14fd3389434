"""Trackers and the issues of bets, over the API. Tokens and secrets go in and never come out, but for a secret we made."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.decide.models import Bet, Issue, Tracker
from wellheard.decide.queries import tracking as reads
from wellheard.decide.services import tracking as services
from wellheard.people.access import Access

from ..links import absolute
from .loop import Strict

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


def _told(tracker: Tracker) -> dict[str, Any]:
    return {
        "id": tracker.pk, "kind": tracker.kind, "name": tracker.name, "settings": tracker.settings, "paused": tracker.paused,
        "address": absolute("tracker_hook", tracker.public_id), "last_at": tracker.last_at,
    }  # fmt: skip


@router.get("/trackers", summary="Connected trackers")
def trackers(request: HttpRequest) -> dict[str, Any]:
    return {"trackers": [_told(t) for t in reads.trackers(_access(request).workspace)]}


class TrackerIn(Strict):
    kind: str = Field(description="github, jira or linear")
    name: str = ""
    settings: dict[str, str] = Field(
        description="github: repository, api; jira: site, email, project, type; linear: team"
    )
    token: str
    secret: str = Field("", description="What signs its webhooks; left out: one is made and told once")


@router.post("/trackers", response={201: dict}, summary="Connect a tracker")
def connect(request: HttpRequest, given: TrackerIn) -> Any:
    made = services.connect(_access(request), given.kind, given.name, given.settings, given.token, given.secret)
    return Status(201, {**_told(made), **({} if given.secret else {"secret": made.secret})})


class PauseIn(Strict):
    paused: bool


@router.post("/trackers/{number}/pause", summary="Pause a tracker, or go on")
def pause(request: HttpRequest, number: int, given: PauseIn) -> dict[str, Any]:
    access = _access(request)
    tracker = access.get(Tracker, number)
    services.pause(access, tracker, given.paused)
    return _told(tracker)


@router.delete("/trackers/{number}", summary="Remove a tracker and its token; links stay as addresses")
def remove(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    services.remove(access, access.get(Tracker, number))
    return {"removed": number}


@router.get("/issues", summary="Issues of bets, how they stand and what that suggests")
def issues(request: HttpRequest, bet: int | None = None) -> dict[str, Any]:
    found = reads.all_linked(_access(request).workspace)
    return {"issues": [row.as_dict() for row in found if bet is None or row.issue.bet_id == bet]}


class IssueIn(Strict):
    tracker: int
    reference: str = Field("", description="An issue that exists there, by address or number; left out: one is made")


@router.post("/bets/{number}/issues", response={201: dict}, summary="Make or link the issue of a bet")
def make_issue(request: HttpRequest, number: int, given: IssueIn) -> Any:
    access = _access(request)
    bet, tracker = access.get(Bet, number), access.get(Tracker, given.tracker)
    if given.reference.strip():
        issue = services.link_issue(access, bet, tracker, given.reference)
    else:
        issue = services.make_issue(access, bet, tracker, absolute("bet", access.workspace.slug, bet.pk))
    return Status(201, reads.Linked(issue, reads.suggests(issue, bet)).as_dict())


@router.post("/issues/{number}/refresh", summary="Ask a tracker how an issue stands")
def refresh(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    issue = access.get(Issue, number, "bet", "tracker")
    changed = services.refresh(access, issue)
    return {**reads.Linked(issue, reads.suggests(issue, issue.bet)).as_dict(), "changed": changed}


@router.delete("/issues/{number}", summary="Let an issue go; nothing is deleted in the tracker")
def unlink(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    services.unlink(access, access.get(Issue, number, "bet"))
    return {"unlinked": number}
