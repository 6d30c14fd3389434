"""What waits for a member before the public sees it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard.listen.models import Comment, Idea, Standing
from wellheard.listen.queries import moderation as reads
from wellheard.listen.services import moderation
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page

DECIDED = {
    Standing.PUBLIC: "published", Standing.REFUSED: "refused", Standing.SPAM: "set aside as spam",
    Standing.PENDING: "back in the queue",
}  # fmt: skip


@login_required
@require_safe
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    wanted = request.GET.get("standing", Standing.PENDING)
    if wanted not in (Standing.PENDING, Standing.REFUSED, Standing.SPAM):
        wanted = Standing.PENDING
    found = reads.queue(access.workspace, wanted)
    tabs = [(s.value, s.label, found.counts[s]) for s in (Standing.PENDING, Standing.REFUSED, Standing.SPAM)]
    return page(request, access, "console/portal/queue.html", "listen", found=found, standing=wanted, tabs=tabs)


def _things(access: Access, keys: list[str]) -> list[Idea | Comment]:
    found: list[Idea | Comment] = []
    for key in keys[:200]:
        kind, _, number = key.partition("-")
        found.append(access.get(Comment, number, "idea") if kind == "comment" else access.get(Idea, number))
    return found


@login_required
@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """One row by its buttons, or the ticked rows together."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    one = request.POST.get("one", "")
    standing, _, key = one.partition(":") if one else (request.POST.get("standing", ""), "", "")
    things = _things(access, [key] if key else request.POST.getlist("thing"))
    if standing not in Standing.values:
        messages.error(request, "Choose what to do with it.")
    elif not things:
        messages.warning(request, "Tick at least one first.")
    else:
        try:
            changed = moderation.decide(access, things, Standing(standing), request.POST.get("reason", ""))
            messages.success(request, f"{len(changed)} {DECIDED[Standing(standing)]}.")
        except ValueError as e:
            messages.error(request, str(e))
    back = request.POST.get("from", "")
    query = f"?standing={back}" if back in (Standing.REFUSED, Standing.SPAM) else ""
    return redirect(reverse("queue", args=[slug]) + query)
