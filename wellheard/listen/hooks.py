"""The doors other systems knock at: /hooks/<source>/<public id>. The signature is the right; nothing else opens them."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wellheard.core import ratelimit

from . import sources
from .models import Connection
from .services import hearing, noting
from .sources.base import Answer, Arrived, Hook, Turned

PER_MINUTE = 600
STRANGERS_PER_MINUTE = 60


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, source: str, public_id: str) -> HttpResponse:
    """Keep what was sent and say so; the work is done after the answer. The body is read before it is understood."""
    connection = Connection.objects.select_related("workspace").filter(source=source, public_id=public_id[:64]).first()
    hook = sources.all_sources()[source].hook if connection and source in sources.all_sources() else None
    if connection is None or hook is None:
        if not ratelimit.allow("hook-stranger", ratelimit.address(request), STRANGERS_PER_MINUTE, 60):
            return _said(429, "Too many calls in a minute.")
        return _said(404, "There is no such connection.")
    if request.method != "POST":
        # Some check with a plain look whether the address is there; it is, and says nothing more.
        return _said(200, "" if request.GET.get("ssl_check") == "1" else "Send a POST here.")
    if not ratelimit.allow("hook", public_id, PER_MINUTE, 60):
        return _said(429, "Too many calls in a minute.")
    try:
        return _heard(request, connection, hook)
    except Turned as no:
        hearing.turned_away(connection, no.reason)
        return _said(no.status, f"Refused: {no.reason}.")


def _heard(request: HttpRequest, connection: Connection, hook: Hook) -> HttpResponse:
    raw = _body(request, hook.most_bytes)
    headers = {name.lower(): value for name, value in request.headers.items()}
    arrived = Arrived(headers, raw, timezone.now(), frozenset(connection.switches))
    hook.check(arrived, hearing.secrets_of(connection))
    if connection.paused:
        raise Turned(503, "the connection is paused")
    try:
        if (answer := hook.answer(arrived)) is not None:
            return _answered(answer)
        if (noted := hook.noted(arrived)) is not None:
            return _answered(hook.reply(noting.note(connection, noted)))
        key = hook.key(arrived)
    except (ValueError, RecursionError, UnicodeError):
        raise Turned(400, "the body cannot be read") from None
    if not key.strip() or "\x00" in key:
        raise Turned(400, "no usable event id")
    _, new = hearing.keep(connection, key, headers, raw)
    return _said(200, "Kept." if new else "Held already.")


def _body(request: HttpRequest, most: int) -> bytes:
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        raise Turned(400, "the body cannot be read") from None
    if length > most:
        raise Turned(413, "the body is too large")
    try:
        # A form may have been read by a guard before us; everything else is still untouched.
        raw = request.body if hasattr(request, "_body") else request.read(most + 1)
    except (RequestDataTooBig, UnreadablePostError):
        raise Turned(413, "the body is too large") from None
    if len(raw) > most:
        raise Turned(413, "the body is too large")
    return raw


def _answered(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, content_type=answer.content_type)


def _said(status: int, words: str) -> HttpResponse:
    reply = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    if status in (429, 503):
        reply["Retry-After"] = "60" if status == 429 else "3600"
    return reply
