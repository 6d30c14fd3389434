"""Search and the language of texts over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router

from wellheard.understand.language import check
from wellheard.understand.queries import language as reads
from wellheard.understand.queries.searching import find
from wellheard.understand.services import language as service

from .. import searching
from .loop import Strict, _access

router = Router()


@router.get("/search", summary="Voices, ideas, problems and notes by words and meaning")
def search(
    request: HttpRequest,
    q: str = Query(..., max_length=400),
    what: str = Query("", description="voices, ideas, problems or notes; left out: all"),
    order: str = Query("", description="newest; left out: best first"),
    page: int = Query(1, ge=1, le=10_000),
    lens: str = "",
    account: str = Query("", description="Number or name"),
    segment: str = Query("", description="Number or name"),
    channel: str = "",
    kind: str = "",
    sentiment: str = "",
    since: str = Query("", alias="from", description="A day, inclusive"),
    to: str = Query("", description="A day, inclusive"),
    money: str = Query("", description="The account paid at least so much a month then, or so much is at stake"),
) -> dict[str, Any]:
    if order not in ("", "newest"):
        raise ValueError("order is newest, or left out for the best first.")
    workspace = _access(request).workspace
    said = {
        "lens": lens,
        "account": account,
        "segment": segment,
        "channel": channel,
        "kind": kind,
        "sentiment": sentiment,
    }
    filters = searching.read(workspace, {**said, "from": since, "to": to, "money": money})
    return find(workspace, q.replace("\x00", " "), filters, what, page, order == "newest").as_dict()


class SpokenIn(Strict):
    text: str = Field(max_length=50_000)
    language: str = Field("", description="Two letters; left out: guessed")


@router.post("/language/check", summary="What a text could say better")
def check_language(request: HttpRequest, given: SpokenIn) -> dict[str, Any]:
    _access(request)
    return {"findings": [f.as_dict() for f in check(given.text, given.language)]}


@router.get("/language", summary="What the team's own texts could say better")
def language(request: HttpRequest) -> dict[str, Any]:
    found = reads.audit(_access(request).workspace)
    return {"texts": found.texts, "findings": [f.as_dict() for f in (*found.open, *found.waived)]}


class FindingIn(Strict):
    place: str
    start: int
    words: str


class AcceptIn(FindingIn):
    instead: str | None = Field(None, description="Left out: what was suggested")


class WaiveIn(FindingIn):
    reason: str


@router.post("/language/accept", summary="Say it as suggested, or in other words")
def accept_language(request: HttpRequest, given: AcceptIn) -> dict[str, str]:
    return {"sentence": service.accept(_access(request), given.place, given.start, given.words, given.instead)}


@router.post("/language/waive", summary="Leave it as it is, with a reason")
def waive_language(request: HttpRequest, given: WaiveIn) -> dict[str, int]:
    return {"waiver": service.waive(_access(request), given.place, given.start, given.words, given.reason).pk}
