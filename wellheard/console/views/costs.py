"""Costs and benefits of a bet, for us and for a customer: lines, the ranges they make, a file, and a page for paper."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from wellheard.charts.marks import Span, span
from wellheard.core.rows import harmless
from wellheard.decide import costing
from wellheard.decide.models import Bet, Line
from wellheard.decide.services import costs as services
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page
from ..templatetags.words import rounded_money
from .decide import _number

FIRST = {"side": "us", "kind": "cost", "unit": "money", "every": "once"}
FIELDS = ("side", "kind", "name", "unit", "every", "low", "likely", "high")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def costs(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page; posting adds a line."""
    access = enter(request, slug, Role.EDITOR if request.method == "POST" else Role.VIEWER)
    bet = access.get(Bet, number)
    if request.method == "POST":
        given = {f: request.POST.get(f, "") for f in FIELDS}
        try:
            services.add_line(access, bet, read_entry(request.POST))
        except ValueError as e:
            return _costs(request, access, bet, str(e), given)
        messages.success(request, "Added.")
        return redirect("costs", slug, number)
    if request.GET.get("format") == "csv":
        return _file(access, bet)
    return _costs(request, access, bet)


def _costs(
    request: HttpRequest, access: Access, bet: Bet, error: str = "", given: dict[str, str] | None = None
) -> HttpResponse:
    found = costing.account_of(bet)
    return page(
        request, access, "console/decide/costs.html", "decide", bet=bet, found=found, error=error, given=given or FIRST,
        sides=[(s, _drawn(s, access.workspace.currency), _rows(s, found.worth)) for s in found.sides],
        choices={"side": Line.Side.choices, "kind": Line.Kind.choices, "unit": Line.Unit.choices, "every": Line.Every.choices},
        status=422 if error else 200,
    )  # fmt: skip


def _rows(
    side: costing.Sum, worth: costing.Worth
) -> list[tuple[Line, tuple[float, float, float], tuple[str, str, str]]]:
    """A line, its worth in cents over the months counted, and its amounts as they were typed."""
    return [
        (
            line,
            (costing.cents(line, line.low, worth), costing.cents(line, line.likely, worth), costing.cents(line, line.high, worth)),
            (_typed(line.low), _typed(line.likely), _typed(line.high)),
        )
        for line in side.lines
    ]  # fmt: skip


def _typed(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f}".removesuffix(".00")


def _drawn(side: costing.Sum, currency: str) -> dict[str, Any]:
    """Cost, benefit and what remains on one scale that holds zero."""
    ranges = {"cost": side.cost, "benefit": side.benefit, "net": side.net}
    least = min(0.0, *(r.low for r in ranges.values()))
    most = max(1.0, *(r.high for r in ranges.values()))

    def drawn(name: str, r: costing.Range) -> Span:
        title = f"{name}: {rounded_money(round(r.low), currency)} to {rounded_money(round(r.high), currency)}, likely {rounded_money(round(r.likely), currency)}"
        return span(r.low, r.likely, r.high, least, most, title)

    zero = span(0, 0, 0, least, most).at
    return {"bars": [(name, drawn(name, r), r) for name, r in ranges.items()], "zero": zero}


def read_entry(posted: QueryDict) -> services.Entry:
    """Amounts are typed in whole money or hours; an end that is left empty is the likely one."""
    likely = _hundredths(posted, "likely")
    low = _hundredths(posted, "low") if posted.get("low", "").strip() else likely
    high = _hundredths(posted, "high") if posted.get("high", "").strip() else likely
    return services.Entry(
        posted.get("side", ""), posted.get("kind", ""), posted.get("name", ""), low, likely, high,
        posted.get("unit", "money"), posted.get("every", "once"),
    )  # fmt: skip


def _hundredths(posted: QueryDict, field: str) -> int:
    return round(_number({field: posted.get(field, "")}, field, f"The {field} amount") * 100)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_cost(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    line = access.get(Line, number, "bet")
    given = {f: str(getattr(line, f)) for f in FIELDS} | {
        f: _typed(getattr(line, f)) for f in ("low", "likely", "high")
    }
    error = ""
    if request.method == "POST":
        given = {f: request.POST.get(f, "") for f in FIELDS}
        try:
            services.change_line(access, line, read_entry(request.POST))
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, "Changed.")
            return redirect("costs", slug, line.bet_id)
    return page(
        request, access, "console/decide/cost_form.html", "decide", bet=line.bet, line=line, given=given, error=error,
        choices={"side": Line.Side.choices, "kind": Line.Kind.choices, "unit": Line.Unit.choices, "every": Line.Every.choices},
        status=422 if error else 200,
    )  # fmt: skip


@login_required
@require_POST
def drop_cost(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    line = access.get(Line, number, "bet")
    services.drop_line(access, line)
    messages.success(request, f"“{line.name}” is off. The journal keeps what it said.")
    return redirect("costs", slug, line.bet_id)


@login_required
@require_POST
def set_worth(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    bet = access.get(Bet, number)
    said = {f: request.POST.get(f, "") for f in ("hour", "customer_hour", "months")}
    try:
        months = _number(said, "months", "The months")
        if months != int(months):
            raise ValueError("The months are a whole number.")
        services.set_worth(
            access, _hundredths(request.POST, "hour"), _hundredths(request.POST, "customer_hour"), int(months)
        )
    except ValueError as e:
        return _costs(request, access, bet, str(e), {**FIRST, "form": "worth"} | said)
    messages.success(request, "Kept, for all bets.")
    return redirect("costs", slug, number)


def _file(access: Access, bet: Bet) -> HttpResponse:
    found = costing.account_of(bet)
    reply = HttpResponse(content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="costs-bet-{bet.pk}.csv"'
    writer = csv.writer(reply)
    writer.writerow(["bet", "side", "what", "name", "unit", "every", "low", "likely", "high", "currency", "months"])
    name, currency, months = harmless(bet.name), access.workspace.currency, found.worth.months
    for side in found.sides:
        for line in side.lines:
            typed = [_typed(v) for v in (line.low, line.likely, line.high)]
            money = currency if line.unit == Line.Unit.MONEY else ""
            writer.writerow(
                [name, side.side, line.kind, harmless(line.name), line.unit, line.every, *typed, money, months]
            )
        for what, r in (("total cost", side.cost), ("total benefit", side.benefit), ("net", side.net)):
            ends = [f"{v / 100:.2f}" for v in (r.low, r.likely, r.high)]
            writer.writerow([name, side.side, what, "", "money", "", *ends, currency, months])
        if side.roi:
            ends = [f"{v:.4f}" for v in (side.roi.low, side.roi.likely, side.roi.high)]
            writer.writerow([name, side.side, "return", "", "proportion", "", *ends, "", months])
    return reply
