"""Settings → Trackers, and the issues of a bet: made there, linked, asked anew, let go."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.decide.models import Bet, Issue, Tracker
from wellheard.decide.queries import tracking as reads
from wellheard.decide.services import tracking as services
from wellheard.decide.trackers import KINDS
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page
from ..links import absolute
from .decide import _bet


@login_required
@require_safe
def trackers(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    rows = [(t, KINDS.get(t.kind)) for t in reads.trackers(access.workspace)]
    return page(request, access, "console/settings/trackers.html", rows=rows, kinds=KINDS.values())


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """What it asks for, how it is done there beside; the secret is shown once, on the page that answers."""
    access = enter(request, slug, Role.OWNER)
    known = KINDS.get(kind)
    if known is None:
        messages.error(request, "There is no such tracker to connect.")
        return redirect("trackers", slug)
    error = ""
    if request.method == "POST":
        said = request.POST
        try:
            given = {f.name: said.get(f.name, "") for f in known.fields}
            made = services.connect(
                access, kind, said.get("name", ""), given, said.get("token", ""), said.get("secret", "")
            )
            return _one(request, access, made, shown="" if said.get("secret", "").strip() else made.secret)
        except ValueError as e:
            error = str(e)
    fields = [(f, request.POST.get(f.name, "")) for f in known.fields]
    return page(
        request, access, "console/settings/tracker_connect.html", status=422 if error else 200, kind=known, fields=fields, error=error,
        name=request.POST.get("name", ""),
    )  # fmt: skip


def _one(request: HttpRequest, access: Access, tracker: Tracker, shown: str = "", error: str = "") -> HttpResponse:
    kind = KINDS.get(tracker.kind)
    held = [(f.label, tracker.settings[f.name]) for f in (kind.fields if kind else ()) if tracker.settings.get(f.name)]
    return page(
        request, access, "console/settings/tracker.html", status=422 if error else 200, tracker=tracker, kind=kind, held=held, shown=shown, error=error,
        address=absolute("tracker_hook", tracker.public_id),
        issues=Issue.objects.filter(tracker=tracker).select_related("bet").order_by("-pk")[:100],
    )  # fmt: skip


@never_cache
@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    return _one(request, access, access.get(Tracker, number))


@never_cache
@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A new token or secret, pause, go on, remove."""
    access = enter(request, slug, Role.OWNER)
    tracker = access.get(Tracker, number)
    todo = request.POST.get("do", "")
    try:
        if todo == "renew":
            services.renew(access, tracker, request.POST.get("token", ""), request.POST.get("secret", ""))
            messages.success(request, "Kept.")
        elif todo in ("pause", "resume"):
            services.pause(access, tracker, todo == "pause")
        elif todo == "remove":
            services.remove(access, tracker)
            messages.success(request, "The connection is gone, with its token. Links stay as addresses.")
            return redirect("trackers", slug)
        else:
            raise ValueError("Choose what to do.")
    except ValueError as e:
        return _one(request, access, tracker, error=str(e))
    return redirect("tracker", slug, number)


@login_required
@require_POST
def make_issue(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    bet = access.get(Bet, number)
    chosen, reference = request.POST.get("tracker", ""), request.POST.get("reference", "").strip()
    if not chosen:
        return _bet(request, access, bet, "Choose where.", form="issue", reference=reference)
    tracker = access.get(Tracker, chosen)
    try:
        if reference:
            issue = services.link_issue(access, bet, tracker, reference)
        else:
            issue = services.make_issue(access, bet, tracker, absolute("bet", slug, bet.pk))
    except ValueError as e:
        return _bet(request, access, bet, str(e), form="issue", reference=reference, tracker=str(tracker.pk))
    messages.success(request, f"{issue.key} is linked.")
    return redirect(f"{reverse('bet', args=[slug, number])}#issues")


@login_required
@require_POST
def change_issue(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask how it stands, or let it go."""
    access = enter(request, slug, Role.EDITOR)
    issue = access.get(Issue, number, "bet", "tracker")
    try:
        if request.POST.get("do") == "forget":
            services.unlink(access, issue)
            messages.success(request, "It is not linked any more. Nothing was deleted there.")
        else:
            changed = services.refresh(access, issue)
            messages.success(request, "It had changed." if changed else "Nothing had changed.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect(f"{reverse('bet', args=[slug, issue.bet_id])}#issues")
