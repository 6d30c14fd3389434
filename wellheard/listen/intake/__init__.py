"""Where events come in: the way in for SDKs teams already have, in front of everything else.

`200` means: every message of the request is checked and on disk. A bad message never sinks its batch; it is counted
and kept with the reason. Everything that is not a way in for events passes through to the application behind.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from wellheard.store import Closed, Envelope, SpoolFull, Store

from .body import DECODED_LIMIT, RAW_LIMIT, Body, Unacceptable, parse, read, unpack
from .messages import DROPPED, Reading, Refused

__all__ = ["Intake"]

Lookup = Callable[[str], "tuple[int, str, str] | None"]
Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]

ROWS_PER_RECORD = 10_000
REFUSALS_KEPT = 100
RETRY_SECONDS = 10
LETTERS = {"t": "track", "i": "identify", "p": "page", "g": "group", "a": "alias", "s": "screen"}
BATCHES = ("/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch")
WAYS: dict[str, str] = (
    dict.fromkeys(BATCHES, "batch")
    | {f"/v1/{letter}": kind for letter, kind in LETTERS.items()}
    | {f"/v1/{kind}": kind for kind in LETTERS.values()}
    | {f"/api/s/{kind}": kind for kind in LETTERS.values()}
    | {f"/api/s/s2s/{kind}": kind for kind in LETTERS.values()}
    | {"/v1/m": "metrics", "/sourceConfig": "source"}
)
REASONS = {
    200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    405: "Method Not Allowed", 413: "Content Too Large", 415: "Unsupported Media Type", 503: "Service Unavailable",
}  # fmt: skip


class Intake:
    """WSGI middleware.

    lookup(write key) → (workspace number, its time zone, a name for the source) or None; answers are remembered
    for `remember` seconds. store_getter() → the open Store. `drop_properties` are names of properties that are never
    kept, besides the usual passwords and card numbers. `large_at_once` bounds how many large bodies are unpacked at
    the same time; more are turned away for later.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        lookup: Lookup,
        store_getter: Callable[[], Store],
        drop_properties: tuple[str, ...] = (),
        remember: float = 5.0,
        raw_limit: int = RAW_LIMIT,
        decoded_limit: int = DECODED_LIMIT,
        large_at_once: int = 2,
    ) -> None:
        self._app = app
        self._lookup = lookup
        self._store = store_getter
        self._dropped = (*DROPPED, *drop_properties)
        self._remember = remember
        self._raw_limit, self._decoded_limit = raw_limit, decoded_limit
        self._large = threading.BoundedSemaphore(large_at_once)
        self._keys: dict[str, tuple[float, tuple[int, str, str] | None]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        way = WAYS.get(path)
        if way is None:
            if not (path.startswith("/v1/projects/") and path.endswith("/settings")):
                return self._app(environ, start_response)
            way = "settings"
        try:
            status, body, headers = self._answer(way, path, environ)
        except Unacceptable as no:
            status, headers = no.status, []
            body = {"code": no.code, "message": no.message, "detail": no.message, "success": False}
        if status == 503:
            headers.append(("Retry-After", str(RETRY_SECONDS)))
        payload = b"" if status == 204 else json.dumps(body, separators=(",", ":")).encode()
        headers += _cors(environ)
        if status != 204:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))]
        start_response(f"{status} {REASONS[status]}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [payload]

    def _answer(self, way: str, path: str, environ: dict[str, Any]) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return 204, {}, []
        reading = way in ("settings", "source")
        if method not in (("GET", "HEAD") if reading else ("POST",)):
            allowed = "GET, OPTIONS" if reading else "POST, OPTIONS"
            message = f"Use {allowed.split(',')[0]} here."
            return (
                405,
                {"code": "method_not_allowed", "message": message, "success": False},
                [("Allow", allowed)],
            )
        if way == "metrics":
            return 200, {"success": True}, []
        if way == "settings":
            return self._settings(path.split("/")[3], environ)
        if way == "source":
            return self._source_config(environ)
        self._take(way, environ)
        return 200, {"success": True}, []

    # taking events in --------------------------------------------------------------------------------------

    def _take(self, way: str, environ: dict[str, Any]) -> None:
        received = time.time_ns() // 1_000_000
        raw = read(environ["wsgi.input"], environ.get("CONTENT_LENGTH") or "", self._raw_limit)
        held: list[bool] = []

        def on_large() -> None:
            if not self._large.acquire(timeout=5):
                raise Unacceptable(503, "busy", "Too many large batches at once; send it again later.")
            held.append(True)

        try:
            encoding = environ.get("HTTP_CONTENT_ENCODING") or ""
            if len(raw) > 1 << 20:
                on_large()
            data = unpack(raw, encoding, self._decoded_limit, None if held else on_large)
            del raw
            body = parse(data, single=way != "batch")
            del data
            self._keep(body, way, environ, received)
        finally:
            if held:
                self._large.release()

    def _keep(self, body: Body, way: str, environ: dict[str, Any], received: int) -> None:
        workspace, zone, source = self._who(environ, body.writeKey)
        reading = Reading(source, received, body.sentAt, self._dropped)
        kind = "" if way == "batch" else way
        rows, refused = ([], [reading.refusal(item, "not an object") for item in body.odd[:REFUSALS_KEPT]])
        for message in body.batch:
            if message.context is None and body.context is not None:
                message.context = body.context
            try:
                rows.append(reading.row(message, kind))
            except Refused as no:
                refused.append(reading.refusal(message, str(no)))
        rows += refused[:REFUSALS_KEPT]
        try:
            store = self._store()
            for at in range(0, len(rows), ROWS_PER_RECORD):
                store.append(Envelope(workspace, zone, source, received, rows[at : at + ROWS_PER_RECORD]))
        except (SpoolFull, Closed) as no:
            raise Unacceptable(503, "not_now", f"Events cannot be stored at the moment: {no}.") from None

    # who is sending ----------------------------------------------------------------------------------------

    def _who(self, environ: dict[str, Any], in_body: Any) -> tuple[int, str, str]:
        """The header decides; a key of another workspace in the body is a mix-up and refused."""
        header = _header_key(environ)
        body_key = in_body if isinstance(in_body, str) else ""
        key = header or body_key or _query_key(environ)
        found = self._known(key) if key else None
        if found is None:
            raise Unacceptable(401, "unknown_write_key", "No workspace has this write key.")
        if header and body_key and body_key != header:
            other = self._known(body_key)
            if other is not None and other[0] != found[0]:
                raise Unacceptable(401, "two_write_keys", "Header and body name write keys of different workspaces.")
        return found

    def _known(self, key: str) -> tuple[int, str, str] | None:
        now = time.monotonic()
        until, found = self._keys.get(key, (0.0, None))
        if now < until:
            return found
        if len(key) > 200:
            return None
        try:
            found = self._lookup(key)
        except Exception as problem:  # the database is away: the sender should keep its events
            raise Unacceptable(503, "not_now", "Write keys cannot be looked up at the moment.") from problem
        if len(self._keys) > 10_000:
            self._keys.clear()
        self._keys[key] = (now + self._remember, found)
        return found

    # what browser libraries ask first ----------------------------------------------------------------------

    def _settings(self, key: str, environ: dict[str, Any]) -> Answer:
        if self._known(key) is None:
            raise Unacceptable(404, "unknown_write_key", "No workspace has this write key.")
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", environ.get("wsgi.url_scheme", "http")).split(",")[0].strip()
        host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
        segment = {
            "apiKey": key,
            "apiHost": f"{host}/v1",
            "protocol": scheme if scheme in ("http", "https") else "https",
        }
        return (200, {"integrations": {"Segment.io": segment}, "metrics": {"sampleRate": 0}}, [])

    def _source_config(self, environ: dict[str, Any]) -> Answer:
        key = _header_key(environ) or _query_key(environ)
        if self._known(key) is None:
            raise Unacceptable(401, "unknown_write_key", "No workspace has this write key.")
        when = "2026-01-01T00:00:00.000Z"
        off = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        source = {
            "id": "wellheard", "name": "web", "writeKey": key, "enabled": True, "workspaceId": "wellheard",
            "config": {"statsCollection": off}, "destinations": [], "dataplanes": {}, "updatedAt": when,
        }  # fmt: skip
        return 200, {"source": source, "updatedAt": when}, []


def _header_key(environ: dict[str, Any]) -> str:
    scheme, _, rest = (environ.get("HTTP_AUTHORIZATION") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip() + "==").decode().partition(":")[0].strip()
        except (binascii.Error, UnicodeDecodeError):
            return ""
    if own := environ.get("HTTP_X_WRITE_KEY"):
        return str(own).partition(":")[0].strip()
    return rest.strip() if scheme.lower() == "bearer" else ""


def _query_key(environ: dict[str, Any]) -> str:
    query = environ.get("QUERY_STRING") or ""
    return parse_qs(query).get("writeKey", [""])[0] if "writeKey=" in query else ""


def _cors(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Pages on any origin may send: a write key is public and can only write."""
    headers = [
        ("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN") or "*"),
        ("Access-Control-Expose-Headers", "ETag, Retry-After"),
        ("Vary", "Origin"),
    ]
    if environ["REQUEST_METHOD"] == "OPTIONS":
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or "Authorization, Content-Type"
        headers += [
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            ("Access-Control-Allow-Headers", asked),
            ("Access-Control-Max-Age", "86400"),
        ]
    return headers
