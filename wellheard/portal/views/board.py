"""The board of ideas: look, post, vote, follow."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.listen.models import Idea, IdeaStatus
from wellheard.listen.queries import ideas as reads
from wellheard.listen.services import ideas
from wellheard.people.models import Workspace
from wellheard.people.services import visitors

from .. import doors


def _idea(place: Workspace, number: int) -> Idea:
    found = reads.public_idea(place, number)
    if found is None:
        raise Http404("There is no such idea.")
    return found


def _too_often(request: HttpRequest, place: Workspace) -> HttpResponse:
    return render(request, "portal/too_often.html", {"workspace": place}, status=429)


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    place = doors.workspace(slug)
    ask = {k: request.GET.get(k, "").strip()[:100] for k in ("q", "status", "order")}
    if ask["status"] not in IdeaStatus.values:
        ask["status"] = ""
    number = request.GET.get("page", "1")
    found = reads.board(
        place, doors.visitor(request, place), **ask, number=int(number) if number.isdigit() and len(number) < 7 else 1
    )
    statuses = [(v, label, found.counts[v]) for v, label in IdeaStatus.choices if found.counts[v]]
    words = {"workspace": place, "found": found, "ask": ask, "statuses": statuses, "tab": "ideas"}
    return render(request, "portal/board.html", words)


@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, slug: str) -> HttpResponse:
    """Post without signing up. A name and an address are optional; the address counts once confirmed."""
    place = doors.workspace(slug)
    held = doors.visitor(request, place)
    given = {k: doors.given(request, k) for k in ("title", "text", "name", "email")}
    given["title"] = " ".join((given["title"] or request.GET.get("title", "")[:140]).split())
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():  # what is refused leaves no nameless visitor behind
                person = doors.visitor_or_new(request, place)
                token = (
                    visitors.claim(person, given["name"], given["email"]) if given["name"] or given["email"] else None
                )
                made = ideas.post(place, person, given["title"], given["text"])
        except ValueError as e:
            error = str(e)
        except doors.TooOften:
            return _too_often(request, place)
        else:
            messages.success(request, "Thank you. It is on the board now.")
            if token:
                _ask_to_confirm(request, place, given["email"], token)
            return doors.remember(redirect("idea", slug, made.pk), place, person)
    return render(
        request,
        "portal/post.html",
        {"workspace": place, "given": given, "error": error, "known": held is not None and held.email, "tab": "post"},
        status=422 if error else 200,
    )


def _ask_to_confirm(request: HttpRequest, place: Workspace, email: str, token: str) -> None:
    if doors.mail_confirmation(place, email, token):
        messages.info(
            request, "We sent you a mail. Open the link in it to confirm your address, so that you hear back."
        )
    else:
        messages.warning(request, "We could not send you a mail just now, so your address is not confirmed yet.")


@require_safe
def idea(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    place = doors.workspace(slug)
    found = _idea(place, number)
    held = doors.visitor(request, place)
    return render(
        request,
        "portal/idea.html",
        {
            "workspace": place,
            "idea": found,
            "body": found.voice.text.removeprefix(found.title).strip(),
            "by": doors.first_name(found.voice.author) or "Somebody",
            "stand": reads.stand(found, held),
            "reachable": held is not None and held.email is not None,
            "waiting": held is not None and visitors.CLAIMED in held.traits,
            "tab": "ideas",
        },
    )


@require_POST
def vote(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Vote, or take the vote back."""
    place = doors.workspace(slug)
    found = _idea(place, number)
    if request.POST.get("from") == "board":
        where = redirect(doors.board_address(slug, doors.given(request, "ask"), number))
    else:
        where = redirect("idea", slug, number)
    try:
        back = bool(request.POST.get("take_back"))
        if back and doors.visitor(request, place) is None:  # nobody's vote cannot be taken back
            return where
        person = doors.visitor_or_new(request, place)
    except doors.TooOften:
        return _too_often(request, place)
    if back:
        ideas.unvote(found, person)
    else:
        ideas.vote(found, person)
    return doors.remember(where, place, person)


@require_POST
def follow(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Follow or stop following; an address given here is asked to confirm."""
    place = doors.workspace(slug)
    found = _idea(place, number)
    where = redirect("idea", slug, number)
    on = not request.POST.get("stop")
    email = doors.given(request, "email") if on else ""
    if not on and doors.visitor(request, place) is None:
        return where
    try:
        with transaction.atomic():
            person = doors.visitor_or_new(request, place)
            token = visitors.claim(person, "", email) if email else None
            ideas.follow(found, person, on)
    except doors.TooOften:
        return _too_often(request, place)
    except ValueError as e:
        messages.error(request, str(e))
        return where
    if token:
        _ask_to_confirm(request, place, email, token)
    elif not on:
        messages.success(request, "You no longer follow this.")
    elif person.email:
        messages.success(request, "You follow this. We write to you when something comes of it.")
    else:
        messages.success(request, "You follow this. Leave an e-mail address if we may write to you.")
    return doors.remember(where, place, person)
