"""The language audit: what our own texts say of people, taken over or waived; and a text checked while it is written."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.language import LABELS, Finding, check
from wellheard.understand.models import Waiver
from wellheard.understand.queries.language import Found, audit
from wellheard.understand.services import language as service

from ..frame import page

# The names that texts have in our forms, in the order they are read.
FIELDS = ("title", "name", "welcome_title", "body", "text", "answer", "welcome", "summary", "description", "hypothesis")


@login_required
@require_safe
def language(request: HttpRequest, slug: str) -> HttpResponse:
    return _shown(request, enter(request, slug))


def _shown(request: HttpRequest, access: Access, tried: list[Finding] | None = None, text: str = "") -> HttpResponse:
    """`tried`: what was found in a text that somebody asked about, when there was no script to show it in place."""
    rule = request.GET.get("rule", "")
    rule = rule if rule in LABELS else ""
    slug = access.workspace.slug
    found = audit(access.workspace)
    counts = Counter(f.finding.rule for f in found.open)
    shown = [f for f in found.open if not rule or f.finding.rule == rule]
    return page(
        request, access, "console/understand/language.html", "understand", found=found, rule=rule, tried=tried, text=text,
        groups=[(heading, [(f, _address(slug, f), LABELS[f.finding.rule]) for f in rows]) for heading, rows in groupby(shown, lambda f: f.heading)],
        tabs=[("", "All", len(found.open)), *((r, label, counts[r]) for r, label in LABELS.items())],
    )  # fmt: skip


def _address(slug: str, found: Found) -> str:
    place = found.place
    return reverse(place.page, args=[slug, *([place.number] if place.number is not None else [])]) if place.page else ""


@login_required
@require_POST
def check_text(request: HttpRequest, slug: str) -> HttpResponse:
    """A part under the field somebody writes in: never in the way of saving."""
    access = enter(request, slug)
    said = [request.POST.get(f, "") for f in FIELDS]
    found = [f for text in said if text for f in check(text)]
    asked = "try" in request.POST
    if asked and not request.headers.get("HX-Request"):
        return _shown(request, access, found, said[FIELDS.index("text")])
    return page(request, access, "parts/language_found.html", findings=found[:12], asked=asked)


def _finding(request: HttpRequest) -> tuple[str, int, str]:
    start = request.POST.get("start", "")
    number = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else -1
    return request.POST.get("place", "")[:80], number, request.POST.get("words", "")[:600]


@login_required
@require_POST
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        now = service.accept(access, *_finding(request), request.POST.get("instead"))
        messages.success(request, f"It reads now: {now}")
    except ValueError as e:
        messages.error(request, str(e))
    return _back(request, slug)


@login_required
@require_POST
def waive(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    try:
        service.waive(access, *_finding(request), request.POST.get("reason", ""))
        messages.success(request, "It stays as it is, until the sentence changes.")
    except ValueError as e:
        messages.error(request, str(e))
    return _back(request, slug)


@login_required
@require_POST
def unwaive(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    service.unwaive(access, access.get(Waiver, number))
    return _back(request, slug)


def _back(request: HttpRequest, slug: str) -> HttpResponse:
    rule = request.POST.get("rule", "")
    where = reverse("language_audit", args=[slug])
    return redirect(f"{where}?rule={rule}" if rule in LABELS else where)
