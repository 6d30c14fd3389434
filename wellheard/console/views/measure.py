"""The outcome ledger, a bet's verdict with everything behind it, and measuring again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard import store
from wellheard.charts.lines import Series, line_chart
from wellheard.charts.marks import reach
from wellheard.decide.models import Bet
from wellheard.measure.ledger import due_on
from wellheard.measure.models import Outcome
from wellheard.measure.queries import ledger
from wellheard.measure.services import NotYet, measure_bet
from wellheard.people.access import enter
from wellheard.people.models import Person, Role
from wellheard.people.queries.lists import Page, cut

from ..asked import page_number
from ..frame import page

GROUPS = {
    "askers": "asked for this and were active in the four weeks before the release",
    "asked_inactive": "asked for this, but were not active in the four weeks before, so no number counts them",
    "mirror": "asked in the same weeks for something else that has not shipped: the mirror",
}


@login_required
@require_safe
def measure(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    lines = ledger(access.workspace)
    judged = [line.outcome for line in lines if line.outcome]
    likely = sum(o.word.startswith("likely") for o in judged)
    return page(
        request, access, "console/measure/measure.html", "measure", lines=lines, judged=len(judged), likely=likely,
        by_chance=0.05 * len(judged), half=reach(*(x for o in judged for x in (o.estimate, o.low, o.high))),
    )  # fmt: skip


@login_required
@require_safe
def outcome(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    bet = access.get(Bet, number)
    history = list(Outcome.objects.filter(workspace=access.workspace, bet=bet).order_by("-measured_at", "-pk")[:20])
    newest = history[0] if history else None
    estimates = _estimates(newest) if newest else []
    return page(
        request, access, "console/measure/outcome.html", "measure", bet=bet, outcome=newest, history=history[1:],
        due=due_on(bet), chart=_chart(newest) if newest else None, problems=list(bet.problems.all()),
        pieces=newest.pieces if newest else {}, estimates=estimates,
        half=reach(*(e[k] for _, _, e in estimates for k in ("change", "change_low", "change_high"))),
    )  # fmt: skip


def _chart(found: Outcome) -> Any:
    series = found.pieces.get("series", {})
    asked, mirror = series.get("asked") or [], series.get("mirror") or []
    if not asked:
        return None
    first = date.fromisoformat(found.pieces["first_monday"])
    labels = [f"{first + timedelta(weeks=i):%-d %b}" for i in range(len(asked))]
    drawn = [Series("asked for this", "u", asked)]
    if len(mirror) == len(asked):
        drawn.append(Series("asked for something else", "m", mirror))
    return line_chart(
        "How often one person did it a week, on average",
        labels,
        drawn,
        mark=found.pieces["release_week"],
        mark_name="release",
    )


def _estimates(found: Outcome) -> list[tuple[str, str, dict[str, Any]]]:
    """The numbers behind a verdict that exist, each with its name and what it compares."""
    rows = [
        ("moved", "After against before", "the same people, without any comparison"),
        ("a", "First comparison", "askers against what the mirror and the silent people's history lead to expect"),
        ("b", "Second comparison", "askers against the mirror, on history that ends three weeks before they asked"),
        ("early", "Weeks 1 and 2", "the first comparison, first weeks only: curiosity shows here"),
        ("late", "The later weeks", "the first comparison without them"),
        ("placebo", "Placebo", "the first comparison four weeks before the release, when nothing had shipped"),
    ]
    return [(name, what, piece) for key, name, what in rows if (piece := found.pieces.get(key))]


@login_required
@require_safe
def people(request: HttpRequest, slug: str, number: int, group: str) -> HttpResponse:
    """The people behind a number of the newest verdict."""
    access = enter(request, slug)
    bet = access.get(Bet, number)
    found = Outcome.objects.filter(workspace=access.workspace, bet=bet).order_by("-measured_at", "-pk").first()
    if found is None or group not in GROUPS:
        raise Http404("There is no such group.")
    numbers = found.pieces.get("people", {}).get(group, [])
    rows, total, at = cut(
        Person.objects.filter(workspace=access.workspace, number__in=numbers).order_by("name", "pk"),
        page_number(request),
    )
    return page(
        request, access, "console/measure/people.html", "measure", bet=bet, found=Page(rows, total, at), about=GROUPS[group],
        unnamed=len(numbers) - total,
    )  # fmt: skip


@login_required
@require_POST
def again(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    bet = access.get(Bet, number, "workspace")
    try:
        made = measure_bet(bet, store.get(), access.actor)
        messages.success(request, f"Measured again: {made.word}.")
    except NotYet as e:
        messages.warning(request, str(e))
    except store.StoreError as e:
        messages.error(request, f"The events cannot be asked here: {e}.")
    return redirect("outcome", slug, number)
