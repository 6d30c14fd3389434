"""Clients teams already have send events, each in its own way."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from tests.engine import Events
from tests.listen.wire import Wire, track


@pytest.fixture
def wire(events: Events) -> Wire:
    return Wire(events)


def names(events: Events) -> dict[str, int]:
    events.store.flush()
    return {name.name: name.count for name in events.reader.event_names(events.workspace)}


def test_a_batch_is_stored_and_answered_as_clients_expect(events: Events, wire: Wire) -> None:
    answer = wire.send("/v1/batch", {"batch": [track("a"), track("b", event="Other")]})
    assert (answer.status, answer.body) == (200, b'{"success":true}')
    assert answer.headers["Content-Type"] == "application/json"
    assert names(events) == {"Seen": 1, "Other": 1}
    assert wire.send("/v1/batch", {"batch": [track("a")]}).status == 200
    assert names(events) == {"Seen": 1, "Other": 1}


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/batch/", "/v1/import", "/v1/b", "/beacon/v1/batch"])
def test_every_way_in_for_batches(events: Events, wire: Wire, path: str) -> None:
    assert wire.send(path, {"batch": [track()]}).status == 200
    assert names(events) == {"Seen": 1}


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/track", "Seen"), ("/v1/t/", "Seen"), ("/v1/page", "page"), ("/v1/p", "page"), ("/v1/s", "screen"),
     ("/v1/screen", "screen"), ("/api/s/page", "page"), ("/api/s/s2s/track", "Seen")],
)  # fmt: skip
def test_one_message_whose_type_is_in_the_path(events: Events, wire: Wire, path: str, name: str) -> None:
    message = {"event": "Seen", "anonymousId": "d", "userId": None, "context": {"page": {"path": "/a", "title": "A"}}}
    assert wire.send(path, message).status == 200
    assert names(events) == {name: 1}
    row = events.reader.person_events(events.workspace, [1])[0]
    assert (row.path, row.title) == ("/a", "A")


def test_people_and_accounts_are_told_about(events: Events, wire: Wire) -> None:
    wire.send("/v1/i", {"userId": 42, "context": {"traits": {"email": "a@example.com", "plan": "free"}},
                        "traits": {"plan": "pro", "password": "x"}})  # fmt: skip
    wire.send("/v1/group", {"userId": "42", "groupId": "acme", "traits": {"mrr": "1200"}})
    wire.send("/v1/alias", {"previousId": "d", "userId": "42"})
    wire.send("/v1/alias", {"previousId": "42", "userId": "42"})
    events.store.flush()
    news = [(n.what, n.id, n.traits) for n in events.reader.profiles_since(events.workspace, 0) if n.traits]
    assert news == [
        ("person", "42", {"email": "a@example.com", "plan": "pro"}),
        ("account", "acme", {"mrr": "1200"}),
    ]
    assert events.number("d") == events.number("42")


@pytest.mark.parametrize("kind", ["plain", "gzip", "unnamed gzip", "deflate", "raw deflate", "bom", "form", "chunked"])
def test_bodies_however_they_are_packed(events: Events, wire: Wire, kind: str) -> None:
    plain = json.dumps({"batch": [track()]}).encode()
    raw = zlib.compressobj(wbits=-15)
    kinds: dict[str, tuple[bytes, dict[str, Any]]] = {
        "plain": (plain, {"content_type": "text/plain"}),
        "chunked": (plain, {}),
        "gzip": (gzip.compress(plain), {"content_encoding": "gzip"}),
        "unnamed gzip": (gzip.compress(plain), {"content_type": "application/x-www-form-urlencoded"}),
        "deflate": (zlib.compress(plain), {"content_encoding": "deflate"}),
        "raw deflate": (raw.compress(plain) + raw.flush(), {"content_encoding": "deflate"}),
        "bom": (b"\xef\xbb\xbf" + plain, {}),
        "form": (b"data=" + base64.b64encode(plain).replace(b"+", b"%2B"), {}),
    }
    body, headers = kinds[kind]
    assert wire.send("/v1/batch", body, chunked=kind == "chunked", **headers).status == 200
    assert names(events) == {"Seen": 1}


@pytest.mark.parametrize("way", ["basic", "basic without colon", "body", "jitsu", "bearer", "query"])
def test_the_write_key_wherever_it_stands(events: Events, wire: Wire, way: str) -> None:
    body = {"batch": [track()], "writeKey": "wk_test" if way == "body" else "wk_t:***"}
    path = "/beacon/v1/batch?writeKey=wk_test" if way == "query" else "/v1/batch"
    if way == "query":
        del body["writeKey"]
    ways: dict[str, dict[str, Any]] = {
        "basic": {"authorization": "Basic " + base64.b64encode(b"wk_test:").decode()},
        "basic without colon": {"authorization": "Basic " + base64.b64encode(b"wk_test").decode()},
        "jitsu": {"x_write_key": "wk_test:secret"},
        "bearer": {"authorization": "Bearer wk_test"},
    }
    assert wire.send(path, body, key=None, **ways.get(way, {})).status == 200


def test_a_page_can_ask_before_it_sends(events: Events, wire: Wire) -> None:
    asked: dict[str, Any] = {
        "origin": "https://app.example",
        "access_control_request_headers": "authorization,x-retry-count",
    }
    answer = wire.send("/v1/t", method="OPTIONS", key=None, **asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    refused = wire.send("/v1/t", track(), key="nobody", origin="https://app.example")
    assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, "https://app.example")
    settings = wire.send("/v1/projects/wk_test/settings", method="GET", key=None).json
    assert settings["integrations"]["Segment.io"] == {
        "apiKey": "wk_test", "apiHost": "wellheard.test/v1", "protocol": "http",
    }  # fmt: skip
    assert settings["metrics"] == {"sampleRate": 0}
    assert wire.send("/v1/projects/nobody/settings", method="GET", key=None).status == 404
    assert wire.send("/sourceConfig/?writeKey=wk_test", method="GET", key=None).json["source"]["enabled"]
    assert wire.send("/v1/m", {"series": []}).status == 200


def test_everything_else_goes_to_the_application(wire: Wire) -> None:
    for path in ("/", "/v1/projects/x", "/v1/other", "/batches", "/array/x", "/array/x/y"):
        assert wire.send(path).body == b"behind"


def test_keys_are_looked_up_once_in_a_while(events: Events, wire: Wire) -> None:
    for _ in range(3):
        wire.send("/v1/t", track())
        wire.send("/v1/t", track(), key="nobody")
    assert wire.asked == ["wk_test", "nobody"]


def test_what_must_not_be_kept_is_dropped_on_arrival(events: Events) -> None:
    wire = Wire(events, drop_properties=("Salary",))
    said = {
        "plan": "pro",
        "Pass-Word": "x",
        "cardNumber": "4111",
        "salary": 1,
        "nested": {"cvc": 1, "a": [{"iban": 1, "b": 2}]},
    }
    context = {"ip": "203.0.113.9", "locale": "de", "page": {"path": "/p"}}
    wire.send("/v1/t", track(properties=said, context=context))
    events.store.flush()
    row = events.reader.person_events(events.workspace, [1])[0]
    assert row.properties == {"plan": "pro", "nested": {"a": [{"b": 2}]}}
    everything = events.reader.rows("SELECT * FROM events WHERE workspace = {w:UInt32}", {"w": events.workspace})
    assert "203.0.113.9" not in str(everything)
    assert '"locale":"de"' in str(everything)


def test_a_context_said_once_holds_for_the_whole_batch(events: Events, wire: Wire) -> None:
    context = {"groupId": "acme", "sessionId": "s1", "page": {"path": "/a"}}
    wire.send(
        "/v1/batch", {"context": context, "batch": [track(), track("b"), track("c", context={"groupId": "other"})]}
    )
    events.store.flush()
    said = [(row.account, row.path) for row in events.reader.person_events(events.workspace, [1])]
    numbers = events.reader.numbers(events.workspace, "account", ["acme", "other"])
    assert sorted(said) == sorted([(numbers["acme"], "/a")] * 2 + [(numbers["other"], "")])
