"""Who met a variant arrives by each library's own event, or from the server, and one experiment counts them all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import growthbook
import pytest
from growthbook.plugins import growthbook_tracking_plugin
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from playwright.sync_api import Browser
from posthog import Posthog
from segment.analytics.client import Client as Segment

from tests.clients.flagged import KINDS, Flagged
from tests.clients.live import Live
from tests.clients.pages import site_of
from tests.clients.test_flags_in_a_browser import asked

# The control first, which is not the flag's own order.
PLAN = {
    "variants": [{"key": "blue"}, {"key": "red"}], "method": "sequence", "window_days": 7, "before_days": 7,
    "metrics": [{"event": "Report Opened", "role": "primary"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def watched(server: Live) -> Flagged:
    found = Flagged(server.another("noticed"))
    kind, definition, _ = KINDS["colour"]
    for algorithm in ("posthog", "growthbook"):
        key = f"{algorithm}-colour"
        found.make(key, kind, algorithm, **definition)
        made = found.say("experiments", name=key, flag=key, **PLAN)
        found.numbers[f"experiment {key}"] = made["id"]
        found.say(f"experiments/{made['id']}", do="start")
    return found


@pytest.fixture
def segment(watched: Flagged) -> Iterator[Segment]:
    client = Segment(watched.key, host=watched.live.url, max_retries=2)
    yield client
    client.flush()
    client.join()


def counted(watched: Flagged, key: str) -> list[int]:
    found = watched.say(f"experiments/{watched.numbers[f'experiment {key}']}", do="look")
    return list(found["report"]["shares"]["counts"])


def becomes(watched: Flagged, key: str, before: list[int], seen: dict[str, str]) -> None:
    """So many more of each variant. `seen`: id → the variant that the library gave them."""
    many = Counter(seen.values())
    assert set(many) == {"red", "blue"}, "both must be among them, else nothing is compared"
    expected = [before[0] + many["blue"], before[1] + many["red"]]
    end = time.monotonic() + 10
    while counted(watched, key) != expected and time.monotonic() < end:
        time.sleep(0.2)
    assert counted(watched, key) == expected


def test_openfeature_is_noticed_by_the_server(watched: Flagged) -> None:
    before = counted(watched, "posthog-colour")
    api.set_provider(OFREPProvider(watched.live.url, headers_factory=lambda: watched.bearer))
    client = api.get_client()
    seen = {}
    for n in [*range(16), *range(16)]:  # who asks again is not counted again
        said = client.get_string_details("posthog-colour", "none", EvaluationContext(f"openfeature-{n}"))
        seen[f"openfeature-{n}"] = str(said.variant)
    becomes(watched, "posthog-colour", before, seen)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("how", ["asking", "deciding"])
def test_posthog_in_python_says_so(watched: Flagged, how: str) -> None:
    before = counted(watched, "posthog-colour")
    more: dict[str, Any] = {"personal_api_key": watched.token} if how == "deciding" else {}
    client = Posthog(watched.key, host=watched.live.url, flush_interval=0.1, **more)
    seen = {f"{how}-{n}": str(client.get_feature_flag("posthog-colour", f"{how}-{n}")) for n in range(16)}
    client.shutdown()
    becomes(watched, "posthog-colour", before, seen)


@pytest.mark.parametrize("way", ["posthog", "posthog_local"])
def test_posthog_on_a_node_server_says_so(watched: Flagged, way: str) -> None:
    before = counted(watched, "posthog-colour")
    people = [{"id": f"{way}-{n}"} for n in range(10)]
    found = watched.node(way, people, ["posthog-colour"])
    becomes(watched, "posthog-colour", before, {id_: said["posthog-colour"] for id_, said in found.items()})


def test_posthog_in_a_browser_says_so(watched: Flagged, browser: Browser) -> None:
    before = counted(watched, "posthog-colour")
    with site_of(watched.live) as site:
        people = [{"id": f"browser-{n}"} for n in range(10)]
        found, _ = asked(watched, site, browser, "posthog", people, ["posthog-colour"])
    becomes(watched, "posthog-colour", before, {id_: said["posthog-colour"] for id_, said in found.items()})


@pytest.mark.parametrize("said", ["key", "variationId"])
def test_growthbook_in_python_says_so_by_segment(watched: Flagged, segment: Segment, said: str) -> None:
    """Its callback is handed the variant's name and its place in the flag; programs send either."""
    before, seen = counted(watched, "growthbook-colour"), {}

    def notice(experiment: Any, result: Any, user_context: Any) -> None:
        seen[result.hashValue] = result.key
        properties = {"experimentId": experiment.key, "variationId": getattr(result, said)}
        segment.track(result.hashValue, "Experiment Viewed", properties)

    for n in range(16):
        client = growthbook.GrowthBook(
            api_host=watched.live.url, client_key=watched.key, attributes={"id": f"{said}-{n}"},
            on_experiment_viewed=notice,
        )  # fmt: skip
        client.load_features()
        client.get_feature_value("growthbook-colour", "none")
    segment.flush()
    becomes(watched, "growthbook-colour", before, seen)


@pytest.mark.parametrize("way", ["growthbook", "growthbook_remote"])
def test_growthbook_on_a_node_server_says_so_by_segment(watched: Flagged, segment: Segment, way: str) -> None:
    before = counted(watched, "growthbook-colour")
    told = watched.node(way, [{"id": f"{way}-{n}"} for n in range(16)], ["growthbook-colour"])
    for one in told["seen"]:
        segment.track(one["id"], "Experiment Viewed", {"experiment_id": one["flag"], "variation_id": one["index"]})
    segment.flush()
    names = {"#f00": "red", "#00f": "blue"}
    becomes(
        watched, "growthbook-colour", before, {i: names[said["growthbook-colour"]] for i, said in told["found"].items()}
    )


def test_growthbooks_own_plugin_says_so(watched: Flagged) -> None:
    before = counted(watched, "growthbook-colour")
    names = {"#f00": "red", "#00f": "blue"}
    seen = {}
    for n in range(16):
        client = growthbook.GrowthBook(
            api_host=watched.live.url, client_key=watched.key, attributes={"id": f"plugin-{n}", "plan": "pro"},
            plugins=[growthbook_tracking_plugin(ingestor_host=watched.live.url)],
        )  # fmt: skip
        client.load_features()
        seen[f"plugin-{n}"] = names[client.get_feature_value("growthbook-colour", "none")]
        client.destroy()  # sends what has waited
    becomes(watched, "growthbook-colour", before, seen)


def test_growthbooks_own_plugin_on_a_node_server_says_so(watched: Flagged) -> None:
    before = counted(watched, "growthbook-colour")
    found = watched.node("growthbook_plugin", [{"id": f"node-plugin-{n}"} for n in range(16)], ["growthbook-colour"])
    names = {"#f00": "red", "#00f": "blue"}
    becomes(watched, "growthbook-colour", before, {i: names[said["growthbook-colour"]] for i, said in found.items()})
