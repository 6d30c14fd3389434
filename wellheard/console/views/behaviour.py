"""What people do who have a problem: tied by a member, suggested by what askers do more, and who of them is silent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.measure import behaviour as queries
from wellheard.measure import patterns
from wellheard.measure.models import Pattern
from wellheard.measure.segments import event_names
from wellheard.people.access import Access, enter
from wellheard.people.models import Role, Segment
from wellheard.people.queries import lists
from wellheard.understand.models import Problem

from ..asked import one_of, page_number
from ..frame import page

WHO = {"silent": "did it and never spoke of the problem", "never": "did it and never spoke of anything", "spoke": "did it and spoke of the problem", "all": "did it"}  # fmt: skip
FIELDS = ("event", "never", "segment", "days", "times")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def behaviour(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    if request.method != "POST":
        access = enter(request, slug)
        return _page(request, access, access.get(Problem, number, "workspace", "merged_into"))
    access = enter(request, slug, Role.EDITOR)
    problem = access.get(Problem, number, "workspace", "merged_into")
    given = {k: request.POST.get(k, "") for k in FIELDS}
    try:
        days, times = _number(given["days"], 90, "Days"), _number(given["times"], 1, "Times")
        name, rule = patterns.read(access, given["event"], given["never"], given["segment"], days, times)
        made = patterns.tie(access, problem, name, rule)
    except ValueError as e:
        return _page(request, access, problem, str(e), given)
    messages.success(request, f"Tied to the problem: {made}.")
    known = event_names(access.workspace)
    strange = [e for e in (given["event"].strip(), given["never"].strip()) if e and e not in known]
    if strange:
        messages.warning(
            request, f"Nobody was seen to do {' or '.join(strange)} yet. Is it spelt as your product sends it?"
        )
    return redirect("problem_behaviour", slug, number)


def _number(text: str, otherwise: int, what: str) -> int:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError(f"{what}: a whole number.")
    return int(text) if text else otherwise


def _page(
    request: HttpRequest, access: Access, problem: Problem, error: str = "", given: dict[str, str] | None = None
) -> HttpResponse:
    held: dict[str, Any] = given or {"event": request.GET.get("event", ""), "days": "90", "times": "1"}
    return page(
        request, access, "console/understand/behaviour.html", "understand", status=422 if error else 200, problem=problem,
        matches=queries.matches(problem), suggested=queries.suggestions(problem), error=error, given=held, floor=queries.FLOOR,
        events=[name for name, _ in event_names(access.workspace)],
        segments=list(Segment.objects.filter(workspace=access.workspace).order_by("name")),
    )  # fmt: skip


@login_required
@require_safe
def people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Whom a pattern holds: the silent, those who never spoke, those who spoke, or all."""
    access = enter(request, slug)
    pattern = access.get(Pattern, number, "problem__workspace")
    problem, who = pattern.problem, one_of(request, "who", tuple(WHO))
    match = queries.match(pattern)
    keys = {"silent": match.silent, "never": match.never, "spoke": match.spoke, "all": match.people}[who]
    found = lists.people(access.workspace, keys=keys, number=page_number(request))
    return page(
        request, access, "console/understand/behaviour_people.html", "understand", problem=problem, match=match, who=who,
        words=WHO[who], found=found, choices=[("silent", "silent about it"), ("never", "never spoke"), ("spoke", "spoke of it"), ("all", "all")],
    )  # fmt: skip


@login_required
@require_POST
def untie(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    pattern = access.get(Pattern, number, "problem")
    problem = pattern.problem_id
    patterns.untie(access, pattern)
    messages.success(request, f"Taken off: {pattern}.")
    return redirect("problem_behaviour", slug, problem)
