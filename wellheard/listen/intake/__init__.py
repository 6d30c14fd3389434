"""Where events come in: the way in for SDKs teams already have, in front of everything else.

`200` means: every message of the request is checked and on disk, or turned away by a rule of the workspace. A bad
message never sinks its batch; it is counted and kept with the reason. Everything that is not a way in for events
passes through to the application behind.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from wellheard.store import Closed, Envelope, SpoolFull, Store
from wellheard.store.rows import QUIET

from . import hello, posthog
from .arrival import Arrival
from .body import DECODED_LIMIT, RAW_LIMIT, Unacceptable, anything, parse, read, unpack
from .doors import Door
from .live import Live
from .messages import DROPPED, Context, Message, Reading, plainly
from .rules import Caller, Rules
from .senders import Buckets, Sender, Senders, header_key, query_key, query_of, unknown_key
from .ways import POSTHOG, READS, way_of

__all__ = ["Intake"]

Headers = list[tuple[str, str]]
Answer = tuple[int, "dict[str, Any] | bytes", Headers]
Verdicts = list[tuple[Any, str]]

ROWS_PER_RECORD = 10_000
RETRY_SECONDS = 10
REASONS = {
    200: "OK", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class Intake:
    """WSGI middleware.

    lookup(write key) → (workspace number, its time zone, a name for the source) or None; answers are remembered
    for `remember` seconds, and so are the workspace's rules(number). store_getter() → the open Store.
    `drop_properties` are names of properties that are never kept, besides the usual passwords and card numbers.
    `rate` is how many events a second each source may send, 0 any number. `proxy_hops` proxies in front of us are
    believed about a caller's address. `large_at_once` bounds how many large bodies are unpacked at the same time;
    more are turned away for later. `doors`(path) → who answers instead, such as feature flags; without it libraries
    are told that there are none.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        lookup: Callable[[str], Sender | None],
        store_getter: Callable[[], Store],
        drop_properties: tuple[str, ...] = (),
        remember: float = 5.0,
        raw_limit: int = RAW_LIMIT,
        decoded_limit: int = DECODED_LIMIT,
        large_at_once: int = 2,
        rules: Callable[[int, frozenset[str]], Rules] | None = None,
        rate: int = 0,
        proxy_hops: int = 0,
        live: Live | None = None,
        doors: Callable[[str], Door | None] | None = None,
    ) -> None:
        self._app = app
        self._senders = Senders(lookup, remember)
        self._store = store_getter
        self._dropped = plainly((*DROPPED, *drop_properties))
        self._rules_of = rules
        self._none = Rules(self._dropped)
        self._rules: dict[int, tuple[float, Rules]] = {}
        self._remember = remember
        self._raw_limit, self._decoded_limit = raw_limit, decoded_limit
        self._large = threading.BoundedSemaphore(large_at_once)
        self._buckets = Buckets(rate)
        self._hops = proxy_hops
        self._live = live if live is not None else Live()
        self._doors = doors

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        door = self._doors(path) if self._doors is not None else None
        found = way_of(path) if door is None else None
        if door is None and found is None:
            return self._app(environ, start_response)
        (family, what), key = found or (("", ""), "")
        body: dict[str, Any] | bytes
        try:
            status, body, headers = (
                self._answer(family, what, key, environ) if door is None else self._at(door, environ)
            )
        except Unacceptable as no:
            status, headers = no.status, []
            if status == 429:
                # PostHog's browser library throws events away on 429, but keeps them on 503.
                status = 503 if family == POSTHOG else 429
            if status in (429, 503):
                headers.append(("Retry-After", str(no.retry or RETRY_SECONDS)))
            body = {"code": no.code, "message": no.message, "detail": no.message, "success": False}
        bare = status in (204, 304)
        payload = json.dumps(body, separators=(",", ":")).encode() if isinstance(body, dict) else body
        headers += _cors(environ)
        if not bare:
            if isinstance(body, dict):
                headers.append(("Content-Type", "application/json"))
            headers.append(("Content-Length", str(len(payload))))
        start_response(f"{status} {REASONS[status]}", headers)
        return [] if bare or environ["REQUEST_METHOD"] == "HEAD" else [payload]

    def _answer(self, family: str, what: str, key: str, environ: dict[str, Any]) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return 204, {}, []
        reading = what in READS
        if method not in (("GET", "HEAD") if reading else ("POST",)):
            allowed = "GET, OPTIONS" if reading else "POST, OPTIONS"
            message = f"Use {allowed.split(',')[0]} here."
            told = {"code": "method_not_allowed", "message": message, "detail": message, "success": False}
            return 405, told, [("Allow", allowed)]
        if what == "snippet":
            return _script(environ)
        if reading:
            return self._hello(what, key, environ)
        if what == "metrics":
            return 200, {"success": True}, []
        if what == "flags":
            return self._no_flags(environ)
        verdicts = self._take(family, what, environ)
        if what == "judged":
            results = {
                str(id_): {"result": "drop", "details": why} if why else {"result": "ok"} for id_, why in verdicts
            }
            return 200, {"results": results}, []
        return 200, {"status": 1} if family == POSTHOG else {"success": True}, []

    def _at(self, door: Door, environ: dict[str, Any]) -> Answer:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return 204, {}, []
        asked = _Asked(self, environ)
        try:
            return door(asked)
        finally:
            if asked.held:
                self._large.release()

    # taking events in --------------------------------------------------------------------------------------

    def _take(self, family: str, what: str, environ: dict[str, Any]) -> Verdicts:
        received = time.time_ns() // 1_000_000
        held: list[bool] = []
        try:
            data = self._bytes(environ, held)
            if family == POSTHOG:
                return self._take_posthog(data, environ, received)
            body = parse(data, single=what != "batch")
            del data
            sender = self._senders.who(environ, body.writeKey)
            kind = "" if what == "batch" else what
            arrival = self._arrival(sender, received, body.sentAt, environ, len(body.batch) + len(body.odd), kind)
            if arrival is not None:
                for item in body.odd:
                    arrival.refuse(item, "not an object")
                if body.context is not None:
                    for message in body.batch:
                        if message.context is None:
                            message.context = copy(body.context)  # each row takes its parts out of its own
                arrival.take_all(body.batch)
                self._keep(sender, received, arrival)
            return []
        finally:
            if held:
                self._large.release()

    def _take_posthog(self, data: bytes, environ: dict[str, Any], received: int) -> Verdicts:
        parcel = posthog.open_parcel(
            anything(data, query_of(environ, "compression") == "base64"), query_of(environ, "_")
        )
        del data
        sender = self._senders.who(environ, parcel.key, body_first=True)
        arrival = self._arrival(sender, received, parcel.sent, environ, len(parcel.events))
        if arrival is None:
            return [(posthog.id_of(event), "") for event in parcel.events if isinstance(event, dict)]
        group = self._rules_for(sender[0]).account_group
        verdicts: Verdicts = []
        for event in parcel.events:
            if not isinstance(event, dict):
                arrival.refuse(event, "not an object")
                continue
            why = ""
            for message in posthog.messages(event, received, parcel.historical, group):
                why = arrival.take(message, event)
                if why:
                    break  # what stands beside a refused event goes with it
            verdicts.append((posthog.id_of(event), why))
        self._keep(sender, received, arrival)
        return verdicts

    def _bytes(self, environ: dict[str, Any], held: list[bool]) -> bytes:
        """The body, inflated. A large one holds one of few places until it is stored, so that memory stays bounded."""

        def on_large() -> None:
            if not self._large.acquire(timeout=5):
                raise Unacceptable(503, "busy", "Too many large batches at once; send it again later.")
            held.append(True)

        raw = read(environ["wsgi.input"], environ.get("CONTENT_LENGTH") or "", self._raw_limit)
        if len(raw) > 1 << 20:
            on_large()
        encoding = environ.get("HTTP_CONTENT_ENCODING") or ""
        return unpack(raw, encoding, self._decoded_limit, None if held else on_large)

    def _arrival(
        self, sender: Sender, received: int, sent: Any, environ: dict[str, Any], events: int, kind: str = ""
    ) -> Arrival | None:
        """Where the messages of a request go; None when a rule turns all of them away. Raises Unacceptable."""
        workspace, _, source = sender
        if wait := self._buckets.wait(source):
            raise Unacceptable(429, "too_many", "This key sends more events than it may; send them later.", wait)
        self._buckets.take(source, events)
        rules = self._rules_for(workspace)
        if rules is not self._none and (why := rules.against(Caller.of(environ, self._hops))):
            self._live.turn_away(workspace, {why: events})
            return None
        return Arrival(Reading(source, received, sent, rules.dropped), rules, kind)

    def _keep(self, sender: Sender, received: int, arrival: Arrival) -> None:
        workspace, zone, source = sender
        together = arrival.rows + arrival.refused
        try:
            store = self._store()
            for at in range(0, len(together), ROWS_PER_RECORD):
                store.append(Envelope(workspace, zone, source, received, together[at : at + ROWS_PER_RECORD]))
        except (SpoolFull, Closed) as no:
            raise Unacceptable(503, "not_now", f"Events cannot be stored at the moment: {no}.") from None
        self._live.note(workspace, source, received, arrival)

    def _rules_for(self, workspace: int) -> Rules:
        if self._rules_of is None:
            return self._none
        now = time.monotonic()
        until, found = self._rules.get(workspace, (0.0, self._none))
        if now < until:
            return found
        try:
            found = self._rules_of(workspace, self._dropped)
        except Exception as problem:  # without the rules something could be kept that must not be
            raise Unacceptable(503, "not_now", "The rules of the workspace cannot be read at the moment.") from problem
        if len(self._rules) > 10_000:
            self._rules.clear()
        self._rules[workspace] = (now + self._remember, found)
        return found

    # what libraries ask first ------------------------------------------------------------------------------

    def _hello(self, what: str, key: str, environ: dict[str, Any]) -> Answer:
        named = bool(key)
        key = key or header_key(environ) or query_key(environ)
        if self._senders.known(key) is None:
            raise unknown_key(404 if named else 401)
        if what == "settings":
            return 200, hello.segment_settings(key, environ), []
        if what == "source":
            return 200, hello.source_config(key), []
        if what == "config":
            return 200, hello.posthog_config(key, self._doors is not None), []
        return (
            200,
            hello.posthog_config_script(key, self._doors is not None),
            [("Content-Type", "text/javascript; charset=utf-8")],
        )

    def _no_flags(self, environ: dict[str, Any]) -> Answer:
        held: list[bool] = []
        try:
            value = anything(self._bytes(environ, held), query_of(environ, "compression") == "base64")
        finally:
            if held:
                self._large.release()
        if not isinstance(value, dict):
            raise Unacceptable(400, "bad_shape", "The body must be a JSON object.")
        key = value.get("token") or value.get("api_key")
        self._senders.who(environ, key, body_first=True)
        version = query_of(environ, "v") or "1" if "decide" in environ["PATH_INFO"] else query_of(environ, "v")
        with_config = query_of(environ, "config") == "true" or "decide" in environ["PATH_INFO"]
        return 200, hello.no_flags(version, with_config, str(key or "")), []


class _Asked:
    """A request at a door: see doors.Asked."""

    def __init__(self, intake: Intake, environ: dict[str, Any]) -> None:
        self.environ, self._intake = environ, intake
        self.held: list[bool] = []

    def body(self) -> Any:
        data = self._intake._bytes(self.environ, self.held)
        return anything(data, query_of(self.environ, "compression") == "base64") if data.strip() else None

    def account_of(self, workspace: int, groups: Any) -> str:
        try:
            group = self._intake._rules_for(workspace).account_group
        except Unacceptable:
            group = ""  # the database is away
        return posthog.account_of(groups, group)

    def keep(self, sender: Sender, event: dict[str, Any]) -> None:
        received = time.time_ns() // 1_000_000
        arrival = self._intake._arrival(sender, received, None, self.environ, 1)
        if arrival is None:
            return
        context = event.pop("context", None)
        arrival.take(Message(**event, context=Context(**context) if context else None))
        for row in arrival.rows:
            row.flags |= QUIET
        self._intake._keep(sender, received, arrival)


def _script(environ: dict[str, Any]) -> Answer:
    plain, packed, tag = hello.script()
    headers = [
        ("ETag", tag), ("Cache-Control", "public, max-age=3600, stale-while-revalidate=86400"),
        ("Cross-Origin-Resource-Policy", "cross-origin"), ("X-Content-Type-Options", "nosniff"),
        ("Vary", "Accept-Encoding"),
    ]  # fmt: skip
    asked = [part.strip().removeprefix("W/") for part in (environ.get("HTTP_IF_NONE_MATCH") or "").split(",")]
    if tag in asked or "*" in asked:
        return 304, b"", headers
    headers.append(("Content-Type", "text/javascript; charset=utf-8"))
    if "gzip" in (environ.get("HTTP_ACCEPT_ENCODING") or ""):
        return 200, packed, [*headers, ("Content-Encoding", "gzip")]
    return 200, plain, headers


def _cors(environ: dict[str, Any]) -> Headers:
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
