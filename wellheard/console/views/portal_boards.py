"""The portal's boards, and how it looks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.listen import looks
from wellheard.listen.models import Board, Look
from wellheard.listen.queries.boards import board_rows
from wellheard.listen.services import boards as services
from wellheard.listen.services.look import LANGUAGES, change_look
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Role, Segment

from ..frame import page

NAMED = {
    "": "as their browser, else English",
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}


@login_required
@require_safe
def boards(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/portal/boards.html", "listen", rows=board_rows(access.workspace))


def _values(request: HttpRequest, access: Access) -> dict[str, Any]:
    values: dict[str, Any] = {
        k: request.POST.get(k, "") for k in ("name", "description", "sight", "posting", "counted")
    }
    values |= {k: k in request.POST for k in ("anonymous", "moderated", "archived")}
    if request.POST.get("slug", "").strip():
        values["slug"] = request.POST["slug"]
    position = request.POST.get("position", "").strip()
    if position:
        if not (position.isascii() and position.isdecimal() and len(position) < 4):
            raise ValueError("The place in the list is a number.")
        values["position"] = int(position)
    values["segments"] = [access.get(Segment, pk) for pk in request.POST.getlist("segments")[:100]]
    names = [n.strip() for n in request.POST.get("accounts", "").splitlines() if n.strip()][:200]
    values["accounts"] = [_account(access, n) for n in names]
    return values


def _account(access: Access, name: str) -> Account:
    if len(name) > 300:
        raise ValueError(f"There is no account {name[:60]!r}….")
    held = Account.objects.filter(workspace=access.workspace)
    found = held.filter(external_id=name).first() or held.filter(name__iexact=name).order_by("pk").first()
    if found is None:
        raise ValueError(f"There is no account {name[:60]!r}.")
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    return _form(request, enter(request, slug, Role.EDITOR), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    return _form(request, access, access.get(Board, number))


def _form(request: HttpRequest, access: Access, board: Board | None) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            values = _values(request, access)
            if board is None:
                made = services.make_board(access, values.pop("name"), values.pop("slug", ""), **values)
                messages.success(request, f"The board “{made}” is made.")
            else:
                services.change_board(access, board, **values)
                messages.success(request, "Changed.")
            return redirect("boards", access.workspace.slug)
        except ValueError as e:
            error = str(e)
            if board is not None:
                board.refresh_from_db()
    posted = request.method == "POST"
    given = request.POST if posted else None
    accounts = "\n".join(board.accounts.values_list("name", flat=True)) if board else ""
    chosen = (
        set(given.getlist("segments"))
        if given
        else {str(pk) for pk in board.segments.values_list("pk", flat=True)}
        if board
        else set()
    )
    held = board or Board(name="", anonymous=True)
    shown = {
        k: given.get(k, "") if given else getattr(held, k)
        for k in ("name", "slug", "description", "sight", "posting", "counted", "position")
    }
    shown |= {k: k in given if given else bool(getattr(held, k)) for k in ("anonymous", "moderated")}
    shown["archived"] = "archived" in given if given else held.archived_at is not None
    shown["accounts"] = given.get("accounts", "") if given else accounts
    return page(
        request, access, "console/portal/board_form.html", "listen", status=422 if error else 200, board=board, given=shown,
        error=error, choices=Board, segments=[(s, str(s.pk) in chosen) for s in Segment.objects.filter(workspace=access.workspace, live=False).order_by("name")],
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    held = Look.objects.filter(workspace=access.workspace).first() or Look(workspace=access.workspace)
    error = ""
    if request.method == "POST":
        try:
            links = [
                {"name": n, "address": a}
                for n, a in zip(
                    request.POST.getlist("link_name")[:8], request.POST.getlist("link_address")[:8], strict=False
                )
                if n.strip() or a.strip()
            ]
            sent = request.FILES.get("logo")
            if sent is not None and (sent.size or 0) > looks.LOGO_LIMIT:
                raise ValueError("The logo is larger than 1 MB.")
            words = {
                k: request.POST.get(k, "")
                for k in ("accent_light", "accent_dark", "scheme", "welcome_title", "welcome", "language")
            }
            change_look(
                access, logo=sent.read() if sent else None, drop_logo="drop_logo" in request.POST, links=links, **words
            )
            messages.success(request, "The portal looks like this now.")
            return redirect("portal_look", slug)
        except ValueError as e:
            error = str(e)
            for k in ("accent_light", "accent_dark", "scheme", "welcome_title", "welcome", "language"):
                setattr(held, k, request.POST.get(k, ""))
    links = [*held.links, *({"name": "", "address": ""} for _ in range(max(1, 4 - len(held.links))))][:8]
    return page(
        request, access, "console/portal/look.html", "listen", status=422 if error else 200, look=held, error=error, links=links,
        schemes=Look.Scheme.choices, languages=[(code, NAMED[code]) for code in LANGUAGES],
    )  # fmt: skip
