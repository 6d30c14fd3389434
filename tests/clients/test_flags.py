"""Unchanged libraries ask for flags, or decide them by themselves: whoever decides, 200 people get the same."""

from __future__ import annotations

import time
from typing import Any

import growthbook
import httpx
import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from posthog import Posthog

from tests.clients.flagged import PEOPLE, Answers, Flagged, as_posthog, default_of, names, picked


@pytest.mark.parametrize("algorithm", ["posthog", "growthbook", "growthbook1"])
def test_shares_are_about_what_was_asked_for(told: Answers, algorithm: str) -> None:
    """Within four standard deviations: the comparisons below are not of flags that give everybody the same."""
    pro = [p["id"] for p in PEOPLE if p["plan"] == "pro"]

    def share(name: str, value: Any, ids: list[str]) -> float:
        return sum(told[i][f"{algorithm}-{name}"] == value for i in ids) / len(ids)

    everybody = list(told)
    assert share("gate", True, pro) == pytest.approx(0.5, abs=0.18)
    assert share("gate", True, [i for i in everybody if i not in pro]) == 0
    assert share("dealt", True, everybody) == pytest.approx(0.3, abs=0.13)
    assert share("colour", "#f00", everybody) == pytest.approx(0.5, abs=0.15)
    assert share("size", 1.5, everybody) == pytest.approx(0.4 + 0.6 * 0.2, abs=0.15)
    assert share("layout", {"columns": [1, 2]}, pro) == pytest.approx(0.5, abs=0.18)


def openfeature(shop: Flagged, key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else shop.bearer
    api.set_provider(OFREPProvider(shop.live.url, headers_factory=lambda: headers))
    return api.get_client()


def asked(client: Any, key: str, person: dict[str, Any]) -> Any:
    default = default_of(key)
    kind = {bool: "boolean", str: "string", float: "float", dict: "object"}[type(default)]
    return getattr(client, f"get_{kind}_value")(key, default, EvaluationContext(person["id"], {"plan": person["plan"]}))


def test_openfeature_in_python(shop: Flagged, told: Answers) -> None:
    client = openfeature(shop)
    colours = [k for k in names() if k.endswith("-colour")]
    assert {p["id"]: {k: asked(client, k, p) for k in colours} for p in PEOPLE} == picked(told, colours)
    few = PEOPLE[:12]
    assert {p["id"]: {k: asked(client, k, p) for k in names()} for p in few} == picked(told, names(), few)


def test_openfeature_in_python_is_told_what_is_wrong(shop: Flagged) -> None:
    client, somebody = openfeature(shop), EvaluationContext("u1", {})
    assert client.get_boolean_details("none", True, somebody).error_code == ErrorCode.FLAG_NOT_FOUND
    keyless = client.get_string_details("posthog-colour", "none", EvaluationContext())
    assert (keyless.value, keyless.error_code) == ("none", ErrorCode.TARGETING_KEY_MISSING)
    wrong = client.get_boolean_details("posthog-colour", False, somebody)
    assert (wrong.value, wrong.error_code) == (False, ErrorCode.TYPE_MISMATCH)
    refused = openfeature(shop, "nobody").get_boolean_details("stop", False, somebody)
    assert (refused.value, refused.error_code) == (False, ErrorCode.GENERAL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_posthog_in_python_asks_and_decides_alike(shop: Flagged, told: Answers) -> None:
    asking = Posthog(shop.key, host=shop.live.url)
    deciding = Posthog(shop.key, host=shop.live.url, personal_api_key=shop.token)
    deciding.load_feature_flags()
    expected = as_posthog(picked(told, names()))
    own = [k for k in names("posthog") if k != "posthog-dealt"]  # its definitions cannot deal on and off
    for person in PEOPLE:
        said, id_ = {"plan": person["plan"]}, person["id"]
        local = deciding.get_all_flags(id_, person_properties=said, only_evaluate_locally=True)
        assert local == {**{k: expected[id_][k] for k in own}, "stop": True}
    for person in PEOPLE[:25]:
        said, id_ = {"plan": person["plan"]}, person["id"]
        assert asking.get_all_flags(id_, person_properties=said) == {**expected[id_], "stop": True}
        assert deciding.get_all_flags(id_, person_properties=said) == {**expected[id_], "stop": True}
        for client in (asking, deciding):
            payload = client.get_feature_flag_payload("posthog-layout", id_, person_properties=said)
            assert payload == told[id_]["posthog-layout"]
    asking.shutdown()
    deciding.shutdown()


def growthbook_of(shop: Flagged, person: dict[str, Any], **more: Any) -> growthbook.GrowthBook:
    said = growthbook.GrowthBook(api_host=shop.live.url, client_key=shop.key, attributes=person, **more)
    said.load_features()
    return said


@pytest.mark.parametrize("algorithm", ["growthbook", "growthbook1"])
def test_growthbook_in_python_decides_alike(shop: Flagged, told: Answers, algorithm: str) -> None:
    keys = names(algorithm)
    found = {}
    for person in PEOPLE:
        said = growthbook_of(shop, person)
        found[person["id"]] = {k: said.get_feature_value(k, default_of(k)) for k in keys}
    assert found == picked(told, keys)


def test_growthbook_in_python_lets_the_server_decide(shop: Flagged, told: Answers) -> None:
    found, few = {}, PEOPLE[:25]
    for person in few:
        said = growthbook_of(shop, person, remote_eval=True, cache_key_attributes=["id", "plan"])
        found[person["id"]] = {k: said.get_feature_value(k, default_of(k)) for k in names()}
    assert found == picked(told, names(), few)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_flag_that_is_switched_off_is_off_everywhere(shop: Flagged) -> None:
    shop.make("growthbook-stop", algorithm="growthbook", rules=[{"serve": "on"}], otherwise="on")
    asking = Posthog(shop.key, host=shop.live.url)
    deciding = Posthog(shop.key, host=shop.live.url, personal_api_key=shop.token)

    def everywhere() -> list[Any]:
        deciding.load_feature_flags()
        growthbook.feature_repo.clear_cache()
        return [
            openfeature(shop).get_boolean_value("stop", False, EvaluationContext("u1")),
            asking.get_all_flags("u1")["stop"],
            deciding.get_all_flags("u1", only_evaluate_locally=True)["stop"],
            growthbook_of(shop, {"id": "u1"}).is_on("growthbook-stop"),
        ]

    def become(*expected: bool) -> None:
        end = time.monotonic() + 8  # every process looks again within two seconds
        while everywhere() != list(expected) and time.monotonic() < end:
            time.sleep(0.2)
        assert everywhere() == list(expected)

    become(True, True, True, True)
    shop.do("growthbook-stop", "kill")
    shop.do("stop", "kill")
    become(False, False, False, False)
    shop.do("stop", "revive")
    become(True, True, True, False)
    asking.shutdown()
    deciding.shutdown()


def test_an_answer_kept_by_its_tag_is_renewed_when_the_person_changes(shop: Flagged) -> None:
    url, headers = f"{shop.live.url}/ofrep/v1/evaluate/flags", dict(shop.bearer)

    def ask(**context: Any) -> httpx.Response:
        answer = httpx.post(url, json={"context": context}, headers=headers)
        headers["If-None-Match"] = answer.headers["ETag"]
        return answer

    pro = {"targetingKey": "u1", "plan": "pro"}
    assert [ask(**pro).status_code, ask(**pro).status_code] == [200, 304]
    changed = ask(targetingKey="u1", plan="free")
    assert changed.status_code == 200
    assert {f["key"]: f["value"] for f in changed.json()["flags"]}["posthog-gate"] is False
    assert ask(**pro).status_code == 200
