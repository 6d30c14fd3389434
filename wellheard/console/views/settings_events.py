"""Events on their way in: how to send them, watching them arrive, and what is turned away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as config
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from wellheard import store
from wellheard.listen.intake.live import Seen, live
from wellheard.listen.models import IntakeRules
from wellheard.listen.services.rules import set_rules
from wellheard.people.access import Access, enter
from wellheard.people.models import Role, WriteKey
from wellheard.store.rows import ALIAS, CORRECTED, EVENT, GROUP, IDENTIFY, QUIET, REFUSED, REPLACED, Row

from ..frame import page
from .settings_recipes import recipes

KINDS = {EVENT: "event", IDENTIFY: "identify", GROUP: "group", ALIAS: "alias", REFUSED: "refused"}
SHOWN = 100
FIELDS = ("drop_properties", "own_networks", "own_hosts", "own_people", "own_accounts", "origins")


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the page shows it. `time` is the moment stored for it, where that is not when it was received."""

    at: datetime
    time: datetime | None
    key: str
    kind: str
    name: str
    who: str
    account: str
    where: str
    what: str
    notes: tuple[str, ...]
    refused: bool


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _line(seen: Seen, keys: dict[str, str]) -> Line:
    row = seen.row
    refused = row.kind == REFUSED
    at_once = refused or abs(row.time - seen.received) < 2_000
    return Line(
        _moment(seen.received), None if at_once else _moment(row.time), keys.get(seen.source, seen.source),
        KINDS[row.kind], row.name, row.user or row.anonymous, row.account, row.path or row.url, row.properties,
        tuple(_notes(row, seen.said)), refused,
    )  # fmt: skip


def _notes(row: Row, said: Any) -> list[str]:
    notes = []
    if row.flags & CORRECTED:
        notes.append(f"clock put right; it said {said!s:.40}")
    if row.flags & REPLACED:
        notes.append(f"time of receipt, for {said!s:.40} is no usable time")
    if row.flags & QUIET:
        notes.append("sent by the library itself: makes nobody active")
    if row.kind == EVENT and row.anonymous and not row.user:
        notes.append("anonymous")
    return notes


def _older_refused(workspace: int, keys: dict[str, str], before: datetime | None) -> list[Line]:
    """What was refused before this process began to remember."""
    rows: list[tuple[datetime, str, str, str]] = []
    with suppress(store.StoreError):
        rows = store.get().reader.refused(workspace, SHOWN)
    return [
        Line(at, None, keys.get(source, source), "refused", reason, "", "", "", message, (), True)
        for at, source, reason, message in rows
        if before is None or at < before
    ]


def _lines(access: Access, show: str, text: str) -> list[Line]:
    workspace = access.workspace.pk
    keys = {f"key{k.pk}": k.name or k.key[:8] for k in WriteKey.objects.filter(workspace=workspace)}
    lines = [_line(seen, keys) for seen in live.newest(workspace)]
    if show != "accepted":
        lines += _older_refused(workspace, keys, lines[-1].at if lines else None)
    if show in ("accepted", "refused"):
        lines = [line for line in lines if line.refused == (show == "refused")]
    if text:
        sought = text.lower()
        lines = [x for x in lines if any(sought in f.lower() for f in (x.name, x.who, x.account, x.where, x.what))]
    return lines[:SHOWN]


@never_cache
@login_required
@require_safe
def live_events(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    told = live.of(access.workspace.pk)
    show, text = request.GET.get("show", ""), request.GET.get("q", "").strip()[:100]
    found: dict[str, Any] = {
        "lines": _lines(access, show, text), "told": told, "turned": sorted(told.turned.items()),
        "paused": request.GET.get("paused") == "1", "show": show, "q": text, "key": _key_of(access),
        "url": config.PUBLIC_URL,
    }  # fmt: skip
    if getattr(request, "htmx", False):
        with timezone.override(ZoneInfo(access.workspace.time_zone)):
            return render(
                request, "console/settings/live_lines.html", {"access": access, "workspace": access.workspace, **found}
            )
    return page(request, access, "console/settings/live.html", **found)


def _key_of(access: Access) -> str:
    """The first write key, for those who may see keys."""
    if not access.may_edit:
        return "wk_…"
    found = WriteKey.objects.filter(workspace=access.workspace, revoked_at=None).order_by("pk").first()
    return found.key if found else "wk_…"


@login_required
@require_safe
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    key = _key_of(access)
    return page(
        request, access, "console/settings/connect.html", key=key, url=config.PUBLIC_URL,
        recipes=recipes(key, config.PUBLIC_URL),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def intake_rules(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    if request.method == "POST":
        said = {name: request.POST.get(name, "") for name in (*FIELDS, "account_group")}
        bots = request.POST.get("exclude_bots") == "on"
        lists = {name: said[name].splitlines() for name in FIELDS}
        try:
            set_rules(access, exclude_bots=bots, account_group=said["account_group"], **lists)
        except ValueError as e:
            return _rules_page(request, access, said, bots, str(e))
        messages.success(request, "The rules hold within a few seconds.")
        return redirect("intake_rules", slug)
    held = IntakeRules.objects.filter(workspace=access.workspace).first() or IntakeRules()
    said = {name: "\n".join(getattr(held, name)) for name in FIELDS} | {"account_group": held.account_group}
    return _rules_page(request, access, said, held.exclude_bots)


def _rules_page(
    request: HttpRequest, access: Access, said: dict[str, str], bots: bool, error: str = ""
) -> HttpResponse:
    return page(
        request, access, "console/settings/rules.html", status=422 if error else 200, error=error, said=said,
        bots=bots, turned=sorted(live.of(access.workspace.pk).turned.items()),
    )  # fmt: skip
