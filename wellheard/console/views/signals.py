"""What rose more than chance explains: the last whole week, every problem watched, and the alarms of before."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.people.access import enter
from wellheard.understand.queries import signals as queries

from ..frame import page
from .understand import tabs


@login_required
@require_safe
def signals(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    found = queries.signals(access.workspace)
    return page(
        request, access, "console/understand/signals.html", "understand", found=found, raised=queries.raised(access.workspace),
        tabs=tabs(access),
    )  # fmt: skip
