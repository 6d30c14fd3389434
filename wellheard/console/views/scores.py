"""Scores of bets: the ranking through both lenses, how firm it is, what goes in, and by which method."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.core.rows import harmless
from wellheard.decide import services
from wellheard.decide.models import Bet, Given, Input, Scheme
from wellheard.decide.scoring import inputs as putting
from wellheard.decide.scoring.draws import DRAWS
from wellheard.decide.scoring.methods import DEFAULT_WEIGHTS, NAMES, WEIGHABLE, settings_of
from wellheard.decide.scoring.ranking import Ranking, Scored, Turn, Unscored, ranking
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..asked import one_of
from ..frame import page
from ..templatetags.words import number, rounded_money
from .decide import _number, _plain

WORDS = {
    "users": "the people who asked for", "customers": "the customers who asked for", "revenue": "the revenue behind", "pain": "the pain behind",
    "effort": "the effort for", "confidence": "the confidence in",
}  # fmt: skip


@login_required
@require_safe
def scores(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return _scores(request, access)


def _scores(request: HttpRequest, access: Access, error: str = "", **given: Any) -> HttpResponse:
    key = one_of(request, "method", ("", *Scheme.Method.values))
    lens = one_of(request, "lens", putting.LENSES)
    kept = settings_of(access.workspace)
    try:
        found = ranking(access.workspace, key)
    except ValueError as e:  # a formula that an older version let through
        error = error or str(e)
        found = ranking(access.workspace, Scheme.Method.RICE)
    currency = access.workspace.currency
    if request.GET.get("format") == "csv" and not error:
        return _file(access, found)
    weights = given.get("weights") or kept.weights
    return page(
        request, access, "console/decide/scores.html", "decide", status=422 if error else 200, error=error, found=found, lens=lens,
        rows=found.by(lens), asked=key, methods=Scheme.Method.choices, kept=kept, names=sorted(NAMES),
        turns=[(t, turned(t, currency)) for t in _worth_telling(found, lens)],
        weights=[(n, weights.get(n, 0), DEFAULT_WEIGHTS[n]) for n in WEIGHABLE], formula=given.get("formula") or kept.formula,
        chosen=given.get("method") or key or kept.method, draws=DRAWS,
    )  # fmt: skip


def _worth_telling(found: Ranking, lens: str) -> list[Turn]:
    """The first change for the first place, then the nearest of other bets' places: at most four, no pair twice."""
    told: list[Turn] = []
    pairs: set[tuple[int, int]] = set()
    top = found.top_turn(lens)
    for turn in [*([top] if top else []), *(t for t in found.turns if t.lens == lens and not t.top)]:
        pair = (min(turn.above.pk, turn.below.pk), max(turn.above.pk, turn.below.pk))
        if pair not in pairs:
            pairs.add(pair)
            told.append(turn)
    return told[:4]


def turned(turn: Turn, currency: str) -> str:
    """ "the effort for One clock were 2.3 weeks instead of 2 (12% more)" """
    share = abs(turn.percent)
    times = f"{share:.0f}% {'more' if turn.percent > 0 else 'less'}" if share >= 0.5 else "hardly any change"
    if turn.percent > 300:
        times = f"{turn.factor:.1f} times as much"
    return f"{WORDS[turn.input]} “{turn.bet}” were {_figure(turn.input, turn.then, currency)} instead of {_figure(turn.input, turn.now, currency)} ({times})"


def _figure(name: str, value: float, currency: str) -> str:
    if name == "revenue":
        return f"{rounded_money(round(value), currency)} a month"
    if name in ("users", "customers"):
        return number(round(value)) if value >= 10 else f"{value:.1f}".removesuffix(".0")
    if name == "confidence":
        return f"{value:.0f}%"
    return f"{value:.1f}{' weeks' if name == 'effort' else ''}" if value >= 1 else f"{value:.2f} weeks"


COLUMNS = (
    "bet", "name", "method", "users_rank", "users_low", "users_high", "users_top", "users_score", "customers_rank", "customers_low",
    "customers_high", "customers_top", "customers_score", "users", "customers", "revenue_a_month", "pain_users", "pain_customers", "effort_weeks",
    "confidence_percent", "not_scored_because",
)  # fmt: skip


def _file(access: Access, found: Ranking) -> HttpResponse:
    reply = HttpResponse(content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="scores-{access.workspace.slug}.csv"'
    writer = csv.writer(reply)
    writer.writerow(COLUMNS)
    rows: list[Scored | Unscored] = [*found.rows, *found.unscored]
    for row in rows:
        put, stands = row.inputs, row.stands if isinstance(row, Scored) else {}
        told: list[Any] = [row.bet.pk, harmless(row.bet.name), found.method.key]
        for lens in putting.LENSES:
            s = stands.get(lens)
            told += [s.rank, s.low, s.high, round(s.top, 3), f"{s.score:.6g}"] if s else [""] * 5
        told += [
            f"{put.users.likely:g}", f"{put.customers.likely:g}", f"{put.revenue.likely / 100:.2f}", f"{put.pain['users'].likely:.2f}",
            f"{put.pain['customers'].likely:.2f}", f"{put.effort.likely:g}" if put.effort else "", f"{put.confidence.likely:g}",
            row.why if isinstance(row, Unscored) else "",
        ]  # fmt: skip
        writer.writerow(told)
    return reply


@login_required
@require_POST
def set_scheme(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    method = request.POST.get("method", "")
    weights = {n: request.POST.get(f"weight_{n}", "") for n in WEIGHABLE}
    text = request.POST.get("formula", "")
    try:
        services.set_scheme(
            access, method, weights if method == Scheme.Method.WEIGHTED else None, text if method == Scheme.Method.FORMULA else None
        )  # fmt: skip
    except ValueError as e:
        return _scores(request, access, str(e), method=method, weights=weights, formula=text)
    messages.success(request, "Kept. Everybody in the team now sees this ranking first.")
    return redirect("scores", slug)


MONEY = Decimal(100)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bet_inputs(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What goes into one bet's score. An empty field means: as counted."""
    access = enter(request, slug, Role.EDITOR)
    bet = access.get(Bet, number)
    error = ""
    if request.method == "POST":
        try:
            services.give_inputs(access, bet, read_figures(request.POST))
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, "Kept. The ranking counts with it from now on.")
            return redirect(f"{reverse('scores', args=[slug])}#bet-{bet.pk}")
    held = putting.inputs(access.workspace, [bet])[bet.pk]
    given = {g.name: g for g in Given.objects.filter(bet=bet)}
    fields = []
    for name, label in Input.choices:
        row = given.get(name)
        told = {part: _shown(name, getattr(row, part, None)) for part in ("low", "likely", "high")}
        told["reason"] = row.reason if row else ""
        if error:
            told = {part: request.POST.get(f"{name}_{part}", "") for part in told}
        fields.append((name, label, putting.UNITS[name], told, row, name in services.COUNTED))
    return page(
        request, access, "console/decide/inputs.html", "decide", bet=bet, held=held, fields=fields, error=error,
        closed=bet.state in (Bet.State.SHIPPED, Bet.State.DROPPED), status=422 if error else 200,
    )  # fmt: skip


def _shown(name: str, value: Decimal | None) -> str:
    if value is None:
        return ""
    return _plain(value / MONEY if name == Input.REVENUE else value)


def read_figures(posted: QueryDict) -> dict[str, services.Figure | None]:
    """Fields NAME_low, NAME_likely, NAME_high, NAME_reason; revenue in whole money. Inputs left empty are taken back."""
    found: dict[str, services.Figure | None] = {}
    for name, label in Input.choices:
        parts: dict[str, Decimal | None] = {}
        for part in ("low", "likely", "high"):
            raw = posted.get(f"{name}_{part}", "").strip()
            value = _number({"x": raw}, "x", label) if raw else None
            parts[part] = value * MONEY if value is not None and name == Input.REVENUE else value
        likely = parts["likely"]
        if likely is None:
            if any(v is not None for v in parts.values()):
                raise ValueError(f"{label}: say the likely figure, not only its ends.")
            found[name] = None
            continue
        found[name] = services.Figure(likely, parts["low"], parts["high"], posted.get(f"{name}_reason", ""))
    return found
