"""What the widget asks and sends, from any site: open to anybody, without cookies, limited by address."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from wellheard.core import ratelimit
from wellheard.core.clean import day_of
from wellheard.core.markdown import to_text
from wellheard.listen.models import Voice, Widget
from wellheard.listen.services.widgets import widget_of
from wellheard.people.models import Workspace
from wellheard.tell.channels.mail import written
from wellheard.tell.models import Notice, Reply
from wellheard.tell.queries.news import published, told
from wellheard.tell.services import letters, notices, replies

from .. import doors, widget
from ..widget_words import RIGHT_TO_LEFT, language_of, words

SCRIPT = Path(__file__).parents[2] / "static" / "wellheard" / "widget.js"
NEWS, ANSWERS = 5, 50


def _answer(data: dict[str, Any], status: int = 200) -> JsonResponse:
    """Any site may read it: there is no cookie, so nobody's sign-in is used behind their back."""
    reply = JsonResponse(data, status=status)
    reply["Access-Control-Allow-Origin"] = "*"
    reply["Cache-Control"] = "no-store"
    return reply


def _refused(message: str, status: int, code: str = "unusable") -> JsonResponse:
    return _answer({"code": code, "message": message}, status)


@lru_cache(maxsize=1)
def _packed(changed: float) -> tuple[bytes, bytes, str]:
    raw = SCRIPT.read_bytes()
    return raw, gzip.compress(raw, 9, mtime=0), hashlib.sha256(raw).hexdigest()[:16]


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The whole widget: one file, for a <script> on any page."""
    raw, packed, tag = _packed(SCRIPT.stat().st_mtime)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    reply = HttpResponse(packed if zipped else raw, content_type="text/javascript; charset=utf-8")
    if zipped:
        reply["Content-Encoding"] = "gzip"
    reply["Vary"] = "Accept-Encoding"
    reply["ETag"] = f'"{tag}"'
    reply["Cache-Control"] = "public, max-age=3600"
    reply["Access-Control-Allow-Origin"] = "*"  # so that a page may name its digest (integrity)
    reply["Cross-Origin-Resource-Policy"] = "cross-origin"
    reply["X-Content-Type-Options"] = "nosniff"
    if request.headers.get("If-None-Match") == f'"{tag}"':
        return HttpResponse(status=304, headers={"ETag": f'"{tag}"', "Cache-Control": "public, max-age=3600"})
    return reply


def _place(request: HttpRequest, slug: str) -> tuple[Workspace, Widget]:
    """The workspace whose widget may stand where the question comes from."""
    place = Workspace.objects.filter(slug=slug).first()
    held = widget_of(place) if place else None
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    if place is None or held is None or not widget.may_stand_on(held, origin):
        raise Http404("There is no such widget, or it may not stand on this site.")
    return place, held


@require_safe
def hello(request: HttpRequest, slug: str) -> HttpResponse:
    """What it shows when it is opened for the first time: words, news, what it may do."""
    try:
        place, held = _place(request, slug)
    except Http404 as e:
        return _refused(str(e), 404, "not_found")
    language = language_of(request.GET.get("lang", "").split(",")[:10])
    news = [
        {
            "title": n.release.title,
            "day": n.release.shipped_on.isoformat(),
            "text": to_text(n.release.body)[:600],
            "url": f"{settings.PUBLIC_URL}{reverse('changelog', args=[slug])}#release-{n.release.pk}"
            if place.portal_open
            else "",
        }
        for n in published(place, NEWS)
    ]
    board = f"{settings.PUBLIC_URL}{reverse('portal', args=[slug])}" if place.portal_open else ""
    return _answer({
        "name": place.name, "language": language, "rtl": language in RIGHT_TO_LEFT, "words": dict(words(language)), "news": news,
        "greeting": held.greeting, "pictures": held.pictures, "board": board,
    })  # fmt: skip


def _speaker(request: HttpRequest, place: Workspace) -> widget.Speaker | None:
    """Raises widget.Forged for a token that is not the team's."""
    if token := request.POST.get("token", ""):
        return widget.identify(place, token)
    return widget.holder(place, request.POST.get("key", "")) if request.POST.get("key") else None


def _context(raw: str) -> dict[str, Any]:
    try:
        found = json.loads(raw[:20_000] or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("The context is not a JSON object of names and values.")
    return found


@csrf_exempt
@require_POST
def say(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody wrote, with its page and a picture if they chose so. A form, so that no page must ask beforehand."""
    try:
        place, held = _place(request, slug)
    except Http404 as e:
        return _refused(str(e), 404, "not_found")
    if not ratelimit.allow(f"widget:{place.pk}", ratelimit.address(request), most=30, seconds=600):
        return _refused("That was a lot in a short time. Try again in some minutes.", 429, "too_often")
    upload = request.FILES.get("picture")
    try:
        if upload is not None and not held.pictures:
            raise ValueError("Pictures are not wanted here.")
        if upload is not None and (upload.size or 0) > 4 * 1024 * 1024:
            raise ValueError("The picture is larger than 3 MB.")
        context = _context(request.POST.get("context", ""))
        said = widget.say(
            place, _speaker(request, place), request.POST.get("text", ""), request.POST.get("kind", "feedback"), context,
            upload.read() if upload is not None else b"", request.POST.get("email", "").strip(),
        )  # fmt: skip
    except widget.Forged as e:
        return _refused(str(e), 401, "forged")
    except ValueError as e:
        return _refused(str(e), 422)
    if said.confirm:
        doors.mail_confirmation(place, request.POST.get("email", "").strip(), said.confirm)
    key = "" if said.speaker.sure or said.speaker.person.email else widget.key_of(said.speaker.person)
    return _answer({"id": said.voice.pk, "key": key, "mailed": bool(said.confirm)}, 201)


def _news(notice: Notice) -> dict[str, str]:
    """What was done says itself; a decision says its answer too."""
    title = written(notice).subject if notice.decision else notice.title
    at = (
        notice.release.shipped_on
        if notice.release
        else day_of(notice.decision.decided_at, notice.workspace.time_zone)
        if notice.decision
        else ""
    )
    return {"title": title, "text": to_text(notice.words)[:600], "at": str(at)}


@csrf_exempt
@require_POST
def inbox(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody said and what they were answered; with `seen=yes` they really look at it."""
    try:
        place, _ = _place(request, slug)
        speaker = _speaker(request, place)
    except Http404 as e:
        return _refused(str(e), 404, "not_found")
    except widget.Forged as e:
        return _refused(str(e), 401, "forged")
    if not ratelimit.allow(f"widget-inbox:{place.pk}", ratelimit.address(request), most=120, seconds=600):
        return _refused("That was a lot in a short time. Try again in some minutes.", 429, "too_often")
    if speaker is None:
        return _answer({"threads": [], "told": [], "unseen": 0})
    person = speaker.person
    unseen = Reply.objects.filter(person=person, seen_at=None).count()
    said = list(Voice.objects.filter(author=person).order_by("-said_at", "-pk").prefetch_related("replies")[:ANSWERS])
    threads = [
        {
            "text": v.text[:1000],
            "at": v.said_at.isoformat(),
            "answers": [
                {"text": r.text, "by": r.by, "at": r.at.isoformat()}
                for r in sorted(v.replies.all(), key=lambda r: (r.at, r.pk)) if r.person_id == person.pk
            ],
        }
        for v in said
    ]  # fmt: skip
    mail = list(person.letters.order_by("-at", "-pk")[:20])
    unseen += sum(letter.seen_at is None for letter in mail)
    news = [_news(t.notice) for t in told(person)[:20]]
    news += [{"title": m.subject, "text": m.text[:1000], "at": m.at.date().isoformat()} for m in mail]
    news.sort(key=lambda one: one["at"], reverse=True)
    if request.POST.get("seen") == "yes":
        if unseen:
            replies.seen(person)
            letters.seen(person)
        if news:
            notices.reached(person)
    return _answer({"threads": threads, "told": news, "unseen": unseen})
