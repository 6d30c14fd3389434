"""Bets in lanes, a bet's page with its lock and its versions, and the decision log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard import store
from wellheard.core import journal
from wellheard.decide import queries, services
from wellheard.decide.models import Bet, Decision
from wellheard.measure.ledger import due_on
from wellheard.measure.models import Outcome
from wellheard.measure.queries import newest_outcomes
from wellheard.measure.reminders import beside as held_against
from wellheard.measure.reminders import waiting
from wellheard.measure.trials.queries import of_bet
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.models import Problem
from wellheard.understand.queries import evidence

from .. import history
from ..asked import one_of, page_number
from ..board import about, board_shown
from ..frame import page
from .decisions import said_of

TERMS = ("name", "metric", "expected_percent", "smallest_percent", "window_weeks", "direction", "population", "hypothesis",
         "undo_rule", "expected_low", "expected_high", "sure_percent")  # fmt: skip
FIRST = {"expected_percent": "20", "smallest_percent": "10", "window_weeks": "5", "direction": "up"}
WORDS = {
    "name": "the name", "metric": "the metric", "expected_percent": "the expected shift", "smallest_percent": "the smallest shift",
    "window_weeks": "the window", "direction": "the direction", "population": "for whom", "hypothesis": "why",
    "undo_rule": "the undo rule", "expected_low": "the low end", "expected_high": "the high end", "sure_percent": "how sure",
}  # fmt: skip


@login_required
@require_safe
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    finished = queries.finished(access.workspace)
    verdicts = newest_outcomes(access.workspace, finished)
    return page(
        request, access, "console/decide/decide.html", "decide", **board_shown(request, access),
        waiting={w.bet.pk for w in waiting(access.workspace, finished)}, finished=[(b, verdicts.get(b.pk)) for b in finished], decisions=queries.decisions(access.workspace),
    )  # fmt: skip


def _number(given: dict[str, str], field: str, what: str) -> Decimal:
    """A number a person would type. Decimal's own infinities and giants are refused like any other slip."""
    try:
        found = Decimal(given[field].replace(",", ".").replace("%", "").strip())
        if -(10**9) <= found <= 10**9:
            return found
    except ArithmeticError:
        pass
    raise ValueError(f"{what} must be a number, such as 20.")


def _or_none(given: dict[str, str], field: str, what: str) -> Decimal | None:
    return _number(given, field, what) if given[field].strip() else None


def _terms(given: dict[str, str]) -> services.Terms:
    weeks = _number(given, "window_weeks", "The window")
    if weeks != int(weeks):
        raise ValueError("The window is a whole number of weeks.")
    sure = _or_none(given, "sure_percent", "How sure you are")
    if sure is not None and sure != int(sure):
        raise ValueError("How sure you are is a whole percentage, such as 70.")
    return services.Terms(
        given["name"],
        given["metric"],
        _number(given, "expected_percent", "The expected shift"),
        _number(given, "smallest_percent", "The smallest shift"),
        int(weeks),
        given["direction"],
        given["population"],
        given["hypothesis"],
        given["undo_rule"],
        _or_none(given, "expected_low", "The low end of the range"),
        _or_none(given, "expected_high", "The high end of the range"),
        int(sure) if sure is not None else None,
    )


def _chosen(request: HttpRequest, access: Access) -> list[Problem]:
    given = request.POST.getlist("problems") or request.GET.getlist("problem")
    return [access.get(Problem, p) for p in given if p.isascii() and p.isdecimal() and len(p) < 18]


def _event_names(access: Access) -> list[str]:
    try:
        return [n.name for n in store.get().reader.event_names(access.workspace.pk)]
    except store.StoreError:
        return []


def _warn_of_unseen(request: HttpRequest, access: Access, bet: Bet) -> None:
    """A metric that nobody ever did may be a slip, and a bet on it could never be judged."""
    names = _event_names(access)
    if bet.metric not in names:
        messages.warning(
            request,
            f"No event called “{bet.metric}” has been seen yet. Without it the bet cannot be judged: check the name.",
        )


def _form(request: HttpRequest, access: Access, **words: Any) -> HttpResponse:
    problems = Problem.objects.filter(workspace=access.workspace, merged_into=None).order_by("name")
    return page(
        request, access, "console/decide/bet_form.html", "decide", problems=problems, events=_event_names(access),
        directions=Bet.Direction.choices, status=422 if words.get("error") else 200, **words,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_bet(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    given = {f: request.POST.get(f, FIRST.get(f, "")) for f in TERMS}
    chosen, error = _chosen(request, access), ""
    if request.method == "POST":
        try:
            made = services.create_bet(access, chosen, _terms(given))
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, "Stated. It can be changed freely until work starts.")
            _warn_of_unseen(request, access, made)
            return redirect("bet", slug, made.pk)
    return _form(request, access, given=given, chosen=[p.pk for p in chosen], error=error, bet=None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Change a bet; once work has started each change is a new version with its reason."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Bet, number)
    given = {f: request.POST.get(f, _plain(getattr(found, f))) for f in TERMS}
    chosen = _chosen(request, access) if request.method == "POST" else list(found.problems.all())
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            services.revise_bet(access, found, _terms(given), chosen, reason)
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"Version {found.version} is kept.")
            return redirect("bet", slug, number)
    return _form(request, access, given=given, chosen=[p.pk for p in chosen], error=error, bet=found, reason=reason)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _bet(request: HttpRequest, access: Access, found: Bet, error: str = "", **given: str) -> HttpResponse:
    """The page, also with a refused input still in its form (`given`)."""
    revised = [e for e in journal.history(access.workspace.pk, found) if e.verb == "bet.revised"]
    versions = [
        (e, [(WORDS.get(k, k), before, after) for k, (before, after) in e.data.get("changed", {}).items()])
        for e in revised
    ]
    outcome = Outcome.objects.filter(bet=found).order_by("-measured_at", "-pk").first()
    return page(
        request, access, "console/decide/bet.html", "decide", status=422 if error else 200, bet=found,
        problems=list(found.problems.all()), asked=queries.who_asked(access.workspace, [found])[found.pk],
        versions=versions, decisions=list(found.decisions.order_by("-decided_at", "-pk")),
        releases=list(found.releases.order_by("-pk")), experiments=of_bet(found), due=due_on(found), error=error, given=given,
        outcome=outcome, beside=held_against(found, outcome) if outcome else None, waits=next(iter(waiting(access.workspace, [found])), None),
        happened=history.of(access.workspace.pk, found), answers=Decision.Answer.choices, **about(found),
    )  # fmt: skip


@login_required
@require_safe
def bet(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _bet(request, access, access.get(Bet, number))


@login_required
@require_safe
def people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Who asked for it: the people whose voices are evidence for any of its problems."""
    access = enter(request, slug)
    found = access.get(Bet, number)
    lens = one_of(request, "lens", ("", "users"))
    rows = evidence.people_behind(list(found.problems.select_related("workspace")), lens, page_number(request))
    return page(request, access, "console/decide/people.html", "decide", bet=found, lens=lens, found=rows)


@login_required
@require_safe
def accounts(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Bet, number)
    lens = one_of(request, "lens", ("", "customers"))
    rows = evidence.accounts_behind(list(found.problems.select_related("workspace")), lens, page_number(request))
    return page(request, access, "console/decide/accounts.html", "decide", bet=found, lens=lens, found=rows)


@login_required
@require_POST
def start(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        found = access.get(Bet, number)
        services.start_bet(access, found)
        _warn_of_unseen(request, access, found)
        messages.success(request, "Work has started. The bet is locked: from now on each change is a new version.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("bet", slug, number)


@login_required
@require_POST
def drop(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Dropping is a no: it is prepared here, and the bet is dropped when that is published."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Bet, number, "workspace")
    try:
        if found.state == Bet.State.SHIPPED:
            raise ValueError("It has shipped; it can be undone in the product, but not dropped.")
        made = services.decide(access, found, Decision.Answer.NO, request.POST.get("reason", ""))
    except ValueError as e:
        return _bet(request, access, found, str(e), form="drop", reason=request.POST.get("reason", ""))
    messages.success(request, said_of(made))
    return redirect("decision", slug, made.pk)


@login_required
@require_POST
def log_decision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Bet, number, "workspace")
    answer, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
    try:
        made = services.decide(access, found, answer, reason)
    except ValueError as e:
        return _bet(request, access, found, str(e), form="decide", answer=answer, reason=reason)
    messages.success(request, said_of(made))
    return redirect("decision", slug, made.pk) if made.published_at is None else redirect("bet", slug, number)
