"""Moving bets on the board, saying whose they are, and what the public reads of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from wellheard.decide import services
from wellheard.decide.models import Bet
from wellheard.people.access import enter
from wellheard.people.models import Role

from .decide import _bet

LOOK = ("by", "rows", "team", "goal")


@login_required
@require_POST
def move(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """From the keys, the mouse (answers JSON) or the menu of a card (goes back to the board, to the card)."""
    access = enter(request, slug, Role.EDITOR)
    said = request.POST
    bet = access.get(Bet, number)
    before = access.get(Bet, said["before"]) if said.get("before") else None
    by = said.get("by", "horizon")
    column = said.get("column", said.get("horizon"))
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        services.place_bet(access, bet, by, column, before, said.get("way", ""))
    except ValueError as e:
        if wants_json:
            return JsonResponse({"code": "unusable", "message": str(e)}, status=422)
        messages.error(request, str(e))
    if wants_json:
        return JsonResponse({"bet": bet.pk, "by": by, "column": getattr(bet, by), "place": bet.place})
    look = urlencode({k: said[f"look_{k}"] for k in LOOK if said.get(f"look_{k}")})
    return redirect(f"{reverse('decide', args=[slug])}{'?' if look else ''}{look}#bet-{bet.pk}")


@login_required
@require_POST
def file_bet(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Bet, number)
    team, goal = request.POST.get("team", ""), request.POST.get("goal", "")
    try:
        services.file_bet(access, found, team, goal)
    except ValueError as e:
        found.refresh_from_db()
        return _bet(request, access, found, str(e), form="file", team=team, goal=goal)
    messages.success(request, "Kept.")
    return redirect("bet", slug, number)


@login_required
@require_POST
def show_bet(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Bet, number)
    public = request.POST.get("public") == "yes"
    title, words = request.POST.get("title", ""), request.POST.get("words", "")
    try:
        services.show_bet(access, found, public, title, words)
    except ValueError as e:
        found.refresh_from_db()
        return _bet(request, access, found, str(e), form="public", title=title, words=words)
    messages.success(request, "It is on the public roadmap." if public else "It is not on the public roadmap.")
    return redirect("bet", slug, number)
