"""Whom a decision hurts, before it is published: acknowledgements, words to use, and what else can be done."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard.core import clean
from wellheard.decide import briefs, services
from wellheard.decide.models import Audience, Decision, FollowUp
from wellheard.decide.queries import follow_ups, hurt
from wellheard.decide.queries.snapshot import voices_about
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Member, Role

from ..asked import one_of, whole
from ..frame import page


def _get(access: Access, number: int) -> Decision:
    return access.get(Decision, number, "workspace", "bet__workspace", "problem__workspace", "idea__voice", "idea__workspace")  # fmt: skip


@login_required
@require_safe
def whom(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _show(request, access, _get(access, number))


def _show(request: HttpRequest, access: Access, found: Decision, error: str = "", **given: str) -> HttpResponse:
    """The page, also with a refused input still in its form (`given`)."""
    now = hurt.whom(found)
    numbers = found.hurt or hurt.kept(now)
    rows = follow_ups.of_decision(found)
    audience = given.get("audience") or one_of(request, "for", tuple(Audience.values))
    edited = found.briefs.filter(audience=audience).first()
    words = edited.words if edited else briefs.written(found, now, audience, [r.follow_up for r in rows])
    chosen = next((a for a in now.accounts if a.account.pk == whole(request, "account")), None)
    outside = audience in (Audience.ACCOUNT, Audience.PERSON)
    if outside and chosen is None and now.accounts:
        chosen = now.accounts[0]
    colleagues = list(
        Member.objects.filter(workspace=access.workspace).select_related("user").order_by("user__name", "pk")
    )
    return page(
        request, access, "console/decide/hurt.html", "decide", status=422 if error else 200, decision=found, on=found.on,
        kind=found.on._meta.model_name, hurt=now, numbers=numbers,
        acknowledged=sum(o["at"] is not None for o in numbers["owners"]), mine=_mine(access, now), error=error,
        given=given, follow_ups=rows, audiences=Audience.choices, audience=audience, edited=edited, words=words, outside=outside,
        chosen=chosen, filled=_filled(found, words, chosen, rows, audience) if outside else "", colleagues=colleagues,
        for_account=given.get("account") or request.GET.get("account", ""),
    )  # fmt: skip


def _mine(access: Access, now: hurt.Hurt) -> hurt.ColleagueHurt | None:
    return next((c for c in now.needed if access.member and c.member == access.member and not c.knows), None)


def _filled(
    found: Decision, words: str, chosen: hurt.AccountHurt | None, rows: list[follow_ups.Row], audience: str
) -> str:
    """The words for one account, or for the person of it who spoke last, as they would read."""
    said = voices_about(found.on).exclude(author=None).select_related("author")
    if chosen is not None:
        said = said.filter(account=chosen.account)
    voice = said.first()
    offers = "; ".join(
        r.follow_up.what for r in rows
        if r.follow_up.state == FollowUp.State.OPEN and chosen and r.follow_up.account_id == chosen.account.pk
    )  # fmt: skip
    who = str(voice.author) if voice and voice.author else ""
    return briefs.fill(
        words, name=who, account=str(chosen.account) if chosen else "", what_we_offer=offers,
        their_words=briefs.shortened(voice.text) if voice else "",
    )  # fmt: skip


def _here(slug: str, number: int, part: str = "") -> str:
    return reverse("whom_it_hurts", args=[slug, number]) + part


@login_required
@require_POST
def acknowledge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found, post = _get(access, number), request.POST.dict()
    try:
        services.acknowledge(access, found, post.get("name", ""), post.get("words", ""))
    except ValueError as e:
        return _show(request, access, found, str(e), **{**post, "do": "acknowledge"})
    messages.success(request, "Kept: it stands with the decision for good.")
    return redirect(_here(slug, number))


@login_required
@require_POST
def remind(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = _get(access, number)
    try:
        n = services.remind(access, found)
    except ValueError as e:
        return _show(request, access, found, str(e), do="remind")
    messages.success(request, f"{n} {'colleague gets' if n == 1 else 'colleagues get'} a mail within a minute or two.")
    return redirect(_here(slug, number))


@login_required
@require_POST
def prepare(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Posting `do`: brief or follow_up."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found, post = _get(access, number), request.POST.dict()
    try:
        if post.get("do") == "brief":
            words = "" if post.get("reset") else post.get("words", "")
            services.word_brief(access, found, post.get("audience", ""), words)
            messages.success(request, "Saved." if words.strip() else "The template's words are back.")
            return redirect(_here(slug, number, f"?for={post.get('audience')}#words"))
        account = access.get(Account, post["account"]) if post.get("account") else None
        due = clean.day(post.get("due"), "The day")
        services.follow_up(access, found, post.get("what", ""), due, post.get("owner", ""), account)
    except ValueError as e:
        return _show(request, access, found, str(e), **{k: str(v) for k, v in post.items()})
    messages.success(request, "Noted. It stays on the list until it is done or given up.")
    return redirect(_here(slug, number, "#follow-ups"))


@login_required
@require_safe
def all_follow_ups(request: HttpRequest, slug: str) -> HttpResponse:
    return _list(request, enter(request, slug))


def _list(request: HttpRequest, access: Access, error: str = "", **given: str) -> HttpResponse:
    which = one_of(request, "which", ("open", "due", "closed", "all"))
    whose = one_of(request, "whose", ("all", "mine"))
    rows = follow_ups.rows(access.workspace, which, access.member if whose == "mine" else None)
    return page(
        request, access, "console/decide/follow_ups.html", "decide", status=422 if error else 200, rows=rows, which=which,
        whose=whose, any=FollowUp.objects.filter(workspace=access.workspace).exists(), error=error, given=given,
        waiting=follow_ups.waiting(access.workspace, access.member),
    )  # fmt: skip


@login_required
@require_POST
def close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Posting `do`: done or dropped, with a note."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(FollowUp, number, "decision__bet", "decision__problem", "decision__idea", "workspace")
    note = request.POST.get("note", "")
    try:
        services.close_follow_up(access, found, note, request.POST.get("do") != "dropped")
    except ValueError as e:
        return _list(request, access, str(e), number=str(number), note=note)
    messages.success(request, "Kept, with what came of it.")
    back = request.POST.get("back", "")
    return redirect(_here(slug, found.decision_id, "#follow-ups") if back == "decision" else reverse("follow_ups", args=[slug]))  # fmt: skip
