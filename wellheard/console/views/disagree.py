"""Where users and customers disagree."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.people.access import enter
from wellheard.understand.queries.disagree import FLOOR, stands

from ..asked import one_of
from ..frame import page
from .understand import tabs

DAYS = {"": None, "90": 90, "365": 365}


@login_required
@require_safe
def disagree(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    days = one_of(request, "days", tuple(DAYS))
    found = stands(access.workspace, DAYS[days])
    return page(
        request, access, "console/understand/disagree.html", "understand", found=found, days=days, tabs=tabs(access), floor=FLOOR,
        sure=[s for s in found if s.word in ("users more", "customers more")], first=found[0] if found else None,
    )  # fmt: skip
