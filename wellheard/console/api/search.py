"""Search and the language of texts over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from wellheard.understand.queries.searching import find

from .. import searching
from .loop import _access

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
