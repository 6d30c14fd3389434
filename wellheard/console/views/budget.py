"""How often people may be written to: the limits, what they hold back, addresses that take no mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.tell.budget import limits_of
from wellheard.tell.models import DeadAddress, Purpose
from wellheard.tell.queries.budget import standing
from wellheard.tell.services import addresses
from wellheard.tell.services.limits import Wanted, clock, set_limits, told

from ..frame import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER if request.method == "POST" else Role.VIEWER)
    said, error = told(limits_of(access.workspace)), ""
    gaps = [(p.value, p.label, said["gaps"][p.value]) for p in Purpose]
    if request.method == "POST":
        given = {k: request.POST.get(k, "") for k in ("per_week", "per_month", "quiet_from", "quiet_until")}
        gaps = [(p.value, p.label, request.POST.get(f"gap_{p.value}", "")) for p in Purpose]
        try:
            wanted = Wanted(
                given["per_week"], given["per_month"], clock(given["quiet_from"], "Quiet from"),  # type: ignore[arg-type]
                clock(given["quiet_until"], "Quiet until"), {value: days for value, _, days in gaps},
            )  # fmt: skip
            set_limits(access, wanted)
        except ValueError as e:
            said, error = {**said, **given}, str(e)
        else:
            messages.success(request, "Saved. What waits is looked at anew within a minute.")
            return redirect("budget", slug)
    return page(
        request, access, "console/settings/budget.html", status=422 if error else 200, said=said, gaps=gaps, error=error,
        now=standing(access.workspace),
    )  # fmt: skip


@login_required
@require_POST
def revive(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The address takes mail again, as far as a member knows."""
    access = enter(request, slug, Role.EDITOR)
    try:
        addresses.try_again(access, access.get(DeadAddress, number))
        messages.success(request, "It is tried again. If mail comes back once more, it stands here again.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("budget", slug)
