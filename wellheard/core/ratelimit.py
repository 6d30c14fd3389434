"""How often one address may do a thing. Counts live in the process: small, and gone after a restart."""

from __future__ import annotations

import ipaddress
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

    IPv6 counts by its /64, which is what one household or attacker gets. What our own proxies report as no
    address at all counts as one caller, never as many.
    """
    found = request.META.get("REMOTE_ADDR", "")
    hops = settings.PROXY_HOPS
    if hops:
        chain = [p.strip() for p in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if p.strip()]
        found = chain[-hops] if len(chain) >= hops else found
    return network(found)


def network(raw: str) -> str:
    """An IPv4 address as it is (also mapped into IPv6, or with a port), an IPv6 address as its /64."""
    if raw.startswith("["):
        raw = raw[1:].partition("]")[0]
    elif raw.count(":") == 1:
        raw = raw.partition(":")[0]
    try:
        found = ipaddress.ip_address(raw.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((found, 64), strict=False))
        return str(found.ipv4_mapped)
    return str(found)


def allow(what: str, who: str, most: int, seconds: float) -> bool:
    """Whether `who` may do `what` once more: at most `most` times in any `seconds`."""
    now = time.monotonic()
    with _lock:
        times = _seen.pop((what, who), None) or deque()
        _seen[what, who] = times  # last in the order, so that the longest silent are dropped first
        while len(_seen) > MOST_KEYS:
            del _seen[next(iter(_seen))]
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
