"""Who is sending: the write key wherever it stands, the workspace behind it, and how much it may send."""

from __future__ import annotations

import base64
import binascii
import math
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .body import Unacceptable

__all__ = ["Buckets", "Senders", "header_key", "query_key", "query_of"]

Sender = tuple[int, str, str]
KEY_LIMIT = 200
KEYS_REMEMBERED = 10_000


class Senders:
    """lookup(write key) → (workspace number, its time zone, a name for the source) or None, remembered for a while."""

    def __init__(self, lookup: Callable[[str], Sender | None], remember: float) -> None:
        self._lookup = lookup
        self._remember = remember
        self._keys: dict[str, tuple[float, Sender | None]] = {}

    def known(self, key: str) -> Sender | None:
        now = time.monotonic()
        until, found = self._keys.get(key, (0.0, None))
        if now < until:
            return found
        if not key or len(key) > KEY_LIMIT:
            return None
        try:
            found = self._lookup(key)
        except Exception as problem:  # the database is away: the sender should keep its events
            raise Unacceptable(503, "not_now", "Write keys cannot be looked up at the moment.") from problem
        if len(self._keys) > KEYS_REMEMBERED:
            self._keys.clear()
        self._keys[key] = (now + self._remember, found)
        return found

    def who(self, environ: dict[str, Any], in_body: Any, body_first: bool = False) -> Sender:
        """The header decides; a key of another workspace in the body is a mix-up and refused.

        `body_first`: the key stands in the body (PostHog), so that a proxy's own Authorization does no harm.
        """
        header = header_key(environ)
        body_key = in_body.strip() if isinstance(in_body, str) else ""
        key = (body_key or header if body_first else header or body_key) or query_key(environ)
        found = self.known(key)
        if found is None:
            raise unknown_key()
        if header and body_key and body_key != header and not body_first:
            other = self.known(body_key)
            if other is not None and other[0] != found[0]:
                raise Unacceptable(401, "two_write_keys", "Header and body name write keys of different workspaces.")
        return found


def unknown_key(status: int = 401) -> Unacceptable:
    return Unacceptable(status, "unknown_write_key", "No workspace has this write key.")


def header_key(environ: dict[str, Any]) -> str:
    scheme, _, rest = (environ.get("HTTP_AUTHORIZATION") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip() + "==").decode().partition(":")[0].strip()
        except (binascii.Error, UnicodeDecodeError):
            return ""
    if own := environ.get("HTTP_X_WRITE_KEY"):
        return str(own).partition(":")[0].strip()
    return rest.strip() if scheme.lower() == "bearer" else ""


def query_of(environ: dict[str, Any], name: str) -> str:
    query = environ.get("QUERY_STRING") or ""
    return parse_qs(query).get(name, [""])[0] if f"{name}=" in query else ""


def query_key(environ: dict[str, Any]) -> str:
    return query_of(environ, "writeKey") or query_of(environ, "api_key") or query_of(environ, "token")


class Buckets:
    """How many events each source may send: `rate` a second on average over a minute; 0 means any number.

    What came is counted after it was taken, so that a batch is never cut in two: the next one waits longer.
    Each process counts for itself.
    """

    SECONDS = 60

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._room = float(rate * self.SECONDS)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, source: str) -> int:
        """Whole seconds until `source` may send again, 0 for at once."""
        if not self._rate or source not in self._left:
            return 0
        left, at = self._left[source]
        left += (time.monotonic() - at) * self._rate
        return math.ceil((1 - left) / self._rate) if left < 1 else 0

    def take(self, source: str, events: int) -> None:
        if not self._rate:
            return
        with self._lock:
            now = time.monotonic()
            left, at = self._left.get(source, (self._room, now))
            if len(self._left) > KEYS_REMEMBERED:
                self._left.clear()
            self._left[source] = (min(self._room, left + (now - at) * self._rate) - events, now)
