"""Reply debt, releases, and the notices that each owes."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.core.markdown import to_html
from wellheard.decide.models import Bet, Decision
from wellheard.people.access import Access, enter
from wellheard.people.models import Role, Segment
from wellheard.people.queries.lists import Page, cut
from wellheard.people.queries.money import today
from wellheard.tell.channels.mail import message_for
from wellheard.tell.models import ABOUT, Notice, NoticeState, Release
from wellheard.tell.queries import notices as reads
from wellheard.tell.queries.budget import mail_server_away
from wellheard.tell.queries.debt import OPEN, TOLD, debts, owed
from wellheard.tell.services import notices as services
from wellheard.tell.services import releases
from wellheard.understand.models import Problem

from ..asked import page_number, whole
from ..frame import page


@login_required
@require_safe
def tell(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    made = Release.objects.filter(workspace=access.workspace).prefetch_related("bets").order_by("published_at", "-pk")
    drafts = [r for r in made if r.published_at is None]
    published = sorted((r for r in made if r.published_at), key=lambda r: r.published_at, reverse=True)  # type: ignore[arg-type,return-value]
    return page(
        request, access, "console/tell/tell.html", "tell", debts=debts(access.workspace), owed=owed(access.workspace), away=mail_server_away(),
        releases=[(r, reads.states(r)) for r in [*drafts, *published]], 
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_release(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft; nobody outside sees it before it is published."""
    access = enter(request, slug, Role.EDITOR)
    chosen = [
        int(b)
        for b in request.POST.getlist("bets") or request.GET.getlist("bet")
        if b.isascii() and b.isdecimal() and len(b) < 18
    ]
    given = {k: request.POST.get(k, "") for k in ("title", "body", "shipped_on", "audience")}
    error = ""
    if request.method == "POST":
        try:
            day = date.fromisoformat(given["shipped_on"]) if given["shipped_on"] else None
            made = releases.draft_release(
                access,
                given["title"],
                given["body"],
                [access.get(Bet, b) for b in chosen],
                day,
                access.get(Segment, given["audience"]) if given["audience"] else None,
            )
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, "Saved as a draft. Look at it, and at who will be told, before you publish.")
            return redirect("release", slug, made.pk)
    bets = Bet.objects.filter(workspace=access.workspace).exclude(state=Bet.State.DROPPED).order_by("-state", "-pk")
    return page(
        request, access, "console/tell/new_release.html", "tell", status=422 if error else 200, given=given, chosen=chosen,
        bets=bets, error=error, segments=Segment.objects.filter(workspace=access.workspace).order_by("name"), today=today(access.workspace),
    )  # fmt: skip


@login_required
@require_safe
def release(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Release, number)
    expected, sample = None, None
    if found.published_at is None:
        expected = reads.expected(found)
        sample = without_secrets(expected.sample) if expected.sample else None
    else:
        held = Notice.objects.filter(release=found, voice__isnull=False)
        first = held.select_related("person", "voice", "workspace", *ABOUT).first()
        sample = without_secrets(first) if first else None
    return page(
        request, access, "console/tell/release.html", "tell", release=found, html=to_html(found.body), bets=list(found.bets.all()),
        outside=reads.outside(found) if found.published_at is None else 0, expected=expected, states=reads.states(found), sample=sample,
    )  # fmt: skip


def without_secrets(notice: Notice) -> str:
    """One mail as it reads, without the addresses that let its reader act as themselves."""
    body = str(message_for(notice).body)
    for secret in (notice.key, notice.person.page_key):
        body = body.replace(secret, "…")
    return body


@login_required
@require_POST
def edit_release(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Release, number)
    try:
        releases.edit_release(access, found, request.POST.get("title", ""), request.POST.get("body", ""))
        messages.success(request, "Saved.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("release", slug, number)


@login_required
@require_POST
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The changelog, the bets and the notices, at once."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Release, number)
    try:
        made = releases.publish_release(access, found)
        messages.success(request, f"Published. {made} {'person is' if made == 1 else 'people are'} being told.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("release", slug, number)


@login_required
@require_safe
def notices(request: HttpRequest, slug: str) -> HttpResponse:
    """Who was told or waits, filtered by state, release or problem. `state=open` is everybody nobody reached yet."""
    access = enter(request, slug)
    state = request.GET.get("state", "open")
    several = {"open": OPEN, "told": TOLD}
    wanted = [s.value for s in several[state]] if state in several else [state] if state in NoticeState.values else []
    about = {key: whole(request, key) for key in ("release", "problem", "decision")}
    rows = reads.notices(access.workspace, wanted, **about)
    found, total, at = cut(rows, page_number(request))
    return page(
        request, access, "console/tell/notices.html", "tell", found=Page(found, total, at), state=state, states=NoticeState.choices,
        again=(NoticeState.SENDING, NoticeState.BOUNCED, NoticeState.NO_ADDRESS), told_states=TOLD, about=_about(request, access),
    )  # fmt: skip


def _about(request: HttpRequest, access: Access) -> list[str]:
    """What the list is narrowed to, in words."""
    found = []
    for key, model in (("release", Release), ("problem", Problem), ("decision", Decision)):
        if (number := whole(request, key)) is not None:
            found.append(str(access.get(model, number)))
    return found


def _back(request: HttpRequest, slug: str) -> str:
    where = request.POST.get("next", "")
    here = where.startswith("/") and url_has_allowed_host_and_scheme(where, allowed_hosts=None)
    return where if here else reverse("notices", args=[slug])


@login_required
@require_POST
def send_again(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    try:
        services.send_again(access, access.get(Notice, number, "person"))
        messages.success(request, "It will go out within a minute.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect(_back(request, slug))


@login_required
@require_POST
def told(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Somebody of the team told them: by telephone, in person."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    notice = access.get(Notice, number, "person")
    services.mark_told(access, notice, request.POST.get("how", "").strip()[:200] or "in person")
    messages.success(request, f"Noted: {notice.person} knows.")
    return redirect(_back(request, slug))
