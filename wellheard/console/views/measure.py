"""The outcome ledger, a bet's verdict with everything behind it, and measuring again."""

from __future__ import annotations

import csv
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
from wellheard.core.rows import harmless
from wellheard.decide.models import Bet
from wellheard.measure.errors import NotYet
from wellheard.measure.fading.queries import alarms, later
from wellheard.measure.filtering import Chosen, Narrowed, narrowed
from wellheard.measure.learning import change_learning, close_bet, learnings, open_again
from wellheard.measure.ledger import due_on
from wellheard.measure.models import Learning, Outcome, Relook
from wellheard.measure.selfcheck.services import standing
from wellheard.measure.services import measure_bet
from wellheard.measure.staged.measuring import staging_of
from wellheard.people.access import Access, enter
from wellheard.people.models import Person, Role
from wellheard.people.queries.lists import Page, cut

from ..asked import day, page_number
from ..frame import page
from .measure_beside import besides

GROUPS = {
    "askers": "asked for this and were active in the four weeks before the release",
    "asked_inactive": "asked for this, but were not active in the four weeks before, so no number counts them",
    "mirror": "asked in the same weeks for something else that has not shipped: the mirror",
    "first": "asked for this and had it first, by lot",
    "later": "asked for this and waited, by lot",
}


@login_required
@require_safe
def measure(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    chosen = _chosen(request)
    found = narrowed(access.workspace, chosen)
    if request.GET.get("as") == "csv":
        return _csv(found, f"ledger-{slug}")
    judged = [line.outcome for line in found.lines if line.outcome]
    likely = sum(o.word.startswith("likely") for o in judged)
    return page(
        request, access, "console/measure/measure.html", "measure", lines=[(line, found.kinds.get(line.bet.pk)) for line in found.lines],
        found=found, chosen=chosen, judged=len(judged), likely=likely, kind=dict(found.choices.kinds).get(chosen.kind, ""),
        by_chance=0.05 * len(judged), check=standing(access.workspace), faded=alarms(access.workspace),
        half=reach(*(x for o in judged for x in (o.estimate, o.low, o.high))),
    )  # fmt: skip


def _chosen(request: HttpRequest) -> Chosen:
    team, goal, verdict, kind = (
        request.GET.get(k, "").replace("\0", "")[:150] for k in ("team", "goal", "verdict", "kind")
    )
    return Chosen(team, goal, verdict, day(request, "from"), day(request, "to"), kind)


def _csv(found: Narrowed, name: str) -> HttpResponse:
    heads = ("id", "bet", "shipped", "verdict", "level", "estimate", "low", "high", "asked", "compared", "kind", "kind_people",
             "kind_before", "kind_after")  # fmt: skip
    rows = []
    for line, row in zip(found.lines, found.as_dict()["outcomes"], strict=True):
        kind = row.get("kind", {})
        rows.append([row["id"], row["bet"], line.bet.shipped_on, *(row[k] for k in heads[3:10]), kind.get("name"), kind.get("people"),
                     kind.get("before"), kind.get("after")])  # fmt: skip
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    out = csv.writer(answer)
    out.writerow(heads)
    out.writerows([harmless(c) if isinstance(c, str) else c for c in row] for row in rows)
    return answer


@login_required
@require_safe
def outcome(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    bet = access.get(Bet, number)
    history = list(Outcome.objects.filter(workspace=access.workspace, bet=bet).order_by("-measured_at", "-pk")[:20])
    newest = history[0] if history else None
    if newest and "staged" in newest.pieces:
        return _staged(request, access, bet, newest, history[1:])
    estimates = _estimates(newest) if newest else []
    looks = later(bet)
    shown: list[Outcome | Relook] = [*looks.looks, *([looks.verdict] if looks.verdict else [])]
    return page(
        request, access, "console/measure/outcome.html", "measure", bet=bet, outcome=newest, history=history[1:], learning=_learning(access, bet),
        due=due_on(bet), staging=staging_of(bet), chart=_chart(newest) if newest else None, problems=list(bet.problems.all()),
        pieces=newest.pieces if newest else {}, estimates=estimates, later=looks,
        later_half=reach(*(x for o in shown for x in (o.estimate, o.low, o.high))),
        half=reach(*(e[k] for _, _, e in estimates for k in ("change", "change_low", "change_high"))),
        **(besides(newest) if newest else {}),
    )  # fmt: skip


def _staged(request: HttpRequest, access: Access, bet: Bet, newest: Outcome, history: list[Outcome]) -> HttpResponse:
    """A verdict by lot: the halves of a staged release."""
    rows = [
        ("whole", "All weeks", "those who had it against those who waited"),
        ("early", "Weeks 1 and 2", "curiosity shows here"),
        ("late", "The later weeks", "without them"),
        ("before", "Before the release", "when neither half had it: only the lot makes a difference"),
    ]
    found = newest.pieces["staged"]
    estimates = [(name, what, e) for key, name, what in rows if (e := found.get(key)) and e["relative"] is not None]
    series = newest.pieces["series"]
    first = date.fromisoformat(newest.pieces["first_monday"])
    labels = [f"{first + timedelta(weeks=i):%-d %b}" for i in range(len(series["first"]))]
    chart = line_chart(
        "How often one person did it a week, on average", labels,
        [Series("had it first", "u", series["first"]), Series("waited", "m", series["later"])],
        mark=newest.pieces["release_week"], mark_name="release",
    ) if labels and series["first"] and series["later"] else None  # fmt: skip
    keys = ("relative", "relative_low", "relative_high")
    return page(
        request, access, "console/measure/outcome_staged.html", "measure", bet=bet, outcome=newest, pieces=newest.pieces, history=history, learning=_learning(access, bet),
        estimates=estimates, chart=chart, half=reach(*(e[k] for _, _, e in estimates for k in keys)), **besides(newest),
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
        (
            "placebo",
            "Placebo",
            "the first comparison four weeks before the release, when nothing had shipped; its interval is of 99%",
        ),
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


def _learning(access: Access, bet: Bet) -> Learning | None:
    return Learning.objects.select_related("bet").filter(workspace=access.workspace, bet=bet).first()


@login_required
@require_POST
def close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Close a bet with what it taught, change that, or open it again."""
    access = enter(request, slug, Role.EDITOR)
    bet = access.get(Bet, number)
    made, words = _learning(access, bet), request.POST.get("learned", "")
    try:
        if request.POST.get("do") == "open":
            if made:
                open_again(access, made)
                messages.success(request, "Open again. What was learned stays in the bet’s history.")
        elif made:
            change_learning(access, made, words)
            messages.success(request, "Kept.")
        else:
            close_bet(access, bet, words)
            messages.success(request, "Closed.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("outcome", slug, number)


@login_required
@require_safe
def learned(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    words = request.GET.get("q", "")[:200].strip()
    rows, total, at = cut(learnings(access, words), page_number(request))
    return page(request, access, "console/measure/learned.html", "measure", found=Page(rows, total, at), q=words)
