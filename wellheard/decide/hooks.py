"""The doors trackers knock at: /hooks/tracker/<public id>. The signature is the right; nothing else opens them."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wellheard.core import ratelimit
from wellheard.listen.hooks import PER_MINUTE, STRANGERS_PER_MINUTE, _body, _said
from wellheard.listen.sources.base import Arrived, Turned

from .models_trackers import Tracker
from .services.tracking import take_in
from .trackers import KINDS

MOST_BYTES = 25 * 1024**2


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, public_id: str) -> HttpResponse:
    tracker = Tracker.objects.filter(public_id=public_id[:64]).first()
    if tracker is None or tracker.kind not in KINDS:
        if not ratelimit.allow("hook-stranger", ratelimit.address(request), STRANGERS_PER_MINUTE, 60):
            return _said(429, "Too many calls in a minute.")
        return _said(404, "There is no such connection.")
    if request.method != "POST":
        return _said(200, "Send a POST here.")
    if not ratelimit.allow("hook", public_id, PER_MINUTE, 60):
        return _said(429, "Too many calls in a minute.")
    kind = KINDS[tracker.kind]
    try:
        raw = _body(request, MOST_BYTES)
        arrived = Arrived({n.lower(): v for n, v in request.headers.items()}, raw, timezone.now(), frozenset())
        kind.check(arrived, tracker.secret)
        if tracker.paused:
            raise Turned(503, "the connection is paused")
        try:
            told = kind.read(arrived)
        except (ValueError, RecursionError, UnicodeError):
            raise Turned(400, "the body cannot be read") from None
    except Turned as no:
        return _said(no.status, f"Refused: {no.reason}.")
    return _said(200, take_in(tracker, hashlib.sha256(raw).hexdigest(), told).capitalize() + ".")
