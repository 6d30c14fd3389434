"""Tell → Celebrate: milestones, what was reached, and a member's words for it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard import store
from wellheard.measure.celebrating import queries, services
from wellheard.measure.celebrating.words import FIELDS, FIRST
from wellheard.measure.models import Celebration, Milestone
from wellheard.measure.segments import event_names
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Person, Role

from ..asked import whole
from ..frame import page


@login_required
@require_safe
def celebrate(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    found, total = queries.offers(access.workspace, whole(request, "milestone"))
    return page(
        request, access, "console/tell/celebrate.html", "tell", rows=queries.milestones(access.workspace), offers=found, total=total,
        chosen=whole(request, "milestone"),
    )  # fmt: skip


@login_required
@require_POST
def settle(request: HttpRequest, slug: str) -> HttpResponse:
    """Send one in the words on the page, or wave off those ticked, or one."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    try:
        if request.POST.get("do") == "send":
            celebration = access.get(
                Celebration, request.POST.get("celebration", ""), "milestone__workspace", "account", "person"
            )
            person = access.get(Person, request.POST.get("person", ""))
            services.send(access, celebration, person, request.POST.get("subject", ""), request.POST.get("words", ""))
            messages.success(request, f"On its way to {person}, within what they may get.")
        else:
            chosen = [access.get(Celebration, n) for n in request.POST.getlist("celebration")[:200]]
            count = services.wave_off(access, chosen)
            messages.success(request, f"{count} waved off.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("celebrate", slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    kind = request.GET.get("kind", "") if request.GET.get("kind") in FIRST else str(Milestone.Kind.TIMES)
    subject, words = FIRST[kind]
    given: dict[str, Any] = {"kind": kind, "of": "people", "times": "1", "subject": subject, "words": words}
    if request.method == "POST":
        try:
            made = services.make(access, _plan(request))
            messages.success(request, f"{_looked(made)} What is reached from now on is offered here.")
            return redirect("celebrate", slug)
        except ValueError as e:
            return _form(request, access, given | request.POST.dict(), str(e))
    return _form(request, access, given)


def _looked(milestone: Milestone) -> str:
    """Look at once, so that the page shows who reached it before."""
    try:
        services.look(milestone, store.get())
    except store.StoreError:
        return "The milestone is made; who reached it is looked up tonight."
    before = milestone.celebrations.count()  # type: ignore[attr-defined]
    return f"The milestone is made; {before:,} reached it before."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    milestone = access.get(Milestone, number)
    held = {f: getattr(milestone, f) for f in ("name", "kind", "of", "event", "times", "subject", "words", "automatic")}
    if request.method != "POST":
        return _form(request, access, held, milestone=milestone)
    todo = request.POST.get("do", "save")
    try:
        if todo in ("pause", "resume"):
            services.pause(access, milestone, todo == "pause")
        elif todo == "remove":
            services.remove(access, milestone)
            messages.success(request, "The milestone is gone. What was sent stays with the people it went to.")
        else:
            services.change(access, milestone, _plan(request, milestone))
            messages.success(request, "Saved.")
    except ValueError as e:
        return _form(request, access, held | request.POST.dict(), str(e), milestone)
    return redirect("celebrate", slug)


def _plan(request: HttpRequest, held: Milestone | None = None) -> services.Plan:
    post = request.POST
    times = str(held.times) if held else post.get("times", "1").strip()
    if not (times.isascii() and times.isdecimal() and len(times) < 8):
        raise ValueError("Times: a whole number.")
    return services.Plan(
        name=post.get("name", ""), kind=held.kind if held else post.get("kind", ""), of=held.of if held else post.get("of", "people"),
        event=held.event if held else post.get("event", ""), times=int(times), subject=post.get("subject", ""),
        words=post.get("words", "").replace("\r\n", "\n"), automatic=post.get("automatic") == "yes",
    )  # fmt: skip


def _form(
    request: HttpRequest, access: Access, given: dict[str, Any], error: str = "", milestone: Milestone | None = None
) -> HttpResponse:
    return page(
        request, access, "console/tell/milestone.html", "tell", status=422 if error else 200, given=given, error=error, milestone=milestone,
        kinds=Milestone.Kind.choices, ofs=Milestone.Of.choices, fields=FIELDS, events=[name for name, _ in event_names(access.workspace)],
    )  # fmt: skip


@login_required
@require_safe
def wins(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    account = access.get(Account, number)
    return page(request, access, "console/people/wins.html", "people", account=account, found=queries.wins(account))
