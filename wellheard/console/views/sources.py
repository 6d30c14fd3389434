"""Settings → Sources: doors for other systems, what came through them, and who members are there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.listen import sources as registry
from wellheard.listen.models import Connection, Delivery
from wellheard.listen.queries import connections as reads
from wellheard.listen.services import connections as service
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page


@login_required
@require_safe
def sources(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    linked = [
        (s, reads.handle_of(access.member, s.name))
        for s in registry.hooks().values()
        if s.hook is not None and s.hook.commands
    ]
    return page(
        request, access, "console/settings/sources.html", rows=reads.connections(access.workspace),
        hooks=registry.hooks().values(), linked=linked,
    )  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, slug: str, source: str) -> HttpResponse:
    """Make a connection: how it is done there beside, its secret shown once."""
    access = enter(request, slug, Role.EDITOR)
    known = registry.hooks().get(source)
    if known is None:
        messages.error(request, "There is no such source to connect.")
        return redirect("sources", slug)
    error = ""
    if request.method == "POST":
        try:
            made = service.connect(
                access,
                source,
                request.POST.get("name", ""),
                request.POST.get("secret", ""),
                request.POST.getlist("switch"),
            )
            return _one(request, access, made, shown=made.secret)
        except ValueError as e:
            error = str(e)
    return page(
        request, access, "console/settings/source_connect.html", status=422 if error else 200, source=known,
        hook=known.hook, error=error, given=request.POST, ticked=request.POST.getlist("switch"),
    )  # fmt: skip


def _one(
    request: HttpRequest, access: Access, connection: Connection, shown: str = "", status: int = 200
) -> HttpResponse:
    known = registry.all_sources().get(connection.source)
    hook = known.hook if known else None
    extra: dict[str, Any] = {}
    if hook is not None and hook.by_mail and access.may_edit:
        extra["mailbox"] = reads.mailbox(connection)
    return page(
        request, access, "console/settings/source.html", status=status, connection=connection, source=known, hook=hook,
        address=reads.address(connection), story=reads.story(connection), shown="" if hook and (hook.theirs or hook.by_mail) else shown, **extra,
    )  # fmt: skip


@never_cache
@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    return _one(request, access, access.get(Connection, number))


@never_cache
@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Name and switches, a new secret, pause, go on, remove, or work again on what failed."""
    access = enter(request, slug, Role.EDITOR)
    connection = access.get(Connection, number)
    todo = request.POST.get("do", "")
    try:
        if todo == "set up":
            service.set_up(access, connection, request.POST.get("name", ""), request.POST.getlist("switch"))
            messages.success(request, "Saved.")
        elif todo == "secret":
            fresh = service.rotate(access, connection, request.POST.get("secret", ""))
            messages.success(request, "The new secret holds now; the old one for one more day.")
            return _one(request, access, fresh, shown=fresh.secret)
        elif todo in ("pause", "resume"):
            service.pause(access, connection, todo == "pause")
        elif todo == "remove":
            access.need(Role.OWNER)
            service.remove(access, connection)
            messages.success(request, "The connection is gone; what came through it stays.")
            return redirect("sources", slug)
        elif todo == "again":
            wanted = request.POST.get("delivery", "")
            held = Delivery.objects.filter(
                connection=connection, pk=wanted if wanted.isdecimal() and len(wanted) < 18 else 0
            )
            again = [service.try_again(access, d) for d in held]
            messages.success(request, "It is worked on again.") if any(again) else messages.error(
                request, "There is nothing left of it to work on."
            )
        else:
            messages.error(request, "Choose what to do.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("source", slug, number)


@login_required
@require_POST
def link(request: HttpRequest, slug: str, source: str) -> HttpResponse:
    """Say who you are at a source; empty takes it off."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    try:
        if request.POST.get("outer", "").strip():
            service.link(access, source, request.POST["outer"])
            messages.success(request, "What you note there is noted by you now.")
        else:
            service.unlink(access, source)
            messages.success(request, "Taken off.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("sources", slug)
