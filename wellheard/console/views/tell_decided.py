"""Who is told of a decision: before it is published, and after."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from wellheard.core.markdown import to_html
from wellheard.decide.models import Decision
from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.tell.models import ABOUT, Notice, called
from wellheard.tell.queries import notices as reads
from wellheard.tell.services import answers

from ..frame import page
from .tell import without_secrets


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decided(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """GET: whom it concerns and what they read. POST: publishes it, or tells of one that was published without."""
    access = enter(request, slug, Role.EDITOR if request.method == "POST" else Role.VIEWER)
    found = access.get(Decision, number, "bet", "problem", "idea")
    given = {k: request.POST.get(k, "") for k in ("words", "despite")}
    error = ""
    if request.method == "POST":
        try:
            if found.published_at is None:
                made = answers.publish_decision(access, found, given["despite"], given["words"])
            elif found.notices.exists():
                raise ValueError("It was published and told already; what went out does not change.")
            else:
                made = answers.tell_decision(access, found, given["words"])
        except ValueError as e:
            error = str(e)
            found = access.get(Decision, number, "bet", "problem", "idea")
        else:
            messages.success(request, f"{made} {'person is' if made == 1 else 'people are'} being told.")
            return redirect("decided", slug, number)
    states = reads.states(found)
    expected = None if states or found.state == Decision.State.WITHDRAWN else reads.expected(found)
    sample = expected.sample if expected else _one(found)
    return page(
        request, access, "console/tell/decided.html", "tell", status=422 if error else 200, decision=found, states=states,
        expected=expected, sample=without_secrets(sample) if sample else None, html=to_html(found.public_reason), given=given,
        error=error, called=called(found),
    )  # fmt: skip


def _one(decision: Decision) -> Notice | None:
    held = Notice.objects.filter(decision=decision, voice__isnull=False)
    return held.select_related("person", "voice", "workspace", *ABOUT).order_by("pk").first()
