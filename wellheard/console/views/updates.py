"""Tell → Updates: what each stakeholder who is due would read, changed and sent by a member."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard.decide.models import Stakeholder
from wellheard.measure import updates as service
from wellheard.people.access import enter
from wellheard.people.models import Role

from ..frame import page


@login_required
@require_safe
def updates(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    everybody = request.GET.get("who") == "all"
    return page(
        request, access, "console/tell/updates.html", "tell", rows=service.updates(access.workspace, everybody), everybody=everybody,
        any_stakeholders=Stakeholder.objects.filter(workspace=access.workspace, gone_at=None).exists(),
    )  # fmt: skip


@login_required
@require_POST
def send(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Stakeholder, number, "member__user", "person", "workspace")
    try:
        service.send(
            access, found, request.POST.get("subject", ""), request.POST.get("words", "").replace("\r\n", "\n")
        )
        messages.success(request, f"Noted: {found} was told. It stands in what was said with them.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("updates", slug)
