"""Who is silent, and what the loop would hear if it weighed those who spoke by those who exist."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.people.queries import lists
from wellheard.people.segments.facts import Of
from wellheard.people.services.segments import make_segment
from wellheard.understand.queries import silent as queries
from wellheard.understand.queries.reweigh import CAP, FLOOR, MOST_CUTS, reweigh

from ..asked import one_of, page_number
from ..frame import page

DAYS = {"": None, "28": 28, "90": 90, "365": 365}


@login_required
@require_safe
def silent(request: HttpRequest, slug: str) -> HttpResponse:
    return _silent(request, enter(request, slug))


def _silent(request: HttpRequest, access: Access, error: str = "", name: str = "") -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    said = one_of(request, "days", tuple(DAYS)) if request.method != "POST" else asked.get("days", "")
    days = DAYS.get(said)
    of = cast(Of, asked.get("of", "") if asked.get("of", "") in ("people", "accounts") else "")
    key, value = asked.get("key", ""), asked.get("value", "")
    try:
        weighed = reweigh(access.workspace, [k for k in asked.getlist("by") if k][:MOST_CUTS], days)
    except ValueError:
        weighed = reweigh(access.workspace, (), days)
    found: lists.Page[Any] | None = None
    if of:
        try:
            who = queries.keys(access.workspace, of, key, value, days)
        except ValueError as e:
            error = error or str(e)
        else:
            ask = lists.people if of == "people" else lists.accounts
            found = ask(access.workspace, keys=who, number=page_number(request))
    return page(
        request, access, "console/people/silent.html", "people", status=422 if error else 200, silence=queries.silence(access.workspace, days),
        days=said, of=of, key=key, value=value, found=found, error=error, name=name, weighed=weighed, cap=CAP, floor=FLOOR,
        title=_title(of, key, value, days),
    )  # fmt: skip


def _title(of: str, key: str, value: str, days: int | None) -> str:
    which = f" with {queries.label(key).lower()} {value}" if key else ""
    return f"Silent {of}{which}{f', {days} days' if days else ''}"[:80] if of else ""


@login_required
@require_POST
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """Those who are listed, as a live segment: it holds whoever is silent on the day it is asked."""
    access = enter(request, slug, Role.EDITOR)
    of, name = request.POST.get("of", ""), request.POST.get("name", "")
    days = DAYS.get(request.POST.get("days", ""))
    try:
        if of not in ("people", "accounts"):
            raise ValueError("Choose whom to keep first: open one of the parts.")
        rule = queries.rule(of, request.POST.get("key", ""), request.POST.get("value", ""), days)
        made = make_segment(access, name, of, rule)
    except ValueError as e:
        return _silent(request, access, str(e), name)
    messages.success(request, f"“{made}” is there now, for the whole team.")
    return redirect("segment", slug, made.pk)
