"""Noting what somebody said, from anywhere in two fields; and what became of what one noted."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.listen.models import Channel, DealStage, Kind
from wellheard.listen.services import voices
from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.people.queries.finding import accounts_like, people_like
from wellheard.understand.holding import much_alike
from wellheard.understand.queries.routes import of_texts
from wellheard.understand.queries.similar import similar

from .. import relayed as reads
from ..frame import page

FIELDS = ("text", "who", "account", "channel", "kind", "url", "deal_amount", "deal_currency", "deal_stage")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: HttpRequest, slug: str) -> HttpResponse:
    """Two fields: what they said, and who. A GET only fills the form (the bookmark); noting needs a press.

    Inside the dialog only the form is drawn, and what was noted is said in its place.
    """
    access = enter(request, slug, Role.CONTRIBUTOR)
    given = {k: request.POST.get(k, request.GET.get(k, "")) for k in FIELDS}
    inside, error, made = bool(request.headers.get("HX-Request")), "", None
    if request.method == "POST":
        try:
            made = voices.capture(
                access,
                given["text"],
                who=given["who"],
                account=given["account"],
                channel=given["channel"] or Channel.OTHER,
                kind=given["kind"],
                relayed=bool(given["who"].strip()),
                url=given["url"],
                deal_amount=given["deal_amount"],
                deal_currency=given["deal_currency"],
                deal_stage=given["deal_stage"],
            )
        except ValueError as e:
            error = str(e)
        else:
            if not inside:
                messages.success(request, "Noted. It stays theirs: you only passed it on.")
                return redirect("voice", slug, made.pk)
    template = "console/listen/capture_form.html" if inside else "console/listen/capture.html"
    # What is refused inside the dialog is drawn there: htmx swaps only what succeeded.
    status = 422 if error and not inside else 200
    return page(
        request, access, template, "listen", status=status, given=given, error=error, made=made, inside=inside,
        channels=Channel.choices, kinds=Kind.choices, stages=DealStage.choices[1:],
        bookmark="" if inside else _bookmark(slug),
    )  # fmt: skip


def _bookmark(slug: str) -> str:
    """A bookmark that opens this form with the page's selected words and its address."""
    address = f"{settings.PUBLIC_URL}/w/{slug}/listen/capture"
    return (
        "javascript:(()=>{open('" + address + "?channel=other&text='+encodeURIComponent(String(getSelection())"
        ".slice(0,3000))+'&url='+encodeURIComponent(location.href.slice(0,500)),'_blank','noopener')})()"
    )


@login_required
@require_safe
def who(request: HttpRequest, slug: str) -> HttpResponse:
    """Completions for a person or an account, as options of a list."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    asked = request.GET.get("who", request.GET.get("account", "")).strip()[:80]
    found = []
    if len(asked) > 1:
        found = people_like(access.workspace, asked) if "who" in request.GET else accounts_like(access.workspace, asked)
    return page(request, access, "console/listen/capture_who.html", found=found)


@login_required
@require_safe
def alike(request: HttpRequest, slug: str) -> HttpResponse:
    """While somebody types: the problem it may speak of, and what others said like it."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    text = request.GET.get("text", "").strip()[:2000]
    near, route = [], None
    if len(text) >= 8:
        near = [s for s in similar(access.workspace, text, 3) if s.score >= much_alike(access.workspace)]
        route = of_texts(access.workspace, [text])[0]
    return page(request, access, "console/listen/capture_alike.html", near=near, route=route)


@login_required
@require_safe
def relayed(request: HttpRequest, slug: str) -> HttpResponse:
    """What I passed on, and what became of it."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    rows = reads.of_member(access.workspace, access.member, request.GET.get("after", ""))
    return page(request, access, "console/listen/relayed.html", "listen", rows=rows)
