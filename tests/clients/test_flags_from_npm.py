"""Unchanged libraries from npm, on servers and in browsers: whoever decides about a flag, 200 people get the same."""

from __future__ import annotations

import pytest

from tests.clients.flagged import PEOPLE, Answers, Flagged, as_posthog, names, picked


def test_openfeature_on_a_node_server(shop: Flagged, told: Answers) -> None:
    few = PEOPLE[:40]
    assert shop.node("openfeature", few, names()) == picked(told, names(), few)
    colours = [k for k in names() if k.endswith("-colour")]
    assert shop.node("openfeature", PEOPLE, colours) == picked(told, colours)


def test_posthog_on_a_node_server(shop: Flagged, told: Answers) -> None:
    found = shop.node("posthog", PEOPLE, names("posthog"))
    assert picked(found, names()) == as_posthog(picked(told, names()))


def test_posthog_on_a_node_server_decides_by_itself(shop: Flagged, told: Answers) -> None:
    own = [k for k in names("posthog") if k != "posthog-dealt"]
    found = shop.node("posthog_local", PEOPLE, names("posthog"))
    assert picked(found, own) == as_posthog(picked(told, own))


@pytest.mark.parametrize("algorithm", ["growthbook", "growthbook1"])
def test_growthbook_on_a_node_server(shop: Flagged, told: Answers, algorithm: str) -> None:
    said = shop.node("growthbook", PEOPLE, names(algorithm))
    assert said["found"] == picked(told, names(algorithm))


def test_growthbook_lets_the_server_decide(shop: Flagged, told: Answers) -> None:
    said = shop.node("growthbook_remote", PEOPLE, names())
    assert said["found"] == picked(told, names())
