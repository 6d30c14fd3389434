"""The digest as a page: what happened in some days, and the same by mail for whoever wants it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard.measure.dashboards import queries, subscribing
from wellheard.measure.digest import days_before, gather
from wellheard.measure.digest.mail import KEY
from wellheard.measure.models import Subscription
from wellheard.people.access import enter

from ..asked import one_of
from ..frame import page

SPANS = (("week", "7 days"), ("day", "Yesterday"), ("month", "30 days"))


@login_required
@require_safe
def digest(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    span = one_of(request, "days", tuple(key for key, _ in SPANS))
    return page(
        request, access, "console/tell/digest.html", "tell", digest=gather(access.workspace, *days_before(access.workspace, span)),
        span=span, spans=SPANS, everies=Subscription.Every.choices, subscription=queries.subscription(access, None, KEY),
    )  # fmt: skip


@login_required
@require_POST
def subscribe(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    try:
        held = subscribing.subscribe(access, None, request.POST.get("every", ""), KEY)
        said = f"You get it {held.get_every_display()} at 7:00." if held else "No more of it by mail."
        messages.success(request, said)
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("digest", slug)
