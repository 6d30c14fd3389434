"""The roadmap, and what machines read: the style sheet of a workspace's look, its logo, sitemap, robots.txt."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from wellheard.decide.queries import public_bets
from wellheard.listen import looks
from wellheard.listen.models import Board
from wellheard.listen.queries import ideas as reads
from wellheard.listen.queries.boards import Guest, visible
from wellheard.people.models import Workspace

from .. import doors

MOST_IN_SITEMAP = 20_000


@require_safe
@doors.portal
def roadmap(request: HttpRequest, who: Guest) -> HttpResponse:
    """Ideas by what is done about them, and of bets what members wrote for the public. Their names, dates and measures stay
    with the team."""
    boards = visible(who)
    wanted = request.GET.get("board", "")
    one = next((b for b in boards if b.slug == wanted), None)
    lanes = reads.roadmap(who, [one] if one else boards)
    bets = [] if one else public_bets(who.workspace)
    return doors.shown(
        request, who, "portal/roadmap.html", boards=boards, one=one, tab="roadmap",
        lanes=[(lane, [b for b in bets if b.status == lane.status.value]) for lane in lanes],
        empty=not bets and not any(lane.rows for lane in lanes),
    )  # fmt: skip


@require_safe
@cache_control(max_age=300, public=True)
def style(request: HttpRequest, slug: str) -> HttpResponse:
    """The workspace's colours as a style sheet of its own: nothing is ever written into a page."""
    look = doors.look_of(doors.workspace(slug))
    return HttpResponse(looks.css(look), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(max_age=3600, public=True)
def logo(request: HttpRequest, slug: str) -> HttpResponse | FileResponse:
    look = doors.look_of(doors.workspace(slug))
    path = looks.logo_path(look)
    if path is None:
        raise Http404("This portal has no logo.")
    reply = FileResponse(path.open("rb"), content_type=looks.TYPES[path.suffix])
    reply["Content-Disposition"] = f'inline; filename="logo{path.suffix}"'
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return reply


@require_safe
def sitemap(request: HttpRequest, slug: str) -> HttpResponse:
    """Addresses that everybody may open: what a guest without any right sees on open boards."""
    place = doors.workspace(slug)
    boards = [b for b in visible(Guest(place)) if b.sight == Board.Sight.OPEN]
    base = settings.PUBLIC_URL
    pages = [reverse("portal", args=[slug]), reverse("roadmap", args=[slug]), reverse("changelog", args=[slug])]
    pages += [reverse("board", args=[slug, b.slug]) for b in boards]
    numbers = reads.seen(boards).order_by("-votes_count", "-pk").values_list("pk", flat=True)[:MOST_IN_SITEMAP]
    pages += [reverse("idea", args=[slug, pk]) for pk in numbers]
    return render(
        request, "portal/sitemap.xml", {"pages": [f"{base}{p}" for p in pages]}, content_type="application/xml"
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """A server of one product names its sitemap; one of several does not tell who is on it."""
    places = list(Workspace.objects.filter(portal_open=True).values_list("slug", flat=True)[:2])
    lines = ["User-agent: *", *(f"Disallow: /{p}/" for p in ("w", "me", "u", "enter", "stop", "accounts", "api", "-"))]
    lines += ["Disallow: /p/*/sign-in", "Disallow: /p/*/confirm/", "Disallow: /p/*/similar"]
    if len(places) == 1:
        lines.append(f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap', args=[places[0]])}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
