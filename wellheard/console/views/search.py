"""One box that finds what was said, what people ask for, what is settled, and what the team noted."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.listen.models import Channel
from wellheard.people.access import enter
from wellheard.understand.queries.searching import THINGS, Filters, Found, find

from .. import searching
from ..frame import page
from .listen import FEELINGS, KINDS

LABELS = {"": "All", "voices": "Voices", "ideas": "Ideas", "problems": "Problems", "notes": "Notes"}


@login_required
@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    given = {f: request.GET.get(f, "") for f in searching.FIELDS}
    text, what = request.GET.get("q", "").replace("\x00", "").strip()[:400], request.GET.get("what", "")
    what = what if what in THINGS else ""
    number = request.GET.get("page", "")
    error, found, filters = "", None, Filters()
    try:
        filters = searching.read(access.workspace, given)
        if text:
            found = find(
                access.workspace, text, filters, what,
                page=int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1,
                newest=request.GET.get("order") == "newest",
            )  # fmt: skip
    except ValueError as e:
        error = str(e)
    return page(
        request, access, "console/search.html", "", status=422 if error else 200, text=text, what=what, given=given, error=error,
        found=found, filters=filters, tabs=_tabs(found), channels=Channel.choices, kinds=KINDS, feelings=FEELINGS,
        segments=searching.segments(access.workspace), order=request.GET.get("order", ""),
    )  # fmt: skip


def _tabs(found: Found | None) -> list[tuple[str, str, int, bool]]:
    """(value, label, how many, whether there are more)."""
    if found is None:
        return []
    counts = {"": found.total, **found.counts}
    return [(v, label, counts[v], v in found.more or (not v and bool(found.more))) for v, label in LABELS.items()]
