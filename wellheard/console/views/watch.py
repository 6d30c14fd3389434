"""What watches over verdicts: the self-check, how good our bets and expectations are, and alarms of effects that are gone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.charts.marks import reach
from wellheard.decide.models import Bet
from wellheard.measure.fading.services import dismiss
from wellheard.measure.models import Fading
from wellheard.measure.selfcheck.services import ask_for_check, standing
from wellheard.measure.track.queries import track
from wellheard.people.access import enter
from wellheard.people.models import Role

from ..frame import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def self_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Whether "likely" can be believed here; editors have it checked."""
    if request.method == "POST":
        ask_for_check(enter(request, slug, Role.EDITOR))
        messages.success(request, "It is being checked. That takes up to two minutes; look again then.")
        return redirect("self_check", slug)
    access = enter(request, slug)
    return page(request, access, "console/measure/self_check.html", "measure", found=standing(access.workspace))


@login_required
@require_POST
def dismiss_fading(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    found = Fading.objects.select_related("bet").filter(bet=access.get(Bet, number)).first()
    try:
        if found is None:
            raise ValueError("There is no alarm for this bet.")
        dismiss(access, found, request.POST.get("reason", ""))
        messages.success(request, "Dismissed, with your reason.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("outcome", slug, number)


@login_required
@require_safe
def track_record(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    found = track(access.workspace)
    half = reach(*(x for _, _, h in found.held for x in (h.measured, h.from_, h.to, h.expected)))
    return page(request, access, "console/measure/track_record.html", "measure", found=found, half=half)
