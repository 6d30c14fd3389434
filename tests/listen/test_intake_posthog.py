"""PostHog's libraries send events, each generation in its own way."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.engine import Events
from tests.listen.wire import Wire
from wellheard.store import SpoolFull
from wellheard.store.rows import CORRECTED, QUIET, REPLACED


@pytest.fixture
def wire(events: Events) -> Wire:
    return Wire(events)


def names(events: Events) -> dict[str, int]:
    events.store.flush()
    return {name.name: name.count for name in events.reader.event_names(events.workspace)}


def event(name: str = "Seen", who: Any = "ann", **properties: Any) -> dict[str, Any]:
    return {"event": name, "distinct_id": who, "properties": properties}


def stored(events: Events, who: str) -> list[Any]:
    events.store.flush()
    return events.reader.person_events(events.workspace, [events.number(who)])


def send(wire: Wire, *said: dict[str, Any], path: str = "/batch/", **more: Any) -> Any:
    return wire.send(path, {"api_key": "wk_test", "batch": list(said), **more}, key=None)


@pytest.mark.parametrize("path", ["/batch", "/e", "/i/v0/e", "/capture", "/track"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_way_in(events: Events, wire: Wire, path: str, slash: str) -> None:
    answer = send(wire, event(), path=path + slash)
    assert (answer.status, answer.json) == (200, {"status": 1})
    assert names(events) == {"Seen": 1}


ONE = {"event": "Seen", "properties": {"distinct_id": "ann", "token": "wk_test"}}
PLAIN = json.dumps(ONE).encode()
PACKED: dict[str, tuple[bytes, str]] = {
    "one event": (PLAIN, ""),
    "a list": (b"[" + PLAIN + b"]", ""),
    "a batch": (json.dumps({"api_key": "wk_test", "batch": [ONE]}).encode(), ""),
    "gzip without a header": (gzip.compress(PLAIN), ""),
    "gzip-js": (gzip.compress(PLAIN), "?compression=gzip-js&ip=1&_=1700000000000&ver=1.9"),
    "a base64 form": (b"data=" + quote(base64.b64encode(PLAIN)).encode() + b"&compression=base64", ""),
    "an unescaped base64 form": (b"data=" + base64.b64encode(PLAIN + b" " * 3), "?compression=base64"),
    "a form of plain JSON": (b"data=" + quote(PLAIN).encode(), ""),
    "bare base64": (base64.b64encode(PLAIN), "?compression=base64"),
    "with a BOM": (b"\xef\xbb\xbf" + PLAIN, ""),
}


@pytest.mark.parametrize("kind", PACKED)
def test_bodies_however_they_are_packed(events: Events, wire: Wire, kind: str) -> None:
    body, query = PACKED[kind]
    assert wire.send("/e/" + query, body, key=None).status == 200
    assert names(events) == {"Seen": 1}


def test_the_key_wherever_it_stands(events: Events, wire: Wire) -> None:
    assert wire.send("/e/?token=wk_test", event(), key=None).status == 200
    assert wire.send("/e/", event(token="wk_test"), key=None).status == 200
    assert wire.send("/e/", event() | {"api_key": "wk_test"}, key=None).status == 200
    assert wire.send("/i/v1/analytics/events", {"batch": [event()]}, key=None, authorization="Bearer wk_test").status
    assert names(events) == {"Seen": 4}
    for refused in (send(wire, event(), api_key="phc_nobody"), wire.send("/batch/", {"batch": [event()]}, key=None)):
        assert (refused.status, refused.json["code"]) == (401, "unknown_write_key")


def test_an_event_sent_again_counts_once(events: Events, wire: Wire) -> None:
    said = event() | {"uuid": "0190AB00-0000-7000-8000-000000000001"}
    send(wire, said, said)
    send(wire, said | {"uuid": said["uuid"].lower(), "event": "Other"})
    send(wire, event(**{"$insert_id": "once"}), event(**{"$insert_id": "once"}))
    assert names(events) == {"Seen": 2}


def test_page_views_mean_the_same_as_everybodys(events: Events, wire: Wire) -> None:
    properties = {
        "$current_url": "https://app.example/a?x=1", "$pathname": "/a", "$referrer": "$direct", "title": "A",
        "$session_id": "s1", "$lib": "web", "$lib_version": "1.4", "$browser": "Chrome", "$sdk_debug_x": 1,
        "utm_source": "mail", "token": "wk_test", "distinct_id": "ann", "$ip": "203.0.113.9",
    }  # fmt: skip
    send(wire, event("$pageview", **properties), event("$screen", **{"$screen_name": "Home"}))
    assert names(events) == {"page": 1, "screen": 1}
    page = next(row for row in stored(events, "ann") if row.name == "page")
    assert (page.url, page.path, page.title) == ("https://app.example/a?x=1", "/a", "A")
    assert page.properties == {"title": "A", "$browser": "Chrome", "utm_source": "mail"}
    everything = str(events.reader.rows("SELECT * FROM events WHERE workspace = {w:UInt32}", {"w": events.workspace}))
    assert "203.0.113.9" not in everything
    assert "'s1'" in everything
    assert '"library":{"name":"web","version":"1.4"}' in everything


def flags_and_durations(events: Events) -> dict[str, tuple[int, float]]:
    events.store.flush()
    rows = events.reader.rows(
        "SELECT name, flags, duration FROM events WHERE workspace = {w:UInt32}", {"w": events.workspace}
    )
    return {str(name): (int(flags), float(duration)) for name, flags, duration in rows}


def test_what_a_library_sends_by_itself_is_quiet(events: Events, wire: Wire) -> None:
    send(wire, event("$pageleave", **{"$prev_pageview_duration": 12.5, "$prev_pageview_pathname": "/a"}),
         *(event(name) for name in ("$pageview", "$screen", "$autocapture", "$exception", "$web_vitals", "$$heatmap",
                                    "$feature_flag_called", "Bought")))  # fmt: skip
    found = flags_and_durations(events)
    assert found.pop("$pageleave") == (QUIET, 12.5)
    quiet = {"$exception", "$web_vitals", "$$heatmap", "$feature_flag_called"}
    assert found == {n: (QUIET if n in quiet else 0, 0.0) for n in
                     (*quiet, "page", "screen", "$autocapture", "Bought")}  # fmt: skip


def test_a_visitor_becomes_the_one_who_signs_in(events: Events, wire: Wire) -> None:
    before = {"$device_id": "d-1", "$is_identified": False, "$process_person_profile": False}
    send(wire, event("$pageview", "d-1", **before))
    send(wire, event("$identify", "ann", **{"$anon_distinct_id": "d-1", "$device_id": "d-1"})
         | {"$set": {"email": "ann@example.com"}, "$set_once": {"since": "2026", "email": "old@example.com"}})  # fmt: skip
    send(wire, event("Bought", "ann", **{"$device_id": "d-1", "$is_identified": True}))
    events.store.flush()
    assert events.number("d-1") == events.number("ann")
    assert len(stored(events, "ann")) == 2
    (news,) = [n for n in events.reader.profiles_since(events.workspace, 0) if n.traits]
    assert (news.what, news.id, news.traits) == ("person", "ann", {"since": "2026", "email": "ann@example.com"})
    # somebody else signs in on the same machine: two people
    send(wire, event("$identify", "bob", **{"$anon_distinct_id": "d-1"}))
    events.store.flush()
    assert events.number("bob") != events.number("ann")


def test_traits_are_no_activity(events: Events, wire: Wire) -> None:
    send(wire, event("$set") | {"$set": {"plan": "pro"}}, event("$set", "d-2", **{"$device_id": "d-2", "$set": {"a": 1}}),
         event("Bought", **{"$set": {"plan": "max"}, "$set_once": {"$initial_referrer": "x"}}) | {"uuid": "u1"})  # fmt: skip
    assert names(events) == {"Bought": 1}
    told = [(n.id, n.traits) for n in events.reader.profiles_since(events.workspace, 0) if n.traits]
    assert told == [("ann", {"plan": "pro"}), ("ann", {"plan": "max"})]


@pytest.mark.parametrize(
    "said",
    [event("$create_alias", "anon-1", alias="ann", **{"$lib": "posthog-python"}),
     event("$create_alias", "ann", alias="anon-1", **{"$lib": "posthog-node"}),
     event("$create_alias", "ann", alias="anon-1")],
    ids=["python", "node", "unnamed"],
)  # fmt: skip
def test_an_alias_joins_whichever_way_it_is_said(events: Events, wire: Wire, said: dict[str, Any]) -> None:
    send(wire, event("Seen", "anon-1", **{"$process_person_profile": False}), event("Seen", "ann"), said)
    send(wire, said, event("$create_alias", "ann", alias="ann"))
    events.store.flush()
    assert events.number("anon-1") == events.number("ann")
    assert names(events) == {"Seen": 2}


def test_groups_are_accounts(events: Events, wire: Wire) -> None:
    about = event("$groupidentify", "$company_acme", **{
        "$group_type": "company", "$group_key": "acme", "$group_set": {"name": "Acme"}})  # fmt: skip
    send(wire, about, event(**{"$groups": {"project": "p1", "company": "acme"}}),
         event("Seen", "bob", **{"$groups": {"team": "t1"}}))  # fmt: skip
    events.store.flush()
    assert events.reader.numbers(events.workspace, "person", ["$company_acme"]) == {}, "no person"
    assert set(events.reader.numbers(events.workspace, "account", ["acme", "p1", "t1"])) == {"acme", "t1"}
    told = [(n.what, n.id, n.traits) for n in events.reader.profiles_since(events.workspace, 0) if n.traits]
    assert told == [("account", "acme", {"name": "Acme"})]


def iso(seconds_ago: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def test_clocks_are_put_right(events: Events, wire: Wire) -> None:
    slow = event("Slow") | {"timestamp": iso(3700)}
    send(wire, slow, event("Trusted", **{"$ignore_sent_at": True}) | {"timestamp": iso(3700)}, sent_at=iso(3600))
    wire.send(f"/e/?_={int((time.time() - 3600) * 1000)}", [event("Query", token="wk_test") | {"timestamp": iso(3700)}],
              key=None)  # fmt: skip
    send(wire, event("Offset") | {"offset": 90_000}, event("Odd") | {"timestamp": "soon"}, sent_at=iso(9999))
    send(wire, event("Past") | {"timestamp": iso(86_400 * 700)}, sent_at=iso(7200), historical_migration=True)
    events.store.flush()
    rows = events.reader.rows(
        "SELECT name, flags, dateDiff('second', time, received) FROM events WHERE workspace = {w:UInt32}",
        {"w": events.workspace},
    )
    found = {str(n): (int(f), round(int(s), -1)) for n, f, s in rows}
    assert found == {
        "Slow": (CORRECTED, 100), "Trusted": (0, 3700), "Query": (CORRECTED, 100), "Offset": (0, 90),
        "Odd": (REPLACED, 0), "Past": (0, 86_400 * 700),
    }  # fmt: skip


def test_each_event_has_its_own_verdict(events: Events, wire: Wire) -> None:
    good, bad = event() | {"uuid": "u-good"}, {"event": "", "distinct_id": "ann", "uuid": "u-bad"}
    answer = wire.send(
        "/i/v1/analytics/events",
        {"created_at": iso(0), "batch": [good, bad, 5]},
        key=None,
        authorization="Bearer wk_test",
    )
    assert answer.status == 200
    assert answer.json["results"]["u-good"] == {"result": "ok"}
    assert answer.json["results"]["u-bad"]["result"] == "drop"
    assert names(events) == {"Seen": 1}


ODD: list[Any] = [
    1, None, [], {}, {"event": "Seen"}, {"event": None, "distinct_id": "ann"}, event("Seen", "null"),
    {"event": ["a"], "distinct_id": "ann"}, event("x" * 300), event("$create_alias", "ann", alias=None),
    event("$groupidentify", "x", **{"$group_type": "company"}), event("Seen", {"a": 1}),
]  # fmt: skip


def test_a_bad_event_never_sinks_its_batch(events: Events, wire: Wire) -> None:
    odd_but_fine = {"event": "Fine", "distinct_id": 7, "properties": [1], "timestamp": {}, "$set": 5, "uuid": {"a": 1}}
    assert send(wire, *ODD, event("Seen"), odd_but_fine).status == 200
    assert names(events) == {"Seen": 1, "Fine": 1}
    assert len(events.reader.refused(events.workspace)) == len(ODD)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'"x"', b"{}", b'{"batch":5}', b"[" * 100_000, b'{"a":' * 100_000,
                                  b"data=%%%", b"\xff\xfe", gzip.compress(PLAIN, mtime=0)[:-9]])  # fmt: skip
def test_bodies_that_are_no_events(wire: Wire, body: bytes) -> None:
    answer = wire.send("/e/", body)
    assert answer.status == 400
    assert {"code", "message", "detail"} <= answer.json.keys()


def test_half_characters_and_numbers_out_of_range(events: Events, wire: Wire) -> None:
    body = (
        b'{"api_key":"wk_test","batch":[{"event":"Odd","distinct_id":"ann","properties":{"s":"\\ud800x","n":1e999}}]}'
    )
    assert wire.send("/batch/", body, key=None).status == 200
    assert names(events) == {"Odd": 1}


def test_what_a_library_asks_first(wire: Wire) -> None:
    config = wire.send("/array/wk_test/config", method="GET", key=None)
    assert config.json["token"] == "wk_test"
    assert config.json["analytics"] == {"endpoint": "/i/v0/e/"}
    assert config.json["hasFeatureFlags"] is False
    script = wire.send("/array/wk_test/config.js", method="GET", key=None)
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert b'"wk_test"' in script.body
    assert wire.send("/array/nobody/config", method="GET", key=None).status == 404
    for path, asked in (("/flags/?v=2&config=true", "token"), ("/flags?v=4", "api_key"), ("/decide/?v=3", "token")):
        answer = wire.send(path, {asked: "wk_test", "distinct_id": "ann"}, key=None)
        assert answer.status == 200
        assert (answer.json["flags"], answer.json["featureFlags"], answer.json["featureFlagPayloads"]) == ({}, {}, {})
        assert answer.json["errorsWhileComputingFlags"] is False
    form = b"data=" + base64.b64encode(b'{"token":"wk_test","distinct_id":"ann"}')
    assert wire.send("/decide/", form, key=None).json["featureFlags"] == [], "the first version reads a list"
    assert wire.send("/flags/?v=2", {"token": "nobody"}, key=None).status == 401
    assert wire.send("/flags/?v=2", b"[]", key=None).status == 400


def test_load_is_shed_so_that_nothing_is_lost(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(events, rate=1)
    assert send(wire, *[event()] * 70).status == 200
    answer = send(wire, event())
    assert answer.status == 503, "posthog-js throws away what is answered with 429"
    assert 1 <= int(answer.headers["Retry-After"]) <= 12
    wire = Wire(events)

    def full(*_: object, **__: object) -> None:
        raise SpoolFull("no space left")

    monkeypatch.setattr(events.store, "append", full)
    answer = send(wire, event())
    assert (answer.status, answer.headers["Retry-After"].isdigit()) == (503, True)
