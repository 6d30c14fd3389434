"""The list of problems through both lenses, what is settled, and naming a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.listen.models import Voice
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.models import Problem, Theme
from wellheard.understand.queries import bias, evidence
from wellheard.understand.queries.problems import ProblemRow, disagreements, problem_rows
from wellheard.understand.queries.reweigh import CAP, FLOOR, Weighed, reweigh
from wellheard.understand.queries.signals import signals
from wellheard.understand.services import problems

from ..asked import one_of
from ..frame import page

ORDERS: dict[str, tuple[str, Any]] = {
    "users": ("users", lambda r: (r.user_rank,)),
    "customers": ("customers", lambda r: (r.customer_rank,)),
    "revenue": ("revenue touched", lambda r: (-r.cents,)),
    "rising": ("rising", lambda r: (r.before - r.recent, -r.recent)),
    "newest": ("newest voice", lambda r: (-(r.newest.timestamp() if r.newest else 0),)),
    "weighed": ("people, re-weighted to everybody", None),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: the problem, its voices of twelve weeks, its bias checks, its place when re-weighted."""

    row: ProblemRow
    weeks: list[int]
    checked: bias.Checked
    weighed: Weighed


def tabs(access: Access) -> dict[str, int]:
    """How much stands behind each tab of this step."""
    held = Problem.objects.filter(workspace=access.workspace)
    open_problems = held.filter(merged_into=None, closed_at=None).count()
    return {
        "problems": open_problems,
        "themes": Theme.objects.filter(workspace=access.workspace, state=Theme.State.SUGGESTED, level=1).count(),
        "settled": held.count() - open_problems,
    }


@login_required
@require_safe
def understand(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    by = one_of(request, "by", tuple(ORDERS))
    rows = problem_rows(access.workspace)
    weekly = evidence.weekly_voices(access.workspace)
    ranking, each = bias.of_ranking(access.workspace)
    weighed = reweigh(access.workspace)
    places = {w.problem.pk: w for w in weighed.problems}
    key = ORDERS[by][1] or (lambda r: (places[r.problem.pk].rank, r.user_rank))
    found = [
        Row(r, weekly.get(r.problem.pk, [0] * 12), each[r.problem.pk], places[r.problem.pk]) for r in sorted(rows, key=key)
    ]  # fmt: skip
    return page(
        request, access, "console/understand/problems.html", "understand", found=found, by=by, tabs=tabs(access),
        orders=[(key, label) for key, (label, _) in ORDERS.items()], apart=disagreements(rows, 6), total=len(rows),
        rose={w.problem.pk: w.risen for w in signals(access.workspace).alarms}, ranking=ranking, weighed=weighed, cap=CAP, floor=FLOOR,
    )  # fmt: skip


@login_required
@require_safe
def settled(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    found = evidence.settled(access.workspace)
    return page(request, access, "console/understand/settled.html", "understand", found=found, tabs=tabs(access))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_problem(request: HttpRequest, slug: str) -> HttpResponse:
    """A name and a summary; voices may be given along (?voice=…)."""
    access = enter(request, slug, Role.EDITOR)
    given = {k: request.POST.get(k, request.GET.get(k, "")) for k in ("name", "summary")}
    chosen = [v for v in (request.POST.getlist("voice") or request.GET.getlist("voice")) if v.isdigit()][:200]
    voices = [access.get(Voice, v, "author", "account") for v in chosen]
    error = ""
    if request.method == "POST":
        try:
            made = problems.create_problem(access, given["name"], given["summary"], [v.pk for v in voices])
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"Confirmed the problem “{made}”.")
            return redirect("problem", slug, made.pk)
    return page(
        request, access, "console/understand/new.html", "understand", status=422 if error else 200, given=given,
        error=error, voices=voices,
    )  # fmt: skip
