from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.people.access import enter
from wellheard.tell.models import Release

from ..frame import page


@login_required
@require_safe
def tell(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/tell/first.html", "tell")


@login_required
@require_safe
def release(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/tell/first.html", "tell", thing=access.get(Release, number))
