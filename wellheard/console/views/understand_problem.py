"""A problem's page, the evidence behind each of its numbers, and what members may do with it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.charts.lines import LineChart, Series, Spread, line_chart
from wellheard.decide import services as deciding
from wellheard.decide.models import Decision
from wellheard.listen.models import Channel, Voice
from wellheard.measure.behaviour import matches
from wellheard.measure.fading.queries import alarms_of
from wellheard.measure.queries import newest_outcomes
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, AccountState, Person, Role
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.tell.queries.debt import debts
from wellheard.understand.models import Problem
from wellheard.understand.queries import bias
from wellheard.understand.queries import evidence as behind
from wellheard.understand.queries.near import unplaced_like
from wellheard.understand.queries.problems import Trend, problem_detail
from wellheard.understand.queries.quotes import quotes
from wellheard.understand.queries.signals import Band, band_of, raised
from wellheard.understand.services import problems

from .. import history
from ..asked import day, page_number, whole
from ..frame import page
from .decisions import said_of

LENSES = {"users": "users", "customers": "customers"}


def _trend(slug: str, problem: Problem, trend: Trend) -> LineChart:
    where = reverse("problem_evidence", args=[slug, problem.pk])

    def urls(lens: str) -> list[str]:
        return [f"{where}?week={start.isoformat()}&lens={lens}" for start in trend.starts]

    return line_chart(
        f"Who spoke of it, week by week: {problem}",
        [f"{start:%-d %b}" for start in trend.starts],
        [
            Series("users", "u", trend.users, urls("users")),
            Series("customers", "c", trend.customers, urls("customers")),
        ],
    )


def _band(slug: str, problem: Problem, band: Band, shipped: date | None) -> LineChart:
    """`shipped`: when something was shipped for it last; a line marks that week."""
    where = reverse("problem_evidence", args=[slug, problem.pk])
    monday = shipped - timedelta(days=shipped.weekday()) if shipped else None
    mark = band.starts.index(monday) if monday and monday in band.starts else None
    return line_chart(
        f"Voices a week, and what chance lets expect: {problem}", [f"{start:%-d %b}" for start in band.starts],
        [Series("voices", "v", band.voices, [f"{where}?week={start.isoformat()}" for start in band.starts])],
        spread=Spread("nine weeks of ten, if nothing changes", band.low, band.high), mark=mark,
        mark_name="" if mark is None or not shipped else f"shipped {shipped:%-d %b}",
    )  # fmt: skip


def _problem(request: HttpRequest, access: Access, problem: Problem, error: str = "", **given: str) -> HttpResponse:
    """The page, also with a refused input still in its form (`given`)."""
    workspace = access.workspace
    detail = problem_detail(problem)
    bets = list(problem.bets.order_by("-pk"))  # type: ignore[attr-defined]
    outcomes = newest_outcomes(workspace, bets)
    debt = debts(workspace, [problem.pk])
    band = None if problem.merged_into else band_of(problem)
    shipped = max((b.shipped_on for b in bets if b.shipped_on), default=None)
    others = Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).exclude(pk=problem.pk)
    decisions = Decision.objects.filter(workspace=workspace).filter(problem=problem)
    return page(
        request, access, "console/understand/problem.html", "understand", status=422 if error else 200, error=error,
        given=given, problem=problem, detail=detail, trend=_trend(workspace.slug, problem, detail.trend),
        band=_band(workspace.slug, problem, band, shipped) if band else None, risen=raised(workspace, problem, 1),
        quotes=quotes(problem), channels=[(c, Channel(c).label, n) for c, n in detail.channels],
        states=[(s, AccountState(s).label, n) for s, n in detail.states if s] ,
        unknown_states=sum(n for s, n in detail.states if not s),
        bets=[(b, outcomes.get(b.pk)) for b in bets], decisions=list(decisions.select_related("problem").order_by("-decided_at", "-pk")),
        releases=list(Release.objects.filter(bets__in=bets).distinct().order_by("-shipped_on")), debt=debt[0] if debt else None,
        debt_states=[(s, NoticeState(s).label, n) for s, n in debt[0].states.most_common()] if debt else [],
        merged=list(problem.merged.order_by("name")), others=list(others.order_by("name")), answers=Decision.Answer.choices,
        happened=history.of(workspace.pk, problem), checked=bias.of_problem(problem),
        money=behind.then_and_now(problem), research=behind.research(problem), matches=matches(problem),
        faded=alarms_of(problem),
    )  # fmt: skip


@login_required
@require_safe
def problem(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _problem(request, access, access.get(Problem, number, "workspace", "merged_into"))


def _which(request: HttpRequest) -> behind.Which:
    week = day(request, "week")
    return behind.Which(
        LENSES.get(request.GET.get("lens", ""), ""),
        whole(request, "person"),
        whole(request, "account"),
        request.GET.get("channel", ""),
        request.GET.get("state"),
        request.GET.get("relayed") == "yes",
        week and week - timedelta(days=week.weekday()),
        min(whole(request, "days") or 0, 36_500) or None,
    )


@login_required
@require_safe
def evidence(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Problem, number, "workspace")
    which = _which(request)
    narrowing: dict[str, Any] = {
        "person": access.get(Person, which.person) if which.person is not None else None,
        "account": access.get(Account, which.account) if which.account is not None else None,
        "state": AccountState(which.state).label if which.state in AccountState.values else "",
    }
    others = Problem.objects.filter(workspace=access.workspace, merged_into=None, closed_at=None).exclude(pk=found.pk)
    return page(
        request, access, "console/understand/evidence.html", "understand", problem=found, which=which,
        narrowing=narrowing, found=behind.evidence(found, which, page_number(request)), channels=Channel.choices,
        others=list(others.order_by("name")),
    )  # fmt: skip


@login_required
@require_safe
def people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Problem, number, "workspace")
    lens = LENSES.get(request.GET.get("lens", ""), "")
    waiting = request.GET.get("waiting") == "yes"
    told = Notice.objects.filter(problem=found).values_list("person", flat=True) if waiting else []
    rows = behind.people_behind([found], lens, page_number(request), told)
    return page(
        request,
        access,
        "console/understand/people.html",
        "understand",
        problem=found,
        lens=lens,
        waiting=waiting,
        found=rows,
    )


@login_required
@require_safe
def accounts(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Problem, number, "workspace")
    lens = "customers" if request.GET.get("lens") == "customers" else ""
    rows = behind.accounts_behind([found], lens, page_number(request))
    return page(request, access, "console/understand/accounts.html", "understand", problem=found, lens=lens, found=rows)


@login_required
@require_safe
def near(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Voices like its evidence that stand under no problem yet: a part of the problem's page, or a page of its own."""
    access = enter(request, slug)
    found = access.get(Problem, number, "workspace")
    rows = unplaced_like(found)
    if request.htmx:  # type: ignore[attr-defined]
        words = {"problem": found, "near": rows, "access": access, "workspace": access.workspace}
        return render(request, "console/understand/near_list.html", words)
    return page(request, access, "console/understand/near.html", "understand", problem=found, near=rows)


@login_required
@require_POST
def add(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Problem, number)
    voice = access.get(Voice, request.POST.get("voice", "") if request.POST.get("voice", "").isdigit() else 0)
    try:
        problems.add_evidence(access, found, [voice])
    except ValueError as e:
        messages.error(request, str(e))
        return redirect("problem", slug, number)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse('<li class="note" role="status">Added to the evidence.</li>')
    messages.success(request, "Added to the evidence.")
    return redirect("problem_near", slug, number)


@login_required
@require_POST
def move(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The ticked voices speak of another problem, or of none."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    origin = access.get(Problem, number)
    chosen = [access.get(Voice, pk) for pk in request.POST.getlist("voice")[:200] if pk.isdigit()]
    target = request.POST.get("target", "")
    if not chosen:
        messages.warning(request, "Tick at least one voice first.")
    elif "remove" in request.POST:
        with transaction.atomic():
            for voice in chosen:
                problems.remove_evidence(access, voice, origin)
        messages.success(request, f"Taken off: {_voices(chosen)}. They stay in Listen.")
    elif not target.isdigit():
        messages.warning(request, "Choose the problem they speak of.")
    else:
        goal = access.get(Problem, target)
        try:
            with transaction.atomic():
                for voice in chosen:
                    problems.move_voice(access, voice, origin, goal)
        except ValueError as e:
            messages.error(request, str(e))
        else:
            messages.success(request, f"Moved to “{goal}”: {_voices(chosen)}.")
    back = request.POST.get("query", "")
    where = reverse("problem_evidence", args=[slug, number])
    return redirect(f"{where}?{back}" if back else where)


def _voices(chosen: list[Voice]) -> str:
    return f"{len(chosen)} voice{'' if len(chosen) == 1 else 's'}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Problem, number)
    given = {"name": request.POST.get("name", found.name), "summary": request.POST.get("summary", found.summary)}
    error = ""
    if request.method == "POST":
        try:
            problems.rename_problem(access, found, given["name"], given["summary"])
        except ValueError as e:
            error = str(e)
        else:
            return redirect("problem", slug, number)
    return page(
        request, access, "console/understand/edit.html", "understand", status=422 if error else 200, problem=found,
        given=given, error=error,
    )  # fmt: skip


@login_required
@require_POST
def merge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    source = access.get(Problem, number, "workspace", "merged_into")
    into = request.POST.get("into", "")
    if not into.isdigit():
        return _problem(request, access, source, "Choose the problem it goes into.", form="merge")
    target = access.get(Problem, into)
    try:
        problems.merge_problems(access, source, target)
    except ValueError as e:
        return _problem(request, access, source, str(e), form="merge")
    messages.success(request, f"“{source}” is part of “{target}” now. You can take that back on its own page.")
    return redirect("problem", slug, target.pk)


@login_required
@require_POST
def unmerge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    source = access.get(Problem, number, "merged_into")
    try:
        target = problems.undo_merge(access, source)
    except ValueError as e:
        messages.error(request, str(e))
    else:
        messages.success(request, f"Taken out of “{target}” again, as it was before.")
    return redirect("problem", slug, number)


@login_required
@require_POST
def decide(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Problem, number, "workspace", "merged_into")
    answer, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
    try:
        made = deciding.decide(access, found, answer, reason)
    except ValueError as e:
        return _problem(request, access, found, str(e), form="decide", answer=answer, reason=reason)
    messages.success(request, said_of(made))
    return redirect("decision", slug, made.pk) if made.published_at is None else redirect("problem", slug, number)
