"""Check-ins: what is due, planning one, and writing down what was heard."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.core import clean
from wellheard.listen.models import CheckIn, Kind, Talk
from wellheard.listen.queries import checkins as queries
from wellheard.listen.services import checkins as services
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Member, Person, Role

from ..asked import one_of
from ..frame import page

LINES = 3


@login_required
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    which = one_of(request, "which", ("soon", "due", "all"))
    whose = one_of(request, "whose", ("all", "mine"))
    mine = access.member if whose == "mine" else None
    return page(
        request, access, "console/people/checkins.html", "people", rows=queries.rows(access.workspace, mine, which), which=which,
        whose=whose, planned=CheckIn.objects.filter(workspace=access.workspace, stopped_at=None).count(),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """`person` or `account` names with whom, by the number of their page."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    given = {
        k: request.POST.get(k, request.GET.get(k, "")).strip()
        for k in ("person", "account", "every_days", "responsible", "due", "about")
    }
    if not (given["person"] or given["account"]):
        return redirect("accounts", slug) if request.method != "POST" else page(
            request, access, "console/people/checkins.html", "people", status=422, rows=queries.rows(access.workspace), which="all",
            whose="all", planned=0, error="Open the person or account first, and plan it from there.",
        )  # fmt: skip
    whom: Person | Account = (
        access.get(Person, given["person"], "workspace")
        if given["person"]
        else access.get(Account, given["account"], "workspace")
    )
    error = ""
    if request.method == "POST":
        try:
            made = services.plan(
                access, whom, _whole(given["every_days"]), responsible=given["responsible"] or None, about=given["about"],
                due=clean.day(given["due"], "The first day") if given["due"] else None,
            )  # fmt: skip
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"Check-ins with {whom} are planned.")
            return redirect("check_in", slug, made.pk)
    return page(
        request, access, "console/people/checkin_new.html", "people", status=422 if error else 200, whom=whom, given=given,
        kind="person" if isinstance(whom, Person) else "account", error=error, colleagues=_colleagues(access),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One cadence with all that was heard. Posting `do`: hold, skip, postpone, change or stop."""
    access = enter(request, slug, Role.CONTRIBUTOR if request.method == "POST" else Role.VIEWER)
    found = access.get(CheckIn, number, "workspace", "person", "account", "responsible__user")
    error, do, post = "", request.POST.get("do", ""), request.POST.dict()
    lines = [("", "", "")]
    if request.method == "POST":
        columns = [request.POST.getlist(k) for k in ("text", "who", "kind")]
        lines = [(t, w, k) for t, w, k in zip(*columns, strict=False)]
        try:
            said = _done(access, found, do, post, lines)
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, said)
            return redirect("check_in", slug, number)
    filled = [line for line in lines if any(line)]
    people = found.account.relations.select_related("person")[:100] if found.account else []
    return page(
        request, access, "console/people/checkin.html", "people", status=422 if error else 200, row=queries.row(found), error=error,
        do=do, given=post, lines=[*filled, *[("", "", "")] * max(1, LINES - len(filled))], kinds=[k for k in Kind.choices if k[0]],
        moods=Talk.Mood.choices, talks=found.talks.prefetch_related("voices__author"), colleagues=_colleagues(access),
        kind="person" if found.person_id else "account", people=[r.person for r in people],
    )  # fmt: skip


def _done(access: Access, found: CheckIn, do: str, post: dict[str, str], lines: list[tuple[str, str, str]]) -> str:
    if do == "hold":
        on = clean.day(post["on"], "The day") if post.get("on") else None
        heard = [services.Heard(text, who, kind) for text, who, kind in lines]
        talk = services.hold(access, found, post.get("note", ""), mood=post.get("mood", ""), heard=heard, on=on)
        return f"Noted. The next one is due on {talk.next_due}."
    if do == "skip":
        return f"Skipped. The next one is due on {services.skip(access, found, post.get('reason', '')).next_due}."
    if do == "postpone":
        until = clean.day(post.get("until"), "The day")
        return f"Postponed to {services.postpone(access, found, until, post.get('reason', '')).next_due}."
    if do == "change":
        services.change(
            access, found, every_days=_whole(post.get("every_days", "")), responsible=post.get("responsible", ""),
            due=clean.day(post.get("due"), "The day"), about=post.get("about", ""),
        )  # fmt: skip
        return "Changed."
    if do == "stop":
        services.stop(access, found)
        return "Stopped. What was heard stays."
    raise ValueError("Choose what happened: held, skipped, postponed, changed or stopped.")


def _whole(said: str) -> int:
    if not (said.isascii() and said.isdecimal() and len(said) < 6):
        raise ValueError(f"Every how many days? {said[:20]!r} is no whole number.")
    return int(said)


def _colleagues(access: Access) -> list[Member]:
    return list(Member.objects.filter(workspace=access.workspace).select_related("user").order_by("user__name"))
