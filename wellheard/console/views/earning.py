"""How it earns: the figures that matter to that way, with what is behind them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard import store
from wellheard.charts.columns import ColumnChart, Layer, column_chart
from wellheard.measure import earning as ways
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.people.services import workspaces

from ..frame import page

# Drawn in whole units: cents as currency, shares as percent.
SCALE = {"cents": 0.01, "share": 100.0}


def read_home(access: Access) -> ways.Home | None:
    """None while nothing is said of how it earns, or the event store is open elsewhere."""
    try:
        return ways.home(store.get().reader, access.workspace)
    except store.StoreError:
        return None


@login_required
@require_safe
def earning(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    home = read_home(access)
    return page(
        request, access, "console/measure/earning.html", "measure", home=home, ways=ways.WAYS.items(),
        way=ways.WAYS.get(access.workspace.earns), chart=drawn(home.series) if home and home.series else None,
    )  # fmt: skip


def drawn(series: ways.Series) -> ColumnChart | None:
    """Columns up and, for what is less than nothing, down."""
    scale = SCALE.get(series.unit, 1.0)
    values = [(v or 0.0) * scale for v in series.values]
    if not any(values):
        return None
    labels = series.labels
    layers = [Layer("", "s1", [max(0.0, v) for v in values])]
    if min(values) < 0:
        layers.append(Layer("less than nothing", "s4", [max(0.0, -v) for v in values], below=True))
    unit = {"cents": "earned", "share": "percent", "minutes": "minutes"}.get(series.unit, series.unit)
    layers[0] = Layer(unit, "s1", layers[0].values)
    return column_chart(series.title, labels, layers, series.head)


@login_required
@require_POST
def say(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    try:
        workspaces.say_how_it_earns(access, request.POST.get("earns", ""))
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("earning", slug)
