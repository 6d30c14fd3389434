"""Programs ask for flags over the protocols they know; the answers are exact, also when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.conftest import Town
from tests.engine import Events
from tests.listen.wire import Wire
from wellheard.listen.intake.doors import door_of
from wellheard.measure.flags import callers, exposure, services, snapshot, subjects
from wellheard.measure.flags.services import Plan
from wellheard.people.access import Access
from wellheard.people.models import Person, Role, WriteKey
from wellheard.people.services import merges, workspaces
from wellheard.store import Store

OFREP = "/ofrep/v1/evaluate/flags"
COLOURS = [{"key": "red", "value": "#f00", "weight": 50}, {"key": "blue", "value": "#00f", "weight": 50}]
PRO = [{"what": "trait", "trait": "plan", "values": ["pro"]}]


class Asking:
    """A program with a key."""

    def __init__(self, wire: Wire, key: str) -> None:
        self.wire, self.key = wire, key

    def __call__(self, path: str, body: Any = None, method: str = "", **headers: str) -> Any:
        said = {"authorization": f"Bearer {self.key}"} | headers
        return self.wire.send(
            path, body if body is not None else b"", method or ("GET" if body is None else "POST"), key=None, **said
        )


@pytest.fixture
def events(access: Access, event_store: Store) -> Events:
    return Events(event_store, access.workspace.pk)


@pytest.fixture
def wire(events: Events) -> Iterator[Wire]:
    for module in (callers, exposure, subjects):
        module.forget()
    snapshot.clear()
    yield Wire(events, doors=door_of)
    for module in (callers, exposure, subjects):
        module.forget()


@pytest.fixture
def public(access: Access, wire: Wire) -> Asking:
    return Asking(wire, WriteKey.objects.create(workspace=access.workspace, key="wk_flags").key)


@pytest.fixture
def secret(access: Access, wire: Wire) -> Asking:
    return Asking(wire, workspaces.make_token(access, "flags", Role.VIEWER)[1])


@pytest.fixture
def flags(access: Access, town: Town) -> None:
    services.make(access, Plan("on", definition={"rules": [{"serve": "on"}]}))
    services.make(access, Plan("gate", definition={"rules": [{"serve": "on", "when": PRO}]}))
    services.make(access, Plan("half", definition={"rules": [{"share": 50, "serve": "on"}]}))
    services.make(access, Plan("colour", "string", {"variants": COLOURS, "rules": [{}], "off": "red"}))
    services.make(access, Plan("size", "number", {"variants": [{"key": "m", "value": 2.0}]}))
    services.make(access, Plan("old", definition={"rules": [{"serve": "on"}]}))
    services.archive(access, services.Flag.objects.get(key="old"))


def context(**said: Any) -> dict[str, Any]:
    return {"context": said}


@pytest.mark.usefixtures("flags")
def test_ofrep_one_flag(public: Asking, secret: Asking) -> None:
    found = public(f"{OFREP}/gate", context(targetingKey="u1", plan="pro"))
    assert (found.status, found.headers["Content-Type"]) == (200, "application/json")
    assert found.json == {
        "key": "gate",
        "value": True,
        "reason": "TARGETING_MATCH",
        "variant": "on",
        "metadata": {"version": 1},
    }
    assert b'"value":2.0' in public(f"{OFREP}/size/", {}).body
    assert public(f"{OFREP}/on", {}, authorization="", x_api_key="wk_flags").json["value"] is True
    why = secret(f"{OFREP}/gate", context(targetingKey="u1")).json
    assert (why["reason"], why["metadata"]["why"]) == ("DEFAULT", "No rule holds for them.")


@pytest.mark.usefixtures("flags")
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [("half", {}, 400, "TARGETING_KEY_MISSING"), ("none", {}, 404, "FLAG_NOT_FOUND"), ("old", {}, 404, "FLAG_NOT_FOUND"),
     ("a b/c", {}, 404, "FLAG_NOT_FOUND"), ("on", b"{", 400, "PARSE_ERROR"), ("on", [], 400, "PARSE_ERROR"),
     ("on", {"context": 1}, 400, "INVALID_CONTEXT"), ("on", context(targetingKey={}), 400, "INVALID_CONTEXT"),
     ("on", context(targetingKey="x" * 501), 400, "INVALID_CONTEXT")],
)  # fmt: skip
def test_ofrep_says_what_is_wrong(public: Asking, path: str, body: Any, status: int, code: str) -> None:
    found = public(f"{OFREP}/{path}", body)
    assert (found.status, found.json["errorCode"], found.json["key"]) == (status, code, path)
    assert found.json["errorDetails"]


@pytest.mark.usefixtures("flags")
def test_ofrep_numbers_as_keys_and_wrong_keys(public: Asking) -> None:
    assert public(f"{OFREP}/half", context(targetingKey=7)).status == 200
    refused = public(f"{OFREP}/half", {}, authorization="Bearer nobody")
    assert (refused.status, refused.json["key"]) == (401, "half")
    assert public(f"{OFREP}/half", method="GET").status == 405
    opened = public(OFREP, method="OPTIONS", origin="https://app.test", access_control_request_headers="if-none-match")
    assert (opened.status, opened.headers["Access-Control-Allow-Headers"]) == (204, "if-none-match")


@pytest.mark.usefixtures("flags")
def test_ofrep_every_flag_and_its_tag(access: Access, public: Asking) -> None:
    first = public(OFREP, context(targetingKey="u1"), origin="https://app.test")
    assert [f["key"] for f in first.json["flags"]] == ["colour", "gate", "half", "on", "size"]
    assert "ETag" in first.headers["Access-Control-Expose-Headers"]
    tag = first.headers["ETag"]
    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = public(OFREP, context(targetingKey="u1"), if_none_match=said)
        assert (again.status, again.body) == (304, b"")
    assert public(OFREP, context(targetingKey="u1", plan="pro"), if_none_match=tag).status == 200, "other attributes"
    services.kill(access, services.Flag.objects.get(key="on"))
    snapshot.forget()
    assert public(OFREP, context(targetingKey="u1"), if_none_match=tag).status == 200
    keyless = {f["key"]: f for f in public(OFREP, {}).json["flags"]}
    assert keyless["half"]["errorCode"] == "TARGETING_KEY_MISSING"
    assert keyless["gate"]["value"] is False


@pytest.mark.usefixtures("flags")
def test_posthog_asks_for_flags(public: Asking) -> None:
    body = {"token": "wk_flags", "distinct_id": "u1", "person_properties": {"plan": "pro"}, "groups": {}}
    for path in ("/flags/?v=4", "/flags?v=2", "/decide/?v=3"):
        found = public(path, body, authorization="").json
        assert found["featureFlags"]["gate"] is True
        assert found["featureFlags"]["colour"] in ("red", "blue")
        assert json.loads(found["featureFlagPayloads"]["colour"]).startswith("#")
        assert found["flags"]["gate"]["reason"]["code"] == "condition_match"
        assert found["flags"]["colour"]["variant"] == found["flags"]["colour"]["value"]
        assert found["errorsWhileComputingFlags"] is False
    only = public("/flags/?v=2", body | {"flag_keys_to_evaluate": ["on"]}).json
    assert list(only["flags"]) == ["on"]
    assert public("/flags/?v=2&config=true", body).json["hasFeatureFlags"] is True
    assert "on" in public("/decide/", body).json["featureFlags"]
    assert public("/flags/", {"token": "nobody", "distinct_id": "u1"}, authorization="").status == 401
    assert public("/flags/", {"token": "wk_flags"}).json["errorsWhileComputingFlags"] is True


@pytest.mark.usefixtures("flags")
def test_t08_definitions_are_for_secrets_only(access: Access, public: Asking, secret: Asking) -> None:
    for path in (
        "/flags/definitions",
        "/flags/definitions/",
        "/api/feature_flag/local_evaluation",
        "/api/feature_flag/local_evaluation/",
    ):
        assert public(f"{path}?token=wk_flags&send_cohorts").status == 401
        found = secret(f"{path}?token=wk_flags&send_cohorts")
        assert {f["key"] for f in found.json["flags"]} == {"on", "gate", "half", "colour", "size"}
        assert secret(path, if_none_match=found.headers["ETag"]).status == 304
    assert secret("/flags/definitions?token=nobody").status == 401
    assert secret("/api/projects/@current/feature_flags/size/remote_config").body == b'"2.0"'
    assert secret("/api/projects/@current/feature_flags/half/remote_config").status == 404


def test_growthbook_features_tell_only_what_was_made_for_it(access: Access, public: Asking, flags: None) -> None:
    assert public("/api/features/wk_flags").json["features"] == {}
    services.make(
        access, Plan("gb", definition={"rules": [{"serve": "on", "share": 20, "when": PRO}]}, algorithm="growthbook")
    )
    snapshot.forget()
    found = public("/api/features/wk_flags/")
    assert list(found.json["features"]) == ["gb"]
    assert public("/api/features/wk_flags", if_none_match=found.headers["ETag"]).status == 304
    assert public("/api/features/nobody").status == 401
    decided = public("/api/eval/wk_flags", {"attributes": {"id": "u1", "plan": "pro"}}).json["features"]
    assert decided["gate"] == {"defaultValue": True}
    assert public("/api/eval/wk_flags", {}).status == 400


def test_growthbooks_plugin_tells_who_met_a_variant(access: Access, public: Asking, events: Events) -> None:
    services.make(access, Plan("colour", "string", {"variants": COLOURS, "rules": [{}]}, algorithm="growthbook"))

    def said(id_: Any, key: str = "colour", variant: Any = "red", name: str = "Experiment Viewed") -> dict[str, Any]:
        told = {"experimentId": key, "variationId": variant, "hashAttribute": "id", "hashValue": id_}
        return {"event_name": name, "properties_json": told, "device_id": id_}

    batch = [
        said("ann"), said("ann"), said("bo", variant="blue"), said("cy", key="none"), said("cy", variant="green"),
        said("cy", name="Feature Evaluated"), said({}), said(""), "no event", {"event_name": "Experiment Viewed"},
    ]  # fmt: skip
    told = public("/track?client_key=wk_flags", json.dumps(batch).encode(), "POST", authorization="", content_type="text/plain")  # fmt: skip
    assert (told.status, told.json) == (200, {"kept": 3})
    events.store.flush()
    rows = events.reader.rows(
        "SELECT properties FROM events WHERE workspace = {w:UInt32} AND name = 'Flag Evaluated'",
        {"w": events.workspace},
    )
    assert sorted(json.loads(row[0])["variant"] for row in rows) == ["blue", "red"]
    assert public("/track?client_key=nobody", [], authorization="").status == 401
    assert public("/track?client_key=wk_flags", {}).status == 400
    assert public("/track?client_key=wk_flags", method="GET").status == 405


def test_what_the_team_knows_is_asked_on_the_server(access: Access, town: Town, public: Asking) -> None:
    lind = [{"what": "account", "ids": ["lind"]}]
    services.make(access, Plan("lind", definition={"rules": [{"serve": "on", "when": lind}]}))
    named = [{"what": "trait", "trait": "name", "how": "set"}]
    services.make(access, Plan("named", definition={"rules": [{"serve": "on", "when": named}]}))
    found = {f["key"]: f["value"] for f in public(OFREP, context(targetingKey="ann")).json["flags"]}
    assert found == {"lind": True, "named": True}
    stranger = {f["key"]: f["value"] for f in public(OFREP, context(targetingKey="who", account="lind")).json["flags"]}
    assert stranger == {"lind": True, "named": False}
    grouped = public("/flags/?v=2", {"token": "wk_flags", "distinct_id": "who", "groups": {"company": "lind"}}).json
    assert grouped["featureFlags"] == {"lind": True, "named": False}


@pytest.mark.usefixtures("wire")
def test_somebody_known_costs_one_question(access: Access, town: Town, django_assert_num_queries: Any) -> None:
    merges.merge(access, town.ann, town.nora)  # so that Ann is in two accounts: the one known first counts
    Person.objects.filter(pk=town.ann.pk).update(traits={"seats": 5, "name": "Ann of the traits"})
    merges.merge(access, town.lind, town.free)
    whole = {"what": "trait", "trait": "seats", "how": "at_least", "values": [5]}
    services.make(access, Plan("seats", definition={"rules": [{"serve": "on", "when": [whole]}]}))
    held = snapshot.of(access.workspace.pk)
    for id_ in ("ann", "nora"):  # Nora's id is one of Ann's now
        with django_assert_num_queries(1):
            found = subjects.subject(held, held.flags.values(), id_, {})
        assert (found.id, found.account) == (id_, "lind")
        assert found.traits == {"email": "ann@shop.example", "name": "Ann of the traits", "language": "en", "seats": 5}
        assert found.account_traits["plan"] == "growth"
    for account in ("lind", "free"):
        with django_assert_num_queries(1):
            found = subjects.subject(held, held.flags.values(), "", {}, account)
        assert (found.account, found.account_traits["name"]) == (account, "Bäckerei Lind")
    for stranger in ("nobody", "a\0b", "x" * 300):
        assert subjects.subject(held, held.flags.values(), stranger, {}).traits == {}


@pytest.mark.usefixtures("flags")
def test_an_exposure_is_an_event_once_a_day(events: Events, public: Asking) -> None:
    for _ in range(3):
        public(f"{OFREP}/colour", context(targetingKey="ann"))
        public(f"{OFREP}/on", context(targetingKey="ann"))  # nothing is dealt
        public(OFREP, context(targetingKey="bo"))  # every flag: the program says itself which one it used
    public(
        "/flags/?v=2",
        {"token": "wk_flags", "distinct_id": "bo", "flag_keys_to_evaluate": ["colour"], "record_exposure": True},
    )
    events.store.flush()
    rows = events.reader.rows(
        "SELECT name, properties FROM events WHERE workspace = {w:UInt32} AND name = 'Flag Evaluated'",
        {"w": events.workspace},
    )
    assert len(rows) == 2
    assert json.loads(rows[0][1])["flag"] == "colour"


def test_both_sides_of_a_share_are_dealt_and_noted(access: Access, events: Events, public: Asking) -> None:
    services.make(access, Plan("half", "boolean", {"rules": [{"share": 50, "serve": "on"}]}))
    told = [public(f"{OFREP}/half", context(targetingKey=f"p{i}")).json for i in range(12)]
    assert {t["reason"] for t in told} == {"SPLIT"}
    events.store.flush()
    rows = events.reader.rows(
        "SELECT properties FROM events WHERE workspace = {w:UInt32} AND name = 'Flag Evaluated'",
        {"w": events.workspace},
    )
    noted = sorted(json.loads(p)["variant"] for (p,) in rows)
    assert noted == sorted(t["variant"] for t in told)
    assert set(noted) == {"on", "off"}


@pytest.mark.usefixtures("flags")
def test_a_flood_from_one_address_is_slowed(public: Asking, settings: Any) -> None:
    settings.FLAGS_RATE = 1
    statuses = [public(f"{OFREP}/on", {}) for _ in range(62)]
    assert (statuses[0].status, statuses[-1].status) == (200, 429)
    assert int(statuses[-1].headers["Retry-After"]) >= 1


def _gone(*args: Any) -> Any:
    raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.usefixtures("flags")
def test_flags_are_answered_while_the_database_is_away(public: Asking) -> None:
    asked = context(targetingKey="ann", plan="pro")
    before = public(OFREP, asked)
    with connection.execute_wrapper(_gone):
        snapshot.forget()
        subjects._people.clear()
        callers._known.update({k: (0.0, v) for k, (_, v) in callers._known.items()})
        after = public(OFREP, asked)
        assert (after.status, after.body) == (200, before.body)
        unknown = public(f"{OFREP}/on", {}, authorization="Bearer never-seen")
        assert (unknown.status, unknown.headers["Retry-After"]) == (503, "5")
