"""What cannot be stored is refused clearly, and never takes good events with it."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from typing import Any

import pytest

from tests.engine import Events
from tests.listen.wire import Wire, track
from wellheard.store import SpoolFull


@pytest.fixture
def wire(events: Events) -> Wire:
    return Wire(events)


def test_a_bad_message_never_sinks_its_batch(events: Events, wire: Wire) -> None:
    odd: list[Any] = [
        1, None, "x", [], {}, {"type": "track"}, {"type": "zzz", "userId": "a"},
        {"type": "track", "userId": "guest", "event": "E"}, {"type": ["track"], "userId": "a"},
        track(event=""), track(event="x" * 300), track(userId="u" * 600), track(event={"a": 1}),
        {"type": "group", "userId": "a"}, {"type": "alias", "userId": "a", "previousId": "null"},
    ]  # fmt: skip
    answer = wire.send("/v1/batch", {"batch": [*odd, track("a"), track("b", context=5, properties=[1], timestamp={})]})
    assert answer.status == 200
    events.store.flush()
    assert [(n.name, n.count) for n in events.reader.event_names(events.workspace)] == [("Seen", 2)]
    refused = events.reader.refused(events.workspace)
    assert len(refused) == len(odd)
    reasons = {reason for _, _, reason, _ in refused}
    assert {"not an object", "no type", "track without an event name", "unknown type 'zzz'"} <= reasons
    assert "neither a usable userId nor an anonymousId" in reasons


BAD = {
    b"": 400, b"{": 400, b"[]": 400, b"null": 400, b'"x"': 400, b"{}": 200,
    b'{"batch":{}}': 400, b'{"batch":null}': 400,
    b'{"batch":[{"type":"track","userId":"a","event":"E","properties":{"n":NaN}}]}': 400,
    b"\xff\xfe": 400, b'{"batch":[{"type":"\xff"}]}': 400, b"[" * 100_000: 400, b'{"a":' * 100_000: 400,
    b'{"batch":[{"properties":' + b"[" * 100_000: 400, b"data=%%%": 400, b"\x1f\x8b\x08garbage": 400,
    gzip.compress(b'{"batch":[]}')[:-9]: 400,
}  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BAD.items(), ids=[str(n) for n in range(len(BAD))])
def test_bodies_that_are_no_batch(wire: Wire, body: bytes, status: int) -> None:
    answer = wire.send("/v1/batch", body)
    assert answer.status == status
    if status != 200:
        assert {"code", "message", "success"} <= answer.json.keys()


def test_characters_databases_cannot_hold(events: Events, wire: Wire) -> None:
    body = (
        b'{"batch":[{"type":"track","userId":"a\\u0000b","event":"N\\u0000ul","messageId":"1","properties":'
        b'{"k\\u0000":"v\\u0000","big":1e999,"huge":1208925819614629174706176,"half":"\\ud800x","":1,"__proto__":2,"a.b":3}}]}'
    )
    assert wire.send("/v1/batch", body).status == 200
    events.store.flush()
    row = events.reader.person_events(events.workspace, [1])[0]
    assert row.name == "Nul"
    assert events.reader.numbers(events.workspace, "person", ["ab"]) == {"ab": 1}
    assert row.properties["k"] == "v"
    assert row.properties["half"] == "?x"
    assert row.properties["huge"] == 2**80
    assert "\0" not in json.dumps(row.properties)


def test_bodies_too_large_are_refused_quickly_and_in_little_memory(wire: Wire) -> None:
    assert wire.send("/v1/batch", b" " * (9 << 20)).status == 413
    assert wire.send("/v1/batch", b" " * (9 << 20), chunked=True).status == 413
    bomb = gzip.compress(b"0" * 200_000_000)
    tracemalloc.start()
    began = time.perf_counter()
    answer = wire.send("/v1/batch", bomb, content_encoding="gzip")
    assert time.perf_counter() - began < 3
    assert tracemalloc.get_traced_memory()[1] < 100 << 20
    tracemalloc.stop()
    assert answer.status == 413
    assert answer.json["code"] == "too_large"
    assert wire.send("/v1/batch", {"batch": [track(properties={"x": "y" * 40_000})] * 100}).status == 200


def test_an_encoding_we_do_not_know(wire: Wire) -> None:
    assert wire.send("/v1/batch", {"batch": []}, content_encoding="br").status == 415


def test_a_body_cut_short_is_not_taken_for_whole(wire: Wire) -> None:
    answer = wire.send("/v1/batch", b'{"batch":[]}', length=500)
    assert (answer.status, answer.json["code"]) == (400, "cut_short")


def test_unknown_missing_and_mixed_up_keys(events: Events, wire: Wire) -> None:
    for key in ("nobody", "", None):
        answer = wire.send("/v1/batch", {"batch": [track()]}, key=key)
        assert (answer.status, answer.json["code"]) == (401, "unknown_write_key")
    mixed = wire.send("/v1/batch", {"batch": [track()], "writeKey": "wk_other"})
    assert (mixed.status, mixed.json["code"]) == (401, "two_write_keys")


def test_other_methods(wire: Wire) -> None:
    answer = wire.send("/v1/batch", method="GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")


def test_a_full_disk_asks_to_come_back(events: Events, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise SpoolFull("no space left")

    monkeypatch.setattr(events.store, "append", full)
    answer = wire.send("/v1/batch", {"batch": [track()]})
    assert answer.status == 503
    assert answer.headers["Retry-After"].isdigit()
    assert answer.json["success"] is False


def test_a_database_that_is_away_asks_to_come_back(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(key: str) -> None:
        raise ConnectionError("database")

    monkeypatch.setattr(wire.intake._senders, "_lookup", away)
    assert wire.send("/v1/batch", {"batch": [track()]}).status == 503
