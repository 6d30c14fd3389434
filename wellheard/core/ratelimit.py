"""How often one address may do a thing. Counts live in the process: small, and gone after a restart."""

from __future__ import annotations

import threading
import time
from collections import deque

from django.conf import settings
from django.http import HttpRequest

_lock = threading.Lock()
_seen: dict[tuple[str, str], deque[float]] = {}
MOST_KEYS = 50_000


def address(request: HttpRequest) -> str:
    """The caller's address: the connection's, or, behind PROXY_HOPS proxies of ours, the one they report.
    IPv6 counts by its /64, which is what one household or attacker gets."""
    found = request.META.get("REMOTE_ADDR", "") or "unknown"
    hops = settings.PROXY_HOPS
    if hops:
        chain = [p.strip() for p in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if p.strip()]
        found = chain[-hops] if len(chain) >= hops else found
    if ":" in found:
        return ":".join(found.split(":")[:4])
    return found


def allow(what: str, who: str, most: int, seconds: float) -> bool:
    """Whether `who` may do `what` once more: at most `most` times in any `seconds`."""
    now = time.monotonic()
    with _lock:
        if len(_seen) > MOST_KEYS:
            _seen.clear()
        times = _seen.setdefault((what, who), deque())
        while times and times[0] < now - seconds:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        return True


def forget() -> None:
    """Start counting anew (tests)."""
    with _lock:
        _seen.clear()
