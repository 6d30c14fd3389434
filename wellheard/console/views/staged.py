"""Release to half of those who asked first: what a draw would show, the draw, who is in it, and opening it to everybody."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard import store
from wellheard.decide.models import Bet
from wellheard.measure.models import Drawn, Staging
from wellheard.measure.staged import queries, services
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.people.queries.lists import Page, cut

from ..asked import one_of, page_number
from ..frame import page

HALVES = ("", "first", "later", "left_out")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def staged(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.VIEWER if request.method != "POST" else Role.EDITOR)
    bet = access.get(Bet, number)
    given: dict[str, Any] = {
        "title": bet.public_title or bet.name, "body": "", "unit": Staging.Unit.ACCOUNT, "weeks": str(bet.window_weeks), "flag": "", "reason": "",
    }  # fmt: skip
    error = ""
    if request.method == "POST":
        given |= request.POST.dict()
        try:
            return _done(request, access, bet, given)
        except ValueError as e:
            error = str(e)
    found = queries.standing(bet)
    return page(
        request, access, "console/tell/staged.html", "tell", status=422 if error else 200, bet=bet, found=found, given=given, error=error,
        before=queries.before(bet, _store()) if found is None else None, words=services.first_words(bet, given["unit"], bet.window_weeks),
    )  # fmt: skip


def _store() -> store.Store | None:
    try:
        return store.get()
    except store.StoreError:
        return None


def _done(request: HttpRequest, access: Access, bet: Bet, given: dict[str, Any]) -> HttpResponse:
    todo = given.get("do", "")
    if todo == "draw":
        weeks = given["weeks"].strip()
        if not (weeks.isascii() and weeks.isdecimal() and len(weeks) < 4):
            raise ValueError("Weeks: a whole number.")
        body = given["body"].replace("\r\n", "\n")
        made = services.draw(
            access, bet, services.Offer(given["title"], body, given["unit"], int(weeks), given["flag"])
        )
        messages.success(request, "The lot is drawn. Read what the first half will get, then publish it.")
        return redirect("release", access.workspace.slug, made.first_id)
    staging = access.get(Staging, getattr(Staging.objects.filter(bet=bet).first(), "pk", 0))
    if todo == "open":
        body = given["body"].replace("\r\n", "\n")
        made_for_all = services.prepare_opening(access, staging, given["title"], body, given["reason"])
        messages.success(request, "Drafted. Those who waited are told when you publish it.")
        return redirect("release", access.workspace.slug, made_for_all.pk)
    if todo == "off":
        services.call_off(access, staging)
        messages.success(request, "Called off: the draw, its segment and its draft are gone.")
        return redirect("bet", access.workspace.slug, bet.pk)
    raise ValueError("Say what to do: draw, open or off.")


@login_required
@require_safe
def staged_people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    staging = access.get(Staging, number, "bet", "first")
    half = one_of(request, "half", HALVES)
    rows, total, at = cut(queries.drawn(staging, half), page_number(request))
    return page(
        request, access, "console/tell/staged_people.html", "tell", staging=staging, found=Page(rows, total, at), half=half,
    )  # fmt: skip


@login_required
@require_POST
def leave_out(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    drawn = access.get(Drawn, number, "staging", "person")
    services.leave_out(access, drawn)
    messages.success(request, f"{drawn.person} keeps what they have and is compared nowhere.")
    return redirect("staged_people", slug, drawn.staging_id)
