"""How accounts fare, worst first, and why."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.measure.health import healths
from wellheard.people.access import enter
from wellheard.people.models import Account
from wellheard.people.queries import lists

from ..asked import page_number
from ..frame import page

WORDS = ("at risk", "mixed", "well", "unknown")


@login_required
@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    rows = Account.objects.filter(workspace=access.workspace)
    owner, word = request.GET.get("owner", ""), request.GET.get("word", "")
    if owner == "mine":
        rows = rows.filter(keeper=access.member) if access.member else rows.none()
    elif owner == "nobody":
        rows = rows.filter(owner="")
    elif owner:
        rows = rows.filter(owner=owner)
    found = healths(access.workspace, list(rows))
    counts = {w: sum(h.word == w for h in found) for w in WORDS}
    money = {w: sum(h.cents for h in found if h.word == w) for w in WORDS}
    chosen = [h for h in found if not word or h.word == word]
    number = min(page_number(request), max(1, -(-len(chosen) // lists.PAGE)))
    shown = lists.Page(chosen[(number - 1) * lists.PAGE : number * lists.PAGE], len(chosen), number)
    return page(
        request, access, "console/people/health.html", "people", found=shown, word=word, owner=owner,
        total=Account.objects.filter(workspace=access.workspace).count(),
        figures=[(w, counts[w], money[w]) for w in WORDS], owners=lists.owners(access.workspace),
    )  # fmt: skip
