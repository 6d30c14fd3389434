"""The home page, and the list of workspaces somebody belongs to."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from wellheard.decide.queries.follow_ups import waiting
from wellheard.measure.earning import WAYS
from wellheard.people.access import enter
from wellheard.people.models import Member

from ..frame import page
from ..pulse import pulse as read_pulse
from .earning import read_home


@login_required
@require_safe
def workspaces(request: HttpRequest) -> HttpResponse:
    """Straight in when there is one workspace; a choice when there are several."""
    members = list(Member.objects.select_related("workspace").filter(user=request.user.pk).order_by("workspace__name"))
    if len(members) == 1:
        return redirect("pulse", members[0].workspace.slug)
    return render(request, "console/workspaces.html", {"members": members})


@login_required
@require_safe
def pulse(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(
        request, access, "console/pulse.html", "pulse", pulse=read_pulse(access.workspace), home=read_home(access),
        way=WAYS.get(access.workspace.earns), waiting=waiting(access.workspace, access.member),
    )  # fmt: skip
