from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.people.access import enter
from wellheard.understand.models import Problem, Theme

from ..frame import page


@login_required
@require_safe
def understand(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/understand/first.html", "understand")


@login_required
@require_safe
def problem(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/understand/first.html", "understand", thing=access.get(Problem, number))


@login_required
@require_safe
def theme(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/understand/first.html", "understand", thing=access.get(Theme, number))
