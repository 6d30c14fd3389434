"""The decision log, a decision's page with its permanent address, and deciding."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.decide import services
from wellheard.decide.models import Bet, Consulted, Craft, Decision, Opinion
from wellheard.decide.queries import log, snapshot
from wellheard.decide.queries.stakeholders import concerned
from wellheard.listen.models import Idea
from wellheard.people.access import Access, enter
from wellheard.people.models import Member, Role
from wellheard.understand.models import Problem

from .. import decision_words, history
from ..asked import one_of, page_number, whole
from ..frame import page

FORMS = {"markdown": ("md", "text/markdown; charset=utf-8"), "json": ("json", "application/json")}
MOST_EXPORTED = 1000


@login_required
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    which = log.Which(
        one_of(request, "answer", ("", *Decision.Answer.values)), one_of(request, "state", ("", *Decision.State.values)),
        one_of(request, "about", ("", "bet", "problem", "idea")), whole(request, "bet"), whole(request, "problem"),
        whole(request, "idea"), request.GET.get("q", "").replace("\0", "")[:200], request.GET.get("dissent") == "yes",
    )  # fmt: skip
    form = one_of(request, "as", ("page", *FORMS))
    if form != "page":
        found = [log.record_of(d) for d in log.log(access.workspace, which)[:MOST_EXPORTED]]
        body = (
            decision_words.log_in_markdown(access.workspace.name, found) if form == "markdown"
            else json.dumps({"decisions": [log.as_dict(r) for r in found]}, ensure_ascii=False, indent=1)
        )  # fmt: skip
        return _file(form, f"decisions-{slug}", body)
    return page(
        request, access, "console/decide/log.html", "decide", found=log.page_of(access.workspace, which, page_number(request)),
        which=which, answers=Decision.Answer.choices, states=Decision.State.choices,
    )  # fmt: skip


def _file(form: str, name: str, body: str) -> HttpResponse:
    end, kind = FORMS[form]
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{end}"'
    return answer


def _get(access: Access, number: int) -> Decision:
    return access.get(Decision, number, "workspace", "bet", "problem", "idea__voice")


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = _get(access, number)
    form = one_of(request, "as", ("page", *FORMS))
    if form != "page":
        here = request.build_absolute_uri(reverse("decision", args=[slug, number]))
        record = log.record_of(found)
        body = (
            decision_words.markdown(record, here) if form == "markdown"
            else json.dumps(log.as_dict(record), ensure_ascii=False, indent=1)
        )  # fmt: skip
        return _file(form, f"decision-{found.pk}", body)
    return show(request, access, found)


def show(request: HttpRequest, access: Access, found: Decision, error: str = "", **given: str) -> HttpResponse:
    """The page, also with a refused input still in its form (`given`)."""
    mine = Opinion.objects.filter(workspace=access.workspace, member=access.member).order_by("-pk").first()
    return page(
        request, access, "console/decide/decision.html", "decide", status=422 if error else 200, record=log.record_of(found),
        decision=found, on=found.on, kind=found.on._meta.model_name, error=error, given=given, stands=Opinion.Stand.choices,
        crafts=Craft.choices, hows=Consulted.How.choices, craft=given.get("craft") or (mine.craft if mine else ""),
        colleagues=_colleagues(access), concerned=concerned(found), happened=_happened(access, found),
    )  # fmt: skip


def _happened(access: Access, found: Decision) -> list[history.Happened]:
    return history.of_part(access.workspace.pk, found.on, "decision", found.pk)


def _colleagues(access: Access) -> list[Member]:
    return list(Member.objects.filter(workspace=access.workspace).select_related("user").order_by("user__name", "pk"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """`bet`, `problem` or `idea` names on what, by the number of its page."""
    access = enter(request, slug, Role.EDITOR)
    given = {k: request.POST.get(k, request.GET.get(k, "")) for k in ("bet", "problem", "idea", "answer", "reason", "public_reason")}  # fmt: skip
    on = _on(access, given)
    error = ""
    if request.method == "POST" and on is not None:
        try:
            made = services.decide(access, on, given["answer"], given["reason"], given["public_reason"])
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, said_of(made))
            return redirect("decision", slug, made.pk)
    elif request.method == "POST":
        error = "Choose what it is about: one bet, one problem or one idea."
    workspace = access.workspace
    return page(
        request, access, "console/decide/decision_new.html", "decide", status=422 if error else 200, given=given, error=error, on=on,
        kind=on._meta.model_name if on else "", answers=Decision.Answer.choices, now=snapshot.snapshot(on) if on else None,
        bets=Bet.objects.filter(workspace=workspace, state__in=["draft", "started"]).order_by("name") if not on else (),
        problems=Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).order_by("name") if not on else (),
    )  # fmt: skip


def _on(access: Access, given: dict[str, str]) -> Bet | Problem | Idea | None:
    named = [(m, given[k]) for k, m in (("bet", Bet), ("problem", Problem), ("idea", Idea)) if given[k]]
    if len(named) != 1:
        return None
    model, number = named[0]
    found: Any = access.get(model, number, "workspace")
    return found  # type: ignore[no-any-return]


def said_of(made: Decision) -> str:
    """What is told to whoever has just decided."""
    if made.state == Decision.State.PREPARED:
        return "Prepared. It takes effect once it is published: look first whom it hurts."
    return "Logged. Decisions are added, never changed."


@login_required
@require_POST
def add(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Posting `do`: opine or consult."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found, post = _get(access, number), request.POST.dict()
    try:
        if post.get("do") == "consult":
            services.consult(access, found, post.get("name", ""), post.get("how", ""), post.get("words", ""))
            said = "Noted."
        else:
            services.opine(
                access, found, post.get("stand", ""), post.get("words", ""), post.get("craft", ""), post.get("name", "")
            )
            said = "Kept. Opinions are added, never changed."
    except ValueError as e:
        return show(request, access, found, str(e), **{k: str(v) for k, v in post.items()})
    messages.success(request, said)
    return redirect("decision", slug, number)


@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Posting `do`: words or withdraw."""
    access = enter(request, slug, Role.EDITOR)
    found, post = _get(access, number), request.POST.dict()
    try:
        if post.get("do") == "withdraw":
            services.withdraw(access, found, post.get("reason", ""))
            said = "Withdrawn. It stays in the log, and never takes effect."
        else:
            services.say_publicly(access, found, post.get("public_reason", ""))
            said = "Saved."
    except ValueError as e:
        return show(request, access, found, str(e), **{k: str(v) for k, v in post.items()})
    messages.success(request, said)
    return redirect("decision", slug, number)
