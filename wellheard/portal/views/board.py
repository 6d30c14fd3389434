"""The boards of ideas: look, search, post, vote."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.core import clean, ratelimit
from wellheard.listen.models import Board, IdeaStatus, Standing
from wellheard.listen.queries import boards as rights
from wellheard.listen.queries import ideas as reads
from wellheard.listen.queries.boards import Guest
from wellheard.listen.services import ideas
from wellheard.people.services import visitors
from wellheard.understand.queries.similar import near_ideas

from .. import doors


def too_often(request: HttpRequest, who: Guest) -> HttpResponse:
    return doors.shown(request, who, "portal/too_often.html", 429)


def ask_to_sign_in(request: HttpRequest, who: Guest, then: str) -> HttpResponse:
    messages.info(request, _("On this board you sign in first, with a code we send to your address."))
    return redirect(f"{reverse('sign_in', args=[who.workspace.slug])}?{urlencode({'next': then})}")


def ask_to_confirm(request: HttpRequest, who: Guest, email: str, token: str) -> None:
    if doors.mail_confirmation(who.workspace, email, token):
        messages.info(
            request, _("We sent you a mail. Open the link in it to confirm your address, so that you hear back.")
        )
    else:
        messages.warning(request, _("We could not send you a mail just now, so your address is not confirmed yet."))


def _one_board(who: Guest, slug: str) -> Board:
    found = next((b for b in rights.visible(who, archived=True) if b.slug == slug), None)
    if found is None:
        raise Http404("There is no such board.")
    return found


@require_safe
@doors.portal
def board(request: HttpRequest, who: Guest, board: str = "") -> HttpResponse:
    """One board, or all that the guest sees together."""
    every = rights.visible(who)
    one = _one_board(who, board) if board else every[0] if len(every) == 1 else None
    said = {k: request.GET.get(k, "").strip()[:100] for k in ("q", "status", "order", "tag")}
    if said["status"] not in IdeaStatus.values:
        said["status"] = ""
    if said["order"] not in reads.ORDERS:
        said["order"] = ""
    ask = reads.Ask(**said, mine=request.GET.get("mine") == "1")
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
    found = reads.board(who, [one] if one else every, ask, number, one)
    statuses = [(v, label, found.counts[v]) for v, label in IdeaStatus.choices if found.counts[v]]
    return doors.shown(
        request, who, "portal/board.html", found=found, ask=ask, statuses=statuses, tab="ideas", boards=every, one=one,
        home=reverse("board", args=[who.workspace.slug, board]) if board else reverse("portal", args=[who.workspace.slug]),
        postable=_postable(who, [one] if one else every), indexable=one is None or one.sight == Board.Sight.OPEN,
    )  # fmt: skip


def _postable(who: Guest, boards: list[Board]) -> list[Board]:
    """The boards to post on, also those that ask to sign in first."""
    return [b for b in boards if rights.may_post(b, who) in ("", "sign_in")]


@require_safe
@doors.portal
def similar(request: HttpRequest, who: Guest) -> HttpResponse:
    """What others said that is like what somebody types: a part of the page for posting."""
    text = f"{request.GET.get('title', '')} {request.GET.get('text', '')}".strip()[:2000]
    if len(text) < 4 or not ratelimit.allow("similar", ratelimit.address(request), most=120, seconds=60):
        return HttpResponse("")
    near = _near(who, text)
    return doors.shown(request, who, "portal/similar.html", near=near) if near else HttpResponse("")


def _near(who: Guest, text: str) -> list[reads.IdeaRow]:
    boards = rights.visible(who)
    found = near_ideas(who.workspace, text, reads.seen(boards), 4)
    held = {b.pk: b for b in boards}
    return [reads.IdeaRow(i, reads.stand(i, who.person).voted, reads.shown_votes(i, held[i.board_id])) for i in found]


@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def post(request: HttpRequest, who: Guest) -> HttpResponse:
    """Post without signing up, where the board allows it. A name and an address are optional; the address counts
    once confirmed. When others said something like it, they are shown first, once."""
    slug = who.workspace.slug
    given = {k: doors.given(request, k) for k in ("title", "text", "name", "email")}
    given["title"] = " ".join((given["title"] or request.GET.get("title", "")[:140]).split())
    choices = _postable(who, rights.visible(who))
    wanted = request.POST.get("board") or request.GET.get("board", "")
    chosen = next((b for b in choices if b.slug == wanted), choices[0] if choices else None)
    if chosen is None:
        messages.info(request, _("The team posts here itself. You can vote and comment."))
        return redirect("portal", slug)
    error, near = "", []
    if request.method == "POST":
        if rights.may_post(chosen, who) == "sign_in":
            return ask_to_sign_in(
                request, who, f"{request.path}?{urlencode({'title': given['title'], 'board': chosen.slug})}"
            )
        try:
            ideas.check_post(given["title"], given["text"])
            clean.email(given["email"])
            if not request.POST.get("looked"):
                near = _near(who, f"{given['title']} {given['text']}")
            if not near:
                return _posted(request, who, chosen, given)
        except ValueError as e:
            error = _(str(e))
        except doors.TooOften:
            return too_often(request, who)
    elif rights.may_post(chosen, who) == "sign_in" and len(choices) == 1:
        return ask_to_sign_in(request, who, request.get_full_path())
    return doors.shown(
        request, who, "portal/post.html", 422 if error else 200, given=given, error=error, near=near,
        known=who.verified or who.team is not None, tab="post", choices=choices, chosen=chosen,
    )  # fmt: skip


def _posted(request: HttpRequest, who: Guest, board: Board, given: dict[str, str]) -> HttpResponse:
    """Raises ValueError and TooOften."""
    with transaction.atomic():  # what is refused leaves no nameless visitor behind
        person = doors.writer(request, who)
        token = visitors.claim(person, given["name"], given["email"]) if given["name"] or given["email"] else None
        made = ideas.post(
            who.workspace, person, given["title"], given["text"], board, network=ratelimit.address(request)
        )
    if made.standing == Standing.PUBLIC:
        messages.success(request, _("Thank you. It is on the board now."))
    else:
        messages.success(request, _("Thank you. The team looks at it first; then it is on the board."))
    if token:
        ask_to_confirm(request, who, given["email"], token)
    return doors.remember(redirect("idea", who.workspace.slug, made.pk), who.workspace, person)


@require_POST
@doors.portal
def vote(request: HttpRequest, who: Guest, number: int) -> HttpResponse:
    """Vote, or take the vote back."""
    slug = who.workspace.slug
    found = reads.public_idea(who, number)
    if found is None:
        raise Http404("There is no such idea.")
    board_slug = doors.given(request, "board")[:60]
    if request.POST.get("from") == "board":
        where = doors.board_address(slug, doors.given(request, "ask"), number, board_slug)
    else:
        where = reverse("idea", args=[slug, ideas.standing_for(found).pk])
    back = bool(request.POST.get("take_back"))
    if back and who.person is None:  # nobody's vote cannot be taken back
        return redirect(where)
    if why := rights.may_write(found.board, who):
        if why == "sign_in":
            return ask_to_sign_in(request, who, where.partition("#")[0])
        messages.info(request, _("This board is closed. What was said stays to be read."))
        return redirect(where)
    try:
        with transaction.atomic():
            person = doors.writer(request, who)
            if back:
                ideas.unvote(found, person)
            else:
                ideas.vote(found, person, network=ratelimit.address(request))
    except doors.TooOften:
        return too_often(request, who)
    if request.headers.get("HX-Request"):
        found.refresh_from_db()
        row = reads.IdeaRow(found, not back, reads.shown_votes(found, found.board))
        reply = doors.shown(
            request, who, "portal/vote.html", idea=found, voted=not back, votes=row.votes,
            **{"from": doors.given(request, "from"), "ask_again": doors.given(request, "ask"), "board_slug": board_slug},
        )  # fmt: skip
        return doors.remember(reply, who.workspace, person)
    return doors.remember(redirect(where), who.workspace, person)
