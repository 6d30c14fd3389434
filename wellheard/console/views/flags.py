"""Measure → Flags: the list, one flag with its preview and history, its form, and the switch."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.measure.flags import queries, services
from wellheard.measure.flags.definition import Definition, Kind, decode
from wellheard.measure.models import Flag
from wellheard.measure.trials.queries import on_flag
from wellheard.people.access import Access, enter
from wellheard.people.models import Role, Segment

from .. import flag_form
from ..frame import page

DONE = {
    "kill": "Everybody gets “off” now. The rules are kept.", "revive": "It is on again, with the rules it had.",
    "archive": "It is in the archive: programs are told that there is no such flag.", "restore": "It is out of the archive.",
    "back": "The rules of that version hold again.",
}  # fmt: skip


@login_required
@require_safe
def flags(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    search, state = request.GET.get("search", ""), request.GET.get("state", "")
    rows = queries.flag_rows(access.workspace, search, state if state in queries.STATES else "")
    held = Flag.objects.filter(workspace=access.workspace).exists()
    return page(
        request, access, "console/measure/flags.html", "measure", rows=rows, search=search, state=state, held=held
    )


@login_required
@require_safe
def flag(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Flag, number, "workspace")
    names = dict(Segment.objects.filter(workspace=access.workspace).values_list("pk", "name"))
    asked = decode(cast(Kind, found.kind), found.definition)
    answer, problem = None, ""
    person, account = request.GET.get("person", "").strip(), request.GET.get("account", "").strip()
    if person or account:
        try:
            answer = queries.preview(found, person, account)
        except ValueError as e:
            problem = str(e)
    return page(
        request, access, "console/measure/flag.html", "measure", row=queries.row(found, names), flag=found, asked=asked,
        rules=flag_form.rows(access.workspace, found.kind, asked)["rules"][:-1], versions=queries.versions(found),
        person=person, account=account, answer=answer, problem=problem, experiments=on_flag(access.workspace, found.key),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    kind = request.GET.get("kind", "boolean")
    kind = kind if kind in Flag.Kind.values else "boolean"
    if request.method == "POST":
        post = request.POST
        try:
            plan = services.Plan(
                post.get("key", "").strip(), kind, flag_form.read(access.workspace, kind, post), post.get("name", ""),
                post.get("description", ""), post.get("algorithm", "posthog"), post.get("unit", "person"),
            )  # fmt: skip
            made = services.make(access, plan)
            messages.success(request, "The flag is made. Programs that ask for it get it from now on.")
            return redirect("flag", slug, made.pk)
        except ValueError as e:
            return _form(request, access, kind, Definition(), None, str(e))
    return _form(request, access, kind, Definition())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Flag, number, "workspace")
    asked = decode(cast(Kind, found.kind), found.definition)
    if request.method == "POST":
        post = request.POST
        try:
            seen = post.get("seen", "")
            services.change(
                access, found, flag_form.read(access.workspace, found.kind, post), post.get("name", ""), post.get("description", ""),
                int(seen) if seen.isascii() and seen.isdecimal() else None, post.get("reason", ""),
            )  # fmt: skip
            messages.success(request, "Changed. Programs get it within seconds.")
            return redirect("flag", slug, number)
        except ValueError as e:
            return _form(request, access, found.kind, asked, found, str(e))
    return _form(request, access, found.kind, asked, found)


def _form(
    request: HttpRequest, access: Access, kind: str, asked: Definition, found: Flag | None = None, problem: str = ""
) -> HttpResponse:
    """After a refusal the form shows what was typed."""
    form: dict[str, Any] = flag_form.rows(access.workspace, kind, asked)
    names = {k: getattr(found, k) if found else "" for k in ("key", "name", "description", "algorithm", "unit")}
    if request.method == "POST":
        form, names = (
            flag_form.typed(request.POST, form),
            names | {k: request.POST[k] for k in names if k in request.POST},
        )
    keys = ["on", "off"] if kind == "boolean" else [v["key"] for v in form["variants"] if v["key"]]
    return page(
        request, access, "console/measure/flag_form.html", "measure", form=form, names=names, kind=kind, keys=keys, flag=found,
        kinds=Flag.Kind.choices, algorithms=Flag.Algorithm.choices, units=Flag.Unit.choices, problem=problem,
    )  # fmt: skip


@login_required
@require_POST
def do(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Flag, number, "workspace")
    what, version = request.POST.get("do", ""), request.POST.get("version", "")
    try:
        whole = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else None
        services.do(access, found, what, request.POST.get("reason", ""), whole)
        messages.success(request, DONE[what])
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("flag", slug, number)
