from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.decide.models import Bet
from wellheard.people.access import enter

from ..frame import page


@login_required
@require_safe
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/decide/first.html", "decide")


@login_required
@require_safe
def bet(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/decide/first.html", "decide", thing=access.get(Bet, number))
