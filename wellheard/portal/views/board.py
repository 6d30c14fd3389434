"""The board of ideas: look, post, vote, follow."""

from __future__ import annotations

from django.contrib import messages
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
    ask = {"q": request.GET.get("q", "").strip()[:100], "status": request.GET.get("status", ""), "order": request.GET.get("order", "votes")}
    number = request.GET.get("page", "1")
    found = reads.board(
        place, doors.visitor(request, place), **ask, number=int(number) if number.isdigit() and len(number) < 7 else 1
    )
    statuses = [(v, label, found.counts[v]) for v, label in IdeaStatus.choices if found.counts[v]]
    return render(request, "portal/board.html", {"workspace": place, "found": found, "ask": ask, "statuses": statuses, "tab": "ideas"})


@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, slug: str) -> HttpResponse:
    """Post without signing up. A name and an address are optional; the address counts once confirmed."""
    place = doors.workspace(slug)
    held = doors.visitor(request, place)
    given = {k: request.POST.get(k, "").strip() for k in ("title", "text", "name", "email")}
    error = ""
    if request.method == "POST":
        try:
            if len(given["title"]) < 4:
                raise ValueError("Say in a few words what you would like or what goes wrong.")
            person = doors.visitor_or_new(request, place)
            token = visitors.claim(person, given["name"], given["email"]) if given["name"] or given["email"] else None
            made = ideas.post(place, person, given["title"], given["text"])
        except ValueError as e:
            error = str(e)
        except doors.TooOften:
            return _too_often(request, place)
        else:
            if token:
                doors.mail_confirmation(place, person, given["email"], token)
                messages.success(request, "Thank you. We sent you a mail: confirm your address to hear back.")
            else:
                messages.success(request, "Thank you. It is on the board now.")
            return doors.remember(redirect("idea", slug, made.pk), place, person)
    return render(
        request, "portal/post.html", {"workspace": place, "given": given, "error": error, "visitor": held, "tab": "post"},
        status=422 if error else 200,
    )  # fmt: skip


@require_safe
def idea(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    place = doors.workspace(slug)
    found = _idea(place, number)
    held = doors.visitor(request, place)
    body = found.voice.text.removeprefix(found.title).strip()
    return render(
        request, "portal/idea.html",
        {"workspace": place, "idea": found, "body": body, "stand": reads.stand(found, held), "visitor": held, "tab": "ideas"},
    )  # fmt: skip


@require_POST
def vote(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Vote, or take the vote back."""
    place = doors.workspace(slug)
    found = _idea(place, number)
    try:
        person = doors.visitor_or_new(request, place)
    except doors.TooOften:
        return _too_often(request, place)
    if request.POST.get("take_back"):
        ideas.unvote(found, person)
    else:
        ideas.vote(found, person)
    where = redirect("portal", slug) if request.POST.get("from") == "board" else redirect("idea", slug, number)
    return doors.remember(where, place, person)


@require_POST
def follow(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Follow or stop following; an address given here is asked to confirm."""
    place = doors.workspace(slug)
    found = _idea(place, number)
    try:
        person = doors.visitor_or_new(request, place)
        email = request.POST.get("email", "").strip()
        token = visitors.claim(person, "", email) if email else None
    except doors.TooOften:
        return _too_often(request, place)
    except ValueError as e:
        messages.error(request, str(e))
        return redirect("idea", slug, number)
    on = not request.POST.get("stop")
    ideas.follow(found, person, on)
    if token:
        doors.mail_confirmation(place, person, email, token)
        messages.success(request, "We sent you a mail: confirm your address to hear back.")
    else:
        messages.success(request, "You will hear what becomes of it." if on else "You no longer follow this.")
    return doors.remember(redirect("idea", slug, number), place, person)
