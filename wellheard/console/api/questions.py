"""Questions about behaviour over the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from wellheard import store
from wellheard.measure import asking
from wellheard.people.access import Access
from wellheard.people.queries.money import today

router = Router()


def _days(request: HttpRequest, first: date | None, last: date | None) -> tuple[int, date, date]:
    access = request.auth  # type: ignore[attr-defined]
    assert isinstance(access, Access)
    end = last or today(access.workspace)
    return access.workspace.pk, first or end - timedelta(days=89), end


FROM = Query(None, alias="from", description="First day, in the workspace's zone")
TO = Query(None, alias="to", description="Last day, included")


@router.get("/events", summary="Event names and how many do them")
def events(request: HttpRequest) -> dict[str, Any]:
    workspace, _, _ = _days(request, None, None)
    return {"events": [asdict(e) for e in store.get().reader.event_names(workspace)]}


@router.get("/count", summary="How often, by how many people and accounts")
def count(request: HttpRequest, event: str = "", first: date | None = FROM, last: date | None = TO) -> dict[str, Any]:
    workspace, begin, end = _days(request, first, last)
    return asking.ask_count(store.get().reader, workspace, event, begin, end)


@router.get("/active", summary="Active people and accounts per day, week or month")
def active(
    request: HttpRequest, every: str = "week", event: str = "", first: date | None = FROM, last: date | None = TO
) -> dict[str, Any]:
    workspace, begin, end = _days(request, first, last)
    return asking.ask_active(store.get().reader, workspace, every, begin, end, event)


@router.get("/adoption", summary="Share of active people and accounts that did an event")
def adoption(request: HttpRequest, event: str, first: date | None = FROM, last: date | None = TO) -> dict[str, Any]:
    workspace, begin, end = _days(request, first, last)
    return asking.ask_adoption(store.get().reader, workspace, event, begin, end)


@router.get("/funnel", summary="How many went through steps in order")
def funnel(
    request: HttpRequest,
    steps: str,
    window: str = "7d",
    unit: str = "person",
    order: str = "",
    first: date | None = FROM,
    last: date | None = TO,
) -> dict[str, Any]:
    workspace, begin, end = _days(request, first, last)
    return asking.ask_funnel(store.get().reader, workspace, steps, window, unit, begin, end, order)


@router.get("/retention", summary="How many came back, by cohort")
def retention(
    request: HttpRequest, every: str = "week", event: str = "", first: date | None = FROM, last: date | None = TO
) -> dict[str, Any]:
    workspace, begin, end = _days(request, first, last)
    return asking.ask_retention(store.get().reader, workspace, every, event, begin, end)


@router.get("/refused", summary="The last events that were refused on arrival, and why")
def refused(request: HttpRequest) -> dict[str, Any]:
    workspace, _, _ = _days(request, None, None)
    return asking.ask_refused(store.get().reader, workspace)
