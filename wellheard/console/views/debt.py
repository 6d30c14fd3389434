"""Reply debt: who asked and has not heard from us, and working it down, many at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.people.queries.lists import PAGE, Page
from wellheard.tell.queries import asks as reads
from wellheard.tell.services import debt as services

from ..asked import one_of, page_number, whole
from ..frame import page

LONGEST = 12


def _filters(request: HttpRequest) -> reads.Filters:
    state = one_of(request, "state", ("unanswered", *reads.STATES, "all"))
    return reads.Filters(
        state, whole(request, "problem"), whole(request, "account"), request.GET.get("owner", "")[:120], request.GET.get("late") == "yes"
    )  # fmt: skip


@login_required
@require_safe
def debt(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    now, targets = timezone.now(), reads.targets_of(access.workspace)
    found = reads.asks(access.workspace)
    wanted = _filters(request)
    chosen = reads.narrowed(access.workspace, found, wanted, targets, now)
    at = min(page_number(request), max(1, -(-len(chosen) // PAGE)))
    shown: Page[Any] = Page(
        reads.rows(access.workspace, chosen[(at - 1) * PAGE : at * PAGE], targets, now), len(chosen), at
    )
    whole_view = reads.overview(access.workspace, found, targets, now)
    return page(
        request, access, "console/tell/debt.html", "tell", found=shown, wanted=wanted, targets=targets, all=whole_view, asked=len(found),
        groups=[
            ("problem", "By problem", whole_view.problems[:LONGEST], len(whole_view.problems)),
            ("owner", "By who looks after the account", whole_view.owners[:LONGEST], len(whole_view.owners)),
            ("account", "By account", whole_view.accounts[:LONGEST], len(whole_view.accounts)),
        ],
        narrowed=wanted.problem or wanted.account or wanted.owner or wanted.late, days=reads.DAYS,
    )  # fmt: skip


@login_required
@require_http_methods(["POST"])
def answer(request: HttpRequest, slug: str) -> HttpResponse:
    """`do=preview` shows each letter as it will read; `do=send` sends them."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    voices = [int(v) for v in request.POST.getlist("voice") if v.isascii() and v.isdecimal() and len(v) < 18]
    text, back = request.POST.get("text", ""), _back(request.POST.get("back", ""))
    where = reverse("debt", args=[slug]) + (f"?{back}" if back else "")
    try:
        if request.POST.get("do") == "send":
            made = services.answer_many(access, voices, text)
            messages.success(
                request,
                f"{made} answered. Each reads it on their page; by mail within their budget."
                if made
                else "They had this answer already.",
            )
            return redirect(where)
        found, error = services.letters(access, voices, text), ""
    except ValueError as e:
        found, error = [], str(e)
    return page(
        request, access, "console/tell/debt_answer.html", "tell", status=422 if error else 200, letters=found, text=text, voices=voices,
        error=error, back=back, where=where, by_mail=sum(x.by_mail for x in found), places=services.PLACES,
    )  # fmt: skip


@login_required
@require_POST
def targets(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        services.set_targets(access, request.POST.get("first_hours", ""), request.POST.get("close_days", ""))
        messages.success(request, "Saved.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("debt", slug)


def _back(raw: str) -> str:
    """The filters of the list one came from; anything else is as if it had not been said."""
    known = {"state", "problem", "account", "owner", "late", "page"}
    return urlencode([(k, v) for k, v in parse_qsl(raw[:300]) if k in known])
