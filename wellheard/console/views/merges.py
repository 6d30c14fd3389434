"""Two that turned out to be one: pick the other, see what would move, merge; and the list of merges with undo."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Merge, Person, Role
from wellheard.people.queries import likely
from wellheard.people.services import merges as services

from ..asked import page_number
from ..frame import page

EACH = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge_person(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _merge(request, slug, Person, number)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge_account(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _merge(request, slug, Account, number)


def _merge(request: HttpRequest, slug: str, model: type[Person] | type[Account], number: int) -> HttpResponse:
    """First step: choose the other. Second (`with` is given): what would happen. Posting does it."""
    access = enter(request, slug, Role.EDITOR)
    kept: Person | Account = access.get(model, number, "workspace")
    kind = "person" if model is Person else "account"
    said = (request.POST if request.method == "POST" else request.GET).get("with", "").strip()
    if not said:
        q = request.GET.get("q", "").strip()
        return page(
            request, access, "console/people/merge_pick.html", "people", kept=kept, kind=kind, q=q, route=f"merge_{kind}",
            found=likely.search(kept, q) if q else [], likely=likely.like(kept),
        )  # fmt: skip
    gone: Person | Account = access.get(model, said, "workspace")
    error = ""
    if request.method == "POST":
        try:
            services.merge(access, kept, gone, request.POST.getlist("take"))
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"{gone} is part of {kept} now. It can be taken apart again under “Merges”.")
            return redirect(kind, slug, kept.pk)
    seen = None
    try:
        seen = services.preview(access, kept, gone)
    except ValueError as e:
        error = error or str(e)
    return page(
        request, access, "console/people/merge_check.html", "people", status=422 if error else 200, kept=kept, gone=gone,
        kind=kind, seen=seen, error=error, route=f"merge_{kind}",
    )  # fmt: skip


@login_required
@require_safe
def merges(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return _listed(request, access)


def _listed(request: HttpRequest, access: Access, error: str = "") -> HttpResponse:
    held = Merge.objects.filter(workspace=access.workspace).order_by("-pk").defer("steps")
    total = held.count()
    number = min(page_number(request), max(1, -(-total // EACH)))
    doubles = [("person", s) for s in likely.shared(access.workspace, Person)]
    doubles += [("account", s) for s in likely.shared(access.workspace, Account)]
    return page(
        request, access, "console/people/merges.html", "people", status=422 if error else 200, error=error,
        rows=list(held[(number - 1) * EACH : number * EACH]), total=total, number=number, last=max(1, -(-total // EACH)),
        doubles=doubles,
    )  # fmt: skip


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    made = access.get(Merge, number)
    try:
        undone = services.undo(access, made)
    except ValueError as e:
        return _listed(request, access, str(e))
    messages.success(request, f"{undone.gone_name} and {undone.kept_name} are two again.")
    for left in undone.left:
        messages.warning(request, left)
    return redirect("merges", slug)
