"""Settings → Webhooks: which other systems are told what happens here, and what became of each telling."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.tell.models import Telling, Webhook
from wellheard.tell.queries import webhooks as reads
from wellheard.tell.services import webhooks as service
from wellheard.tell.webhooks.kinds import KINDS

from ..asked import one_of
from ..frame import page

STATES = (("", "All"), *Telling.State.choices)


@login_required
@require_safe
def webhooks(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    return page(request, access, "console/settings/webhooks.html", rows=reads.webhooks(access.workspace))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """A new address; its secret is shown once, on the page that answers."""
    access = enter(request, slug, Role.OWNER)
    error = ""
    if request.method == "POST":
        try:
            made = service.make(
                access, request.POST.get("url", ""), request.POST.getlist("kind"), request.POST.get("name", "")
            )
            return _one(request, access, made, shown=made.secret)
        except ValueError as e:
            error = str(e)
    return page(
        request, access, "console/settings/webhook_new.html", status=422 if error else 200, kinds=KINDS.values(), error=error,
        given=request.POST, ticked=request.POST.getlist("kind"),
    )  # fmt: skip


def _one(request: HttpRequest, access: Access, webhook: Webhook, shown: str = "", error: str = "") -> HttpResponse:
    state = one_of(request, "state", tuple(s for s, _ in STATES))
    return page(
        request, access, "console/settings/webhook.html", status=422 if error else 200, webhook=webhook, shown=shown, error=error,
        kinds=KINDS.values(), tellings=reads.tellings(webhook, state), state=state, states=STATES,
        given_up=any(r.failed for r in reads.webhooks(access.workspace) if r.webhook.pk == webhook.pk),
    )  # fmt: skip


@never_cache
@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    return _one(request, access, access.get(Webhook, number))


@never_cache
@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Address, name and kinds, a new secret, a test, pause, go on, tell again, remove."""
    access = enter(request, slug, Role.OWNER)
    webhook = access.get(Webhook, number)
    todo = request.POST.get("do", "")
    try:
        if todo == "save":
            service.change(
                access, webhook, request.POST.get("url", ""), request.POST.getlist("kind"), request.POST.get("name", "")
            )
            messages.success(request, "Saved.")
        elif todo == "secret":
            fresh = service.rotate(access, webhook)
            messages.success(request, "The new secret signs from now on; for one more day the old one signs beside it.")
            return _one(request, access, fresh, shown=fresh.secret)
        elif todo == "test":
            service.test(access, webhook)
            messages.success(request, "A test is on its way. Look at this page again in a few seconds.")
        elif todo in ("pause", "resume"):
            (service.pause if todo == "pause" else service.resume)(access, webhook)
        elif todo == "again":
            wanted = request.POST.get("telling", "")
            chosen = None if not wanted else [int(wanted)] if wanted.isdecimal() and len(wanted) < 18 else []
            count = service.replay(access, webhook, chosen)
            words = (
                f"{count} {'is' if count == 1 else 'are'} told again." if count else "Nothing is left to tell again."
            )
            messages.success(request, words)
        elif todo == "remove":
            service.remove(access, webhook)
            messages.success(request, "The webhook is gone; nothing more is told to it.")
            return redirect("webhooks", slug)
        else:
            messages.error(request, "Choose what to do.")
    except ValueError as e:
        if todo == "save":
            return _one(request, access, webhook, error=str(e))
        messages.error(request, str(e))
    return redirect("webhook", slug, number)
