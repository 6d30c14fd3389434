"""Looking after events in the console: how to connect, what arrives, what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.engine import Events
from wellheard.console.views.settings_recipes import HOST, KEY, RECIPES
from wellheard.listen.intake import Intake
from wellheard.listen.intake.arrival import Arrival
from wellheard.listen.intake.body import from_dict
from wellheard.listen.intake.live import KEPT, Live, live
from wellheard.listen.intake.messages import Reading
from wellheard.listen.intake.rules import Rules
from wellheard.listen.models import IntakeRules
from wellheard.people.keys import look_up
from wellheard.people.models import Workspace
from wellheard.people.services.workspaces import Made
from wellheard.store import Store


@pytest.fixture
def send(made: Made, event_store: Store) -> Any:
    from tests.listen.wire import Wire

    wire = Wire(Events(event_store, made.workspace.pk))
    wire.intake = Intake(wire._behind, look_up, lambda: event_store, live=live)

    def said(*messages: dict[str, Any]) -> None:
        assert wire.send("/v1/batch", {"batch": list(messages)}, key=made.write_key).status == 200

    return said


def test_nothing_has_arrived_yet(as_owner: Client, made: Made, event_store: Store) -> None:
    page = as_owner.get("/w/acme/settings/live").content.decode()
    assert "Nothing has arrived yet" in page
    assert f"curl http://testserver/v1/track -u {made.write_key}:" in page
    assert 'hx-trigger="every 2s"' in page


def test_events_as_they_arrive(as_owner: Client, send: Any) -> None:
    send(
        {"type": "track", "userId": "ann", "event": "Bought", "properties": {"x": "<script>alert(1)</script>", "y": "z" * 900}},
        {"type": "track", "userId": "bob", "event": "Late", "timestamp": "9999-01-01", "context": {"groupId": "acme"}},
        {"type": "track", "anonymousId": "d-1", "event": "$pageleave"},
        {"type": "identify", "userId": "ann", "traits": {"plan": "pro", "password": "hunter2"}},
        {"type": "track", "userId": "guest", "event": "Nobody"},
    )  # fmt: skip
    page = as_owner.get("/w/acme/settings/live").content.decode()
    for text in ("Bought", "Late", "ann", "acme", "identify", "pro", "neither a usable userId nor an anonymousId",
                 "time of receipt, for 9999-01-01 is no usable time", "sent by the library itself", "anonymous",
                 "4 accepted", "1 refused"):  # fmt: skip
        assert text in page, text
    assert "<script>alert" not in page
    assert "hunter2" not in page
    assert "z" * 300 not in page
    part = as_owner.get("/w/acme/settings/live?show=refused", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<section")
    assert "neither a usable" in part
    assert "Bought" not in part
    found = as_owner.get("/w/acme/settings/live?q=LATE&paused=1").content.decode()
    assert "Late" in found
    assert "Bought" not in found
    assert "hx-trigger" not in found
    assert "Nothing like that" in as_owner.get("/w/acme/settings/live?q=nobodysaidthis").content.decode()
    accepted = as_owner.get("/w/acme/settings/live?show=accepted").content.decode()
    assert "neither a usable" not in accepted


def test_what_was_refused_before_a_restart_is_shown_too(as_owner: Client, send: Any, workspace: Workspace) -> None:
    send({"type": "track", "userId": "guest", "event": "Nobody"})
    from wellheard import store

    store.get().flush()
    live._told.pop(workspace.pk)
    assert "neither a usable" in as_owner.get("/w/acme/settings/live").content.decode()


def test_memory_is_bounded() -> None:
    seen = Live()
    for n in range(3):
        arrival = Arrival(Reading("web", n), Rules(frozenset()))
        for at in range(150):
            row = {"type": "track", "userId": "ann", "event": f"E{at}", "properties": {"x": "x" * 100_000}}
            arrival.take(from_dict(row))
        seen.note(1, "web", n, arrival)
    newest = seen.newest(1)
    assert len(newest) == KEPT
    assert (newest[0].received, newest[0].row.name) == (2, "E149")
    assert sum(len(s.row.properties) for s in newest) <= KEPT * 2_000
    assert len(seen.of(1).groups) == 2
    assert seen.of(1).accepted == 450
    for n in range(2, 700):
        seen.of(n)
    assert len(seen._told) <= 500


def test_rules_on_the_page(as_owner: Client, workspace: Workspace) -> None:
    said = {"own_networks": "203.0.113.0/24\n\n", "own_hosts": "localhost\n*.staging.example.com", "exclude_bots": "on",
            "drop_properties": "birthday", "account_group": "team"}  # fmt: skip
    reply = as_owner.post("/w/acme/settings/rules", said, follow=True)
    assert "The rules hold" in reply.content.decode()
    held = IntakeRules.objects.get(workspace=workspace)
    assert held.own_hosts == ["localhost", "*.staging.example.com"]
    assert (held.exclude_bots, held.own_networks, held.account_group) == (True, ["203.0.113.0/24"], "team")
    page = as_owner.get("/w/acme/settings/rules").content.decode()
    assert "*.staging.example.com" in page
    assert "checked" in page
    wrong = as_owner.post("/w/acme/settings/rules", said | {"own_networks": "nonsense"})
    assert wrong.status_code == 422
    assert "is no network" in wrong.content.decode()
    assert "nonsense</textarea>" in wrong.content.decode(), "what was written stays"
    assert IntakeRules.objects.get(workspace=workspace).own_networks == ["203.0.113.0/24"]


def test_how_to_connect_each_library(as_owner: Client, as_viewer: Client, made: Made) -> None:
    page = as_owner.get("/w/acme/settings/connect").content.decode()
    for recipe in RECIPES:
        assert recipe.name in page
    assert page.count(made.write_key) >= 2 * len(RECIPES)
    assert "http://testserver" in page
    assert KEY not in page
    assert HOST not in page
    assert as_viewer.get("/w/acme/settings/connect").status_code == 403
    assert as_viewer.get("/w/acme/settings/live").status_code == 403


def test_the_docs_say_the_same() -> None:
    told = (Path(__file__).parents[2] / "docs/sdks.md").read_text()
    for recipe in RECIPES:
        assert f"### {recipe.name}\n" in told
        assert f"\n{recipe.code}\n```" in told, recipe.name
