"""Making, arranging and sharing dashboards, and putting questions on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from wellheard import store
from wellheard.measure.dashboards import builtin, queries, services, subscribing
from wellheard.measure.dashboards.words import AUDIENCES, FIXED, NOTE, PERIODS, Spec, told_period
from wellheard.measure.models import Dashboard, Tile
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page


def _changing(request: HttpRequest, slug: str, number: int) -> tuple[Access, Dashboard]:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = queries.fetch(access, number)
    _need(access, found)
    return access, found


def _need(access: Access, found: Dashboard) -> None:
    if not queries.may_change(access, found):
        raise PermissionDenied("Contributors change the dashboards they made; those of the team are for editors.")


def _tile(request: HttpRequest, slug: str, number: int) -> tuple[Access, Tile]:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = queries.fetch_tile(access, number)
    _need(access, found.dashboard)
    return access, found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    given = _given(request)
    if request.method == "POST":
        try:
            made = services.create(access, **given)
        except ValueError as e:
            return _form(request, access, None, given, str(e))
        return redirect("dashboard", slug, made.pk)
    return _form(request, access, None, given)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access, found = _changing(request, slug, number)
    if request.method == "POST":
        given = _given(request)
        try:
            services.change(access, found, **given)
        except ValueError as e:
            return _form(request, access, found, given, str(e))
        return redirect("dashboard", slug, number)
    held = {"name": found.name, "description": found.description, "audience": found.audience, "shared": found.shared}
    return _form(request, access, found, held)


def _given(request: HttpRequest) -> dict[str, Any]:
    said = request.POST
    return {
        "name": said.get("name", ""), "description": said.get("description", ""),
        "audience": said.getlist("audience"), "shared": said.get("shared") == "yes",
    }  # fmt: skip


def _form(
    request: HttpRequest, access: Access, found: Dashboard | None, given: dict[str, Any], error: str = ""
) -> HttpResponse:
    return page(
        request, access, "console/measure/boards/form.html", "measure", status=422 if error else 200, board=found,
        given=given, error=error, audiences=AUDIENCES,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access, found = _changing(request, slug, number)
    if request.method == "POST":
        services.delete(access, found)
        messages.success(request, f"“{found.name}” is deleted. It can be brought back from the list for 30 days.")
        return redirect("all_dashboards", slug)
    return page(
        request, access, "console/measure/boards/delete.html", "measure", board=found,
        subscribers=found.subscriptions.count(), tiles=found.tiles.count(),
    )  # fmt: skip


@login_required
@require_POST
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = queries.fetch(access, number, deleted=True)
    _need(access, found)
    services.restore(access, found)
    messages.success(request, "It is back.")
    return redirect("dashboard", slug, number)


@login_required
@require_POST
def copy(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    return _copied(request, slug, lambda: services.copy(access, queries.fetch(access, number)))


@login_required
@require_POST
def copy_built_in(request: HttpRequest, slug: str, built: str) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    if built not in builtin.KEYS:
        raise Http404("There is no such built-in dashboard.")
    try:
        found = builtin.built_in(store.get().reader, access.workspace.pk, built)
    except store.StoreError as e:
        messages.error(request, f"The events cannot be asked here: {e}.")
        return redirect("built_in", slug, built)
    assert found is not None
    return _copied(request, slug, lambda: services.copy(access, found, f"Our {found.name[:1].lower()}{found.name[1:]}"))


def _copied(request: HttpRequest, slug: str, make: Callable[[], Dashboard]) -> HttpResponse:
    try:
        made = make()
    except ValueError as e:
        messages.error(request, str(e))
        return redirect("all_dashboards", slug)
    messages.success(request, "This copy is yours; change it as you like, and share it when it is ready.")
    return redirect("dashboard", slug, made.pk)


@login_required
@require_POST
def open_first(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Choosing it again takes the choice back."""
    access = enter(request, slug)
    found = queries.fetch(access, number)
    first = queries.first_of(access)
    services.open_first(access, None if first and first.pk == found.pk else found)
    return redirect("dashboard", slug, number)


@login_required
@require_POST
def subscribe(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _subscribed(request, access, queries.fetch(access, number), "", reverse("dashboard", args=[slug, number]))


@login_required
@require_POST
def subscribe_built_in(request: HttpRequest, slug: str, built: str) -> HttpResponse:
    access = enter(request, slug)
    if built not in builtin.KEYS:
        raise Http404("There is no such built-in dashboard.")
    return _subscribed(request, access, None, built, reverse("built_in", args=[slug, built]))


def _subscribed(request: HttpRequest, access: Access, found: Dashboard | None, built: str, back: str) -> HttpResponse:
    every = request.POST.get("every", "")
    try:
        held = subscribing.subscribe(access, found, every, built)
        said = f"You get it by mail {held.get_every_display()} at 7:00." if held else "No more mail of this dashboard."
        messages.success(request, said)
    except ValueError as e:
        messages.error(request, str(e))
    return redirect(back)


@login_required
@require_POST
def arrange(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """`order` is the tiles' numbers, `size` pairs like 12:half; what the page has on it after a drag."""
    access, found = _changing(request, slug, number)
    order = [int(n) for n in request.POST.getlist("order") if n.isascii() and n.isdecimal() and len(n) < 19]
    pairs = [pair.partition(":") for pair in request.POST.getlist("size")]
    sizes = {int(n): size for n, _, size in pairs if n.isascii() and n.isdecimal() and len(n) < 19}
    try:
        services.arrange(access, found, order, sizes)
    except ValueError as e:
        return JsonResponse({"message": str(e)}, status=422)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"order": [t.pk for t in queries.tiles_of(found)]})
    return redirect("dashboard", slug, number)


# tiles ------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Puts a question, or a note, on a dashboard; on a new one when none is chosen; or in a tile's place."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    said = request.POST
    spec = _spec(request)
    try:
        if said.get("tile"):
            tile = queries.fetch_tile(access, said["tile"])
            _need(access, tile.dashboard)
            services.change_tile(access, tile, Spec(spec.title, spec.kind, spec.words, spec.period, tile.size))
            return redirect("dashboard", slug, tile.dashboard_id)
        if said.get("dashboard"):
            found = queries.fetch(access, said["dashboard"])
            _need(access, found)
            services.add_tile(access, found, spec)
        else:
            found = services.create(access, said.get("name", "").strip() or "My dashboard", tiles=[spec])
    except ValueError as e:
        messages.error(request, str(e))
        return redirect("all_dashboards", slug)
    messages.success(request, f"“{spec.title or spec.kind}” is on the dashboard.")
    return redirect(f"{reverse('dashboard', args=[slug, found.pk])}#end")


def _spec(request: HttpRequest) -> Spec:
    said = request.POST
    shown = {k: said[k] for k in ("from", "to") if said.get(k)}  # the days the page shows, for a tile of fixed days
    words = shown | dict(parse_qsl(said.get("words", "")[:40_000]))
    size = said.get("size") or "half"
    return Spec(
        said.get("title", ""), said.get("kind", ""), words, said.get("period") or "90", size, said.get("note", "")
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_tile(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Its title, days, size, or what a note says; the question itself is changed on its own page."""
    access, tile = _tile(request, slug, number)
    held, error = services.spec_of(tile), ""
    if request.method == "POST":
        said = request.POST
        words = {**held.words, **{k: said[k] for k in ("from", "to") if said.get(k)}}
        held = Spec(
            said.get("title", ""), tile.kind, words, said.get("period") or tile.period, said.get("size") or tile.size,
            said.get("note", "") or tile.note,
        )  # fmt: skip
        try:
            services.change_tile(access, tile, held)
            return redirect(f"{reverse('dashboard', args=[slug, tile.dashboard_id])}#tile-{tile.pk}")
        except ValueError as e:
            error = str(e)
    periods = dict(PERIODS) | {held.period: told_period(held.period)}
    return page(
        request, access, "console/measure/boards/tile.html", "measure", status=422 if error else 200, tile=tile,
        held=held, error=error, sizes=Tile.Size.choices, periods=periods.items(), is_note=tile.kind == NOTE, fixed=FIXED,
    )  # fmt: skip


@login_required
@require_POST
def remove_tile(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access, tile = _tile(request, slug, number)
    services.remove_tile(access, tile)
    messages.success(request, f"“{tile}” is off the dashboard.")
    return redirect("dashboard", slug, tile.dashboard_id)


@login_required
@require_POST
def move_tile(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One step, by a button: what the mouse does without the mouse and without a script."""
    access, tile = _tile(request, slug, number)
    how = request.POST.get("how", "")
    if how:
        try:
            services.move(access, tile, how)
        except ValueError as e:
            messages.error(request, str(e))
    return redirect(f"{reverse('dashboard', args=[slug, tile.dashboard_id])}#tile-{tile.pk}")
