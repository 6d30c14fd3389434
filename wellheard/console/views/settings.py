"""The team, its keys and tokens, and the journal."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings as config
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wellheard import store
from wellheard.core.models import Entry
from wellheard.measure import asking
from wellheard.people.access import Access, enter
from wellheard.people.models import ApiToken, Member, Role, WriteKey
from wellheard.people.services import workspaces

from ..frame import page


def _shown(request: HttpRequest, access: Access, status: int = 200, **extra: Any) -> HttpResponse:
    workspace = access.workspace
    return page(
        request, access, "console/settings/settings.html", status=status, roles=Role.choices, url=config.PUBLIC_URL,
        members=Member.objects.select_related("user").filter(workspace=workspace).order_by("pk"),
        tokens=ApiToken.objects.filter(workspace=workspace, revoked_at=None).order_by("pk"),
        keys=WriteKey.objects.filter(workspace=workspace, revoked_at=None).order_by("pk"), **extra,
    )  # fmt: skip


@login_required
@require_safe
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    return _shown(request, enter(request, slug))


def _role(request: HttpRequest) -> Role:
    value = request.POST.get("role", "")
    if value not in Role.values:
        raise ValueError("Choose a role.")
    return Role(value)


@never_cache
@login_required
@require_POST
def add_member(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    try:
        made = workspaces.add_member(
            access, request.POST.get("email", ""), _role(request), request.POST.get("name", "")
        )
    except ValueError as e:
        return _shown(request, access, 422, error=str(e))
    return _hand_on(request, access, made)


def _hand_on(request: HttpRequest, access: Access, member: Member) -> HttpResponse:
    """The page with a one-time link to hand on, when it opens this workspace only."""
    link = workspaces.invite_link(access, member)
    if link is None:
        messages.warning(
            request,
            f"{member.user.email} is also in another workspace, so they sign in by themselves: with their password, "
            "or with a code that they ask for by mail.",
        )
        return redirect("settings", access.workspace.slug)
    return _shown(request, access, link=f"{config.PUBLIC_URL}{link}", link_for=member.user.email)


@never_cache
@login_required
@require_POST
def new_link(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    return _hand_on(request, access, access.get(Member, number, "user"))


@login_required
@require_POST
def change_role(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    member = access.get(Member, number, "user")
    try:
        workspaces.change_role(access, member, _role(request))
        messages.success(request, f"{member} is {member.get_role_display().lower()} now.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("settings", slug)


@login_required
@require_POST
def remove_member(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    member = access.get(Member, number, "user")
    try:
        workspaces.remove_member(access, member)
        messages.success(request, f"{member} can no longer enter.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("settings", slug)


@never_cache
@login_required
@require_POST
def make_token(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        _, secret = workspaces.make_token(access, request.POST.get("name", ""), _role(request))
    except ValueError as e:
        return _shown(request, access, 422, error=str(e))
    return _shown(request, access, secret=secret)


@login_required
@require_POST
def revoke_token(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    workspaces.revoke_token(access, access.get(ApiToken, number))
    messages.success(request, "The token works no longer.")
    return redirect("settings", slug)


@login_required
@require_POST
def make_key(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        workspaces.make_write_key(access, request.POST.get("name", ""))
        messages.success(request, "The new write key is below.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("settings", slug)


@login_required
@require_POST
def revoke_key(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    workspaces.revoke_write_key(access, access.get(WriteKey, number))
    messages.success(request, "Events with that key are refused from now on.")
    return redirect("settings", slug)


@login_required
@require_safe
def journal(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    rows = Entry.objects.filter(workspace_id=access.workspace.pk).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[:100])
    return page(request, access, "console/settings/journal.html", entries=found, more=len(found) == 100)


@login_required
@require_safe
def refused(request: HttpRequest, slug: str) -> HttpResponse:
    """Events that came but could not be stored: what a developer looks at when something is missing."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    rows: list[dict[str, Any]] = []
    with suppress(store.StoreError):
        rows = asking.refused(store.get().reader, access.workspace)["refused"]
    for row in rows:
        row["at"] = datetime.fromisoformat(row["received"])
    return page(request, access, "console/settings/refused.html", rows=rows)
