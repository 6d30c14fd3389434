"""Unchanged server libraries from npm send to a live server; everything is counted once."""

from __future__ import annotations

import pytest

from tests.clients.live import Live

NAME = "Report Opened"


@pytest.mark.parametrize("library", ["segment", "rudder", "posthog"])
def test_a_node_library_is_counted_once(live: Live, library: str) -> None:
    live.node(library, NAME)
    live.settled(NAME, (41, 4, 1))
    person = live.person("node-1")
    assert person["email"].endswith("-1@shop.example")
    assert person["name"].split()[0] in ("Nina", "Rita", "Petra")


def test_jitsu_sends_from_a_server(live: Live) -> None:
    live.node("jitsu", NAME)
    live.settled(NAME, (41, 1, 1))
    assert live.person("node-1")["name"] == "Jim Jitsu"
