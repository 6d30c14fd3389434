"""Dashboards as they are looked at: the shell comes first, each tile asks its own question after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wellheard import store
from wellheard.console.drawings.draw import Drawn, draw, sample
from wellheard.console.drawings.shapes import Columns, Lines, Say, Table
from wellheard.core.markdown import to_html
from wellheard.measure import asking
from wellheard.measure.dashboards import builtin, queries, subscribing
from wellheard.measure.dashboards.answering import sentence
from wellheard.measure.dashboards.words import AUDIENCES, NOTE, PERIODS, SIZES, View, said, told_period, view_of
from wellheard.measure.digest.mail import KEY
from wellheard.measure.errors import Unaskable
from wellheard.measure.kinds import KINDS
from wellheard.measure.models import Dashboard, Subscription
from wellheard.people.access import Access, enter
from wellheard.people.queries.money import today
from wellheard.people.segments import names as segment_names
from wellheard.store.reader import Reader

from ..asked import one_of
from ..frame import page
from .ask import words_of

DAYS = ("7", "28", "90", "365")


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile in the shell: where its answer is fetched, and where the question can be asked by itself."""

    tile: Any
    number: int | None
    answer_url: str
    ask_url: str
    note: str
    error: str
    period: str
    at: int


def reader_or_none() -> Reader | None:
    try:
        return store.get().reader
    except store.StoreError:
        return None


def view_said(request: HttpRequest) -> tuple[View, str]:
    """What the address asks of all tiles; a slip is told and leaves the tiles as they are."""
    try:
        return view_of(request.GET.dict()), ""
    except Unaskable as e:
        return View(), sentence(e)


def _shown(access: Access, tiles: list[Any], view: View) -> list[Shown]:
    return [_one(access, tile, view, at) for at, tile in enumerate(tiles)]


def _one(access: Access, tile: Any, view: View, at: int) -> Shown:
    number = getattr(tile, "pk", None)
    if tile.kind == NOTE:
        return Shown(tile, number, "", "", to_html(tile.note), "", "", at)
    try:
        words = urlencode(said(access.workspace, tile, view))
    except Unaskable as e:  # a kind of question there no longer is
        return Shown(tile, number, "", "", "", sentence(e), "", at)
    address = [access.workspace.slug, tile.kind]
    told = "" if view.days or view.first else told_period(tile.period)
    return Shown(
        tile, number, f"{reverse('tile_answer', args=address)}?{words}&size={tile.size}",
        f"{reverse('ask_kind', args=address)}?{words}", "", "", told, at,
    )  # fmt: skip


def _pick(access: Access, view: View) -> dict[str, Any]:
    return {
        "view": view, "told": urlencode(view.told), "days": [(d, PERIODS[d]) for d in DAYS],
        "segments": segment_names(access.workspace), "today": today(access.workspace), "sizes": SIZES,
        "everies": Subscription.Every.choices,
    }  # fmt: skip


@login_required
@require_safe
def boards(request: HttpRequest, slug: str) -> HttpResponse:
    """The member's own first dashboard, or the list."""
    access = enter(request, slug)
    first = queries.first_of(access)
    return redirect("dashboard", slug, first.pk) if first else redirect("all_dashboards", slug)


@login_required
@require_safe
def all_boards(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    audience = one_of(request, "for", ("", *AUDIENCES))
    reader = reader_or_none()
    return page(
        request, access, "console/measure/boards/list.html", "measure", lines=queries.listed(access, audience),
        audience=audience, audiences=AUDIENCES, built=builtin.all_of_them(reader, access.workspace.pk),
        closed=reader is None, gone=queries.deleted(access),
    )  # fmt: skip


@login_required
@require_safe
def board(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = queries.fetch(access, number)
    view, error = view_said(request)
    first = queries.first_of(access)
    return page(
        request, access, "console/measure/boards/board.html", "measure", board=found, error=error,
        tiles=_shown(access, list(queries.tiles_of(found)), view), may_change=queries.may_change(access, found),
        is_first=first is not None and first.pk == found.pk, subscription=queries.subscription(access, found),
        here_url=reverse("dashboard", args=[slug, found.pk]), **_pick(access, view),
    )  # fmt: skip


@login_required
@require_safe
def built_in(request: HttpRequest, slug: str, built: str) -> HttpResponse:
    access = enter(request, slug)
    if built not in builtin.KEYS:
        raise Http404("There is no such built-in dashboard.")
    reader = reader_or_none()
    found = builtin.built_in(reader, access.workspace.pk, built)
    assert found is not None
    view, error = view_said(request)
    return page(
        request, access, "console/measure/boards/board.html", "measure", board=found, built=built, error=error,
        tiles=_shown(access, list(found.tiles), view), may_change=False, closed=reader is None,
        subscription=queries.subscription(access, None, built), here_url=reverse("built_in", args=[slug, built]),
        **_pick(access, view),
    )  # fmt: skip


@login_required
@require_safe
def tile_answer(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One answer, drawn, as a piece of a page."""
    access = enter(request, slug)
    if kind not in KINDS:
        raise Http404("There is no such question.")
    shown: dict[str, Any] = {"workspace": access.workspace}
    try:
        asked = asking.ask(store.get().reader, access.workspace, kind, words_of(request, KINDS[kind], []))
        pieces = [
            (name, fitting(shapes, one_of(request, "size", ("full", *SIZES)))) for name, shapes in draw(asked, slug)
        ]
        shown |= {"pieces": pieces, "sample": sample(asked), "period": asked.question.period}
    except Unaskable as e:
        shown["error"] = sentence(e)
    except store.StoreError:
        shown["error"] = "The event store is open in another process."
    with timezone.override(ZoneInfo(access.workspace.time_zone)):
        return render(request, "console/measure/boards/answer.html", shown)


def fitting(shapes: Drawn, size: str) -> Drawn:
    """What fits: a third holds the first drawing, half a width no table beside a drawing that has one behind it."""
    if size == "third":
        first = next((at for at, shape in enumerate(shapes) if not isinstance(shape, Say)), 0)
        return shapes[: first + 1]
    if size == "half" and any(isinstance(shape, Lines | Columns) for shape in shapes):
        return [shape for shape in shapes if not isinstance(shape, Table)]
    return shapes


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """RFC 8058: the mail program posts here; a person who opens it gets a button. A GET changes nothing."""
    held = Subscription.objects.select_related("workspace", "dashboard").filter(key=key).first()
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscribing.stop(key, "one click" if one_click else "mail link")
        if one_click:
            return HttpResponse("Unsubscribed.", content_type="text/plain")
        return render(request, "console/measure/boards/stop.html", {"done": True})
    if held is None:
        return render(request, "console/measure/boards/stop.html", {"done": True})
    return render(request, "console/measure/boards/stop.html", {"name": _name(held), "workspace": held.workspace})


def _name(held: Subscription) -> str:
    found: Dashboard | None = held.dashboard
    return found.name if found else "the digest" if held.built_in == KEY else held.built_in
