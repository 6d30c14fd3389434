"""What cannot be stored is refused clearly, and never takes good events with it."""

from __future__ import annotations

import gzip
import io
import json
import time
import tracemalloc
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import Events
from tests.listen.wire import Wire, track
from wellheard.listen.intake import Intake
from wellheard.listen.intake.rules import Rules
from wellheard.store import Envelope, SpoolFull
from wellheard.store.rows import encode


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
    gzip.compress(b'{"batch":[]}', mtime=0)[:-9]: 400,
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


@pytest.mark.parametrize("depth", [10, 500, 900, 5_000])
@pytest.mark.parametrize("shape", ["[]", "{}"])
def test_T41_nesting_of_any_depth_never_takes_the_others_with_it(events: Events, depth: int, shape: str) -> None:
    wire = Wire(events)
    deep = "[" * depth + "]" * depth if shape == "[]" else '{"a":' * depth + "1" + "}" * depth
    for name in ("Deep", "D\\u0000eep"):
        bad = f'{{"type":"track","userId":"a","event":"{name}","properties":{{"k\\u0000":{deep}}}}}'
        good = '{"type":"track","userId":"b","event":"Good"}'
        answer = wire.send("/v1/batch", f'{{"batch":[{bad},{good}]}}'.encode())
        assert answer.status == (200 if depth < 1_000 else 400)
        posted = f'{{"api_key":"wk_test","batch":[{{"event":"{name}","distinct_id":"a","properties":{{"k":{deep}}}}}]}}'
        assert wire.send("/batch", posted.encode()).status in (200, 400)
    events.store.flush()
    found = {n.name: n.count for n in events.reader.event_names(events.workspace)}
    assert found.get("Good", 0) == (2 if depth < 1_000 else 0)
    half = f'{{"batch":[{{"type":"track","userId":"a","event":"\\ud800","properties":{{"k":{deep}}}}}]}}'
    assert wire.send("/v1/batch", half.encode()).status in (200, 400)


ODD_VALUES: list[Any] = [
    None, 0, -1, True, 1.5, "", "x", "\ud800", "a\0b", "x" * 3000, [], {}, [1], {"": 1}, {"a": {"b": []}}, 2**80,
    "2026-01-01", "9999-12-31T23:59:59+14:00", "null", "wk_test", "$identify", "$groupidentify", "$create_alias",
    "$set", "$pageleave", "$pageview", {"company": None}, {"company": ["x"]}, "http://[bad",
]  # fmt: skip
FIELDS = ["event", "distinct_id", "uuid", "timestamp", "$set", "$set_once", "offset", "options", "session_id", "api_key",
          "token", "type", "userId", "anonymousId", "traits", "messageId", "groupId", "previousId", "name", "category",
          "sentAt", "properties", "context", "writeKey"]  # fmt: skip
INNER = ["distinct_id", "$anon_distinct_id", "$device_id", "$groups", "$group_type", "$group_key", "$group_set", "alias",
         "$lib", "$session_id", "$current_url", "title", "$prev_pageview_duration", "$set", "$insert_id", "duration",
         "$raw_user_agent", "page", "userAgent", "groupId", "sessionId", "traits", "token", "url", "path"]  # fmt: skip
ANY = st.sampled_from(ODD_VALUES)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={name: ANY for name in FIELDS if name not in ("properties", "context")}
    | {name: ANY | st.dictionaries(st.sampled_from(INNER), ANY, max_size=6) for name in ("properties", "context")},
)
PATHS = ["/v1/batch", "/v1/track", "/v1/identify", "/v1/g", "/batch/", "/e/", "/i/v1/analytics/events", "/flags/"]


class Forgetful:
    """A store that checks what it is given and keeps nothing."""

    def append(self, envelope: Envelope) -> None:
        assert encode(envelope)


@given(st.sampled_from(PATHS), st.lists(MESSAGES, min_size=1, max_size=4), ANY, st.booleans())
def test_whatever_is_sent_is_answered(path: str, said: list[Any], beside: Any, with_rules: bool) -> None:
    rules = Rules(frozenset(), True, (ip_network("10.0.0.0/8"),), ("localhost",), frozenset("x"), frozenset("y"))
    intake = Intake(
        lambda *_: [], lambda key: (1, "UTC", "web") if key == "wk_test" else None, Forgetful,  # type: ignore[arg-type]
        rules=(lambda *_: rules) if with_rules else None,
    )  # fmt: skip
    batch = {"batch": said, "sentAt": beside, "sent_at": beside, "context": beside, "api_key": "wk_test"}
    body = json.dumps(batch if "batch" in path or "analytics" in path else said[0]).encode()
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": "Bearer wk_test", "HTTP_ORIGIN": "http://[bad",
    }  # fmt: skip
    answer = json.loads(b"".join(intake(environ, lambda status, _: told.append(status))))
    if path == "/e/" and "event" not in said[0]:
        assert (told[0][:3], answer["code"]) == ("400", "bad_shape")
    else:
        assert told[0][:3] in ("200", "401")
        assert told[0][:3] == "401" or answer.keys() & {"success", "status", "results", "flags"}


def test_asking_without_sending(wire: Wire) -> None:
    for path in ("/v1/batch", "/batch", "/e/", "/flags"):
        assert wire.send(path, method="HEAD").body == b""
        assert wire.send(path, method="GET").status == 405
        asked = wire.send(path, method="OPTIONS", key=None, access_control_request_headers="content-type")
        assert (asked.status, asked.body) == (204, b"")
    for path in ("/v1/projects/wk_test/settings", "/sourceConfig", "/array/wk_test/config", "/wellheard.js"):
        assert wire.send(path, method="POST").status == 405
        head = wire.send(path, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert int(head.headers["Content-Length"]) > 0


def test_compressed_twice_is_told(wire: Wire) -> None:
    assert wire.send("/v1/batch", gzip.compress(gzip.compress(b'{"batch":[]}'))).status == 400


@pytest.mark.parametrize("path", ["/batch", "/e"])
def test_a_bomb_on_every_address(wire: Wire, path: str) -> None:
    assert wire.send(path, gzip.compress(b"0" * 100_000_000)).status == 413


def test_many_properties(events: Events, wire: Wire) -> None:
    many = {f"p{n}": n for n in range(5000)}
    long_id = track(messageId="m" * 10_000, event="Many", properties=many)
    assert wire.send("/v1/batch", {"batch": [long_id, long_id, track(properties={"x": "y" * 600_000})]}).status == 200
    events.store.flush()
    assert [(n.name, n.count) for n in events.reader.event_names(events.workspace)] == [("Many", 1)]
    assert [reason for _, _, reason, _ in events.reader.refused(events.workspace)] == [
        "more than 512 KiB of properties"
    ]
