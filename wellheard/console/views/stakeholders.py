"""The map of stakeholders, what is due, one stakeholder with the journal of being in touch, files in and out."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.charts.grid import Point, grid
from wellheard.core import clean
from wellheard.core.rows import harmless
from wellheard.decide import importing
from wellheard.decide.models import Decision, Stakeholder, Touch
from wellheard.decide.queries import stakeholders as queries
from wellheard.decide.services import stakeholders as services
from wellheard.people.access import Access, enter
from wellheard.people.models import Member, Person, Role, Segment
from wellheard.people.queries.named import person_named
from wellheard.understand.models import Problem

from .. import history
from ..asked import one_of
from ..frame import page

CORNERS = ("keep content", "work with closely", "keep an eye on", "keep informed")
FIELDS = ("name", "role", "power", "interest", "stance", "cares_about", "how", "every_days", "lead_days")
FIRST = {"power": "3", "interest": "3", "stance": "unknown", "how": "informed", "every_days": "0", "lead_days": "3"}
BIGGEST = 2 * 1024 * 1024


@login_required
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    which = one_of(request, "which", ("all", "due"))
    if request.GET.get("as") == "csv":
        return _file(access)
    return _index(request, access, which)


def _index(request: HttpRequest, access: Access, which: str, error: str = "") -> HttpResponse:
    every = queries.rows(access.workspace)
    points = [
        Point(
            r.number, r.stakeholder.interest, r.stakeholder.power, r.stakeholder.stance, r.stakeholder.name,
            reverse("stakeholder", args=[access.workspace.slug, r.stakeholder.pk]), r.stakeholder.inside,
        )
        for r in every
    ]  # fmt: skip
    due = sorted((r for r in every if r.late is not None and r.late >= 0), key=lambda r: -(r.late or 0))
    return page(
        request, access, "console/decide/stakeholders.html", "decide", status=422 if error else 200, rows=due if which == "due" else every,
        every=len(every), due=len(due), which=which, map=grid(points, CORNERS) if points else None, error=error,
    )  # fmt: skip


def _file(access: Access) -> HttpResponse:
    reply = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{access.workspace.slug}-stakeholders.csv"'
    out = csv.writer(reply)
    out.writerow(importing.COLUMNS)
    out.writerows([[harmless(c) for c in row] for row in importing.table(access.workspace)])
    return reply


@login_required
@require_POST
def bring(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        upload = request.FILES.get("file")
        if upload is None:
            raise ValueError("Choose a file first.")
        if (upload.size or 0) > BIGGEST:
            raise ValueError("The file is larger than 2 MB.")
        try:
            text = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("The file is not valid UTF-8. Save it as UTF-8.") from None
        added, changed = importing.bring(access, text)
    except ValueError as e:
        return _index(request, access, "all", str(e))
    messages.success(request, f"{added} added, {changed} changed.")
    return redirect("stakeholders", slug)


def _stake(given: dict[str, Any], name: str = "") -> services.Stake:
    numbers = {}
    for key, what in (
        ("power", "Power"),
        ("interest", "Interest"),
        ("every_days", "How often"),
        ("lead_days", "How long ahead"),
    ):
        raw = str(given.get(key) or FIRST[key]).strip()
        if not (raw.isascii() and raw.isdecimal() and len(raw) < 6):
            raise ValueError(f"{what} is a whole number.")
        numbers[key] = int(raw)
    return services.Stake(
        name=given.get("name", "") or name, role=given.get("role", ""), stance=given.get("stance", ""), how=given.get("how", ""),
        cares_about=given.get("cares_about", ""), everything=bool(given.get("everything")),
        topics=[t for t in given.get("topics", "").split(",") if t.strip()], **numbers,
    )  # fmt: skip


def _chosen(request: HttpRequest, access: Access) -> tuple[list[Problem], list[Segment]]:
    def of(key: str, model: type[Any]) -> list[Any]:
        return [access.get(model, n) for n in request.POST.getlist(key) if n]

    return of("problems", Problem), of("segments", Segment)


def _choices(access: Access) -> dict[str, Any]:
    workspace = access.workspace
    return {
        "all_problems": Problem.objects.filter(workspace=workspace, merged_into=None).order_by("name"),
        "all_segments": Segment.objects.filter(workspace=workspace).order_by("name"),
        "stances": Stakeholder.Stance.choices, "hows": Stakeholder.How.choices, "scale": range(1, 6),
        "colleagues": Member.objects.filter(workspace=workspace).select_related("user").order_by("user__name", "pk"),
    }  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """`person` names a known person by the number of their page, id or address."""
    access = enter(request, slug, Role.EDITOR)
    given: dict[str, Any] = {**FIRST, **request.GET.dict(), **request.POST.dict()}
    error = ""
    chosen: tuple[list[Problem], list[Segment]] = ([], [])
    if request.method == "POST":
        try:
            chosen = _chosen(request, access)
            person: Person | None = person_named(access.workspace, given["person"]) if given.get("person") else None
            stake = _stake(given, str(person or ""))
            made = services.add(access, stake, person=person, problems=chosen[0], segments=chosen[1])
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"{made} is on the map.")
            return redirect("stakeholder", slug, made.pk)
    return page(
        request, access, "console/decide/stakeholder_new.html", "decide", status=422 if error else 200, given=given, error=error,
        chosen_problems={p.pk for p in chosen[0]}, chosen_segments={s.pk for s in chosen[1]}, **_choices(access),
    )  # fmt: skip


def _get(access: Access, number: int) -> Stakeholder:
    return access.get(Stakeholder, number, "workspace", "member__user", "person")


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _one(request, access, _get(access, number))


def _one(request: HttpRequest, access: Access, found: Stakeholder, error: str = "", **given: Any) -> HttpResponse:
    now = {f: getattr(found, f) for f in FIELDS} | {"topics": ", ".join(found.topics), "everything": found.everything}
    return page(
        request, access, "console/decide/stakeholder.html", "decide", status=422 if error else 200, found=found, row=queries.row(found),
        touches=found.touches.select_related("decision__bet", "decision__problem", "decision__idea").order_by("-on", "-pk")[:200],
        given={**now, **given}, error=error, whats=Touch.What.choices, happened=history.of(access.workspace.pk, found),
        chosen_problems={p.pk for p in found.problems.all()}, chosen_segments={s.pk for s in found.segments.all()}, **_choices(access),
    )  # fmt: skip


@login_required
@require_POST
def touch(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found, post = _get(access, number), request.POST.dict()
    decision = (
        access.get(Decision, post["decision"], "workspace", "bet", "problem", "idea") if post.get("decision") else None
    )
    try:
        on = clean.day(post["on"], "The day") if post.get("on") else None
        services.touch(access, found, post.get("what", ""), post.get("note", ""), on, decision)
    except ValueError as e:
        return _one(request, access, found, str(e), **{**post, "do": "touch"})
    messages.success(request, "Noted." + (f" Next on {found.due:%-d %B %Y}." if found.due else ""))
    return redirect("decision", slug, decision.pk) if decision else redirect("stakeholder", slug, number)


@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Posting `do`: change or take_off."""
    access = enter(request, slug, Role.EDITOR)
    found, post = _get(access, number), request.POST.dict()
    try:
        if post.get("do") == "take_off":
            services.take_off(access, found)
            messages.success(request, f"{found} is off the map; what was said with them stays.")
            return redirect("stakeholders", slug)
        chosen = _chosen(request, access)
        due = clean.day(post["due"], "The next day") if post.get("due") else None
        services.change(access, found, _stake(post, found.name), problems=chosen[0], segments=chosen[1], due=due)
    except ValueError as e:
        return _one(request, access, _get(access, number), str(e), **{**post, "do": "change"})
    messages.success(request, "Changed.")
    return redirect("stakeholder", slug, number)
