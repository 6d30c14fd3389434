"""Segments as programs and the command line use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.people.models import Role, Segment, Workspace
from wellheard.people.segments.evaluation import forget
from wellheard.people.services.workspaces import Made, create_workspace, make_token
from wellheard.store import Store

BUYS = {"what": "role", "role": "buys"}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


class Api:
    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        url = f"/api/segments{path}"
        if body is None:
            reply = getattr(self.client, method)(url, query)
        else:
            reply = getattr(self.client, method)(url, json.dumps(body), content_type="application/json")
        return reply.status_code, reply.json() if reply.content else None


@pytest.fixture
def api(made: Made, town: Town, event_store: Store) -> Api:
    return Api(made.api_token)


def test_a_program_makes_reads_changes_and_deletes_a_segment(api: Api, town: Town) -> None:
    status, made = api("post", "", {"name": "Buyers", "of": "people", "rule": BUYS})
    assert (status, made["size"], made["live"], made["words"]) == (201, 2, True, "buys in an account")
    status, members = api("get", f"/{made['id']}/members", limit=1)
    assert (status, members["total"]) == (200, 2)
    assert members["members"] == [
        {"id": town.otto.pk, "external_id": "otto", "email": "otto@shop.example", "name": "Otto Owner"}
    ]
    assert [m["id"] for m in api("get", f"/{made['id']}/members", after=town.otto.pk)[1]["members"]] == [town.nora.pk]
    rule = {"match": "all", "of": [{"what": "role", "role": "uses"}, BUYS]}
    status, changed = api("put", f"/{made['id']}", {"rule": rule})
    assert (status, changed["size"], changed["name"]) == (200, 1, "Buyers")
    status, frozen = api("post", "", {"name": "Then", "of": "people", "freeze": made["id"]})
    assert (status, frozen["size"], frozen["live"], frozen["rule"]) == (201, 1, False, None)
    status, listed = api("post", "", {"name": "Both", "of": "accounts", "members": ["lind", "Fjord Cycles"]})
    assert (status, listed["size"]) == (201, 2)
    assert [s["name"] for s in api("get", "")[1]["segments"]] == ["Both", "Buyers", "Then"]
    assert api("get", f"/{listed['id']}/members")[1]["members"][0] == {
        "id": town.lind.pk, "external_id": "lind", "name": "Bäckerei Lind",
    }  # fmt: skip
    assert api("delete", f"/{made['id']}") == (204, None)
    assert api("get", f"/{made['id']}")[0] == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "X", "of": "people"}, "Give one of"),
        ({"name": "X", "of": "people", "rule": BUYS, "members": ["ann"]}, "Give one of"),
        ({"name": "X", "of": "plants", "rule": BUYS}, "of:"),
        ({"name": "X", "of": "people", "rule": {"what": "role", "role": "owns"}}, "Condition 1 (Role in an account)"),
        ({"name": "X", "of": "people", "members": ["ann", "zoe"]}, "zoe"),
        ({"name": "", "of": "people", "rule": BUYS}, "needs a name"),
        ({"name": "X", "of": "people", "rule": BUYS, "color": "red"}, "color"),
    ],
)
def test_what_cannot_be_made_is_refused_in_json(api: Api, body: Any, words: str) -> None:
    status, told = api("post", "", body)
    assert (status, told["code"]) == (422, "unusable")
    assert words in told["message"]
    assert not Segment.objects.exists()


def test_a_token_reaches_its_own_workspace_and_role_only(api: Api, access: Any, workspace: Workspace) -> None:
    rival = create_workspace("rival", "Rival").workspace
    foreign = Segment.objects.create(workspace=rival, name="Theirs", of="people", rule=BUYS)
    for method, path, body in (
        ("get", "", None), ("get", "/members", None), ("put", "", {"name": "Mine"}), ("delete", "", None),
    ):  # fmt: skip
        assert api(method, f"/{foreign.pk}{path}", body)[0] == 404
    assert api("post", "", {"name": "X", "of": "people", "freeze": foreign.pk})[0] == 404
    assert api("post", "", {"name": "X", "of": "people", "rule": {"what": "segment", "segment": foreign.pk}})[0] == 422
    reader = Api(make_token(access, "reader", Role.VIEWER)[1])
    assert reader("get", "") == (200, {"segments": []})
    assert reader("post", "", {"name": "X", "of": "people", "rule": BUYS})[0] == 403


def typed(*argv: str) -> tuple[int, Any, str]:
    code, out, err = run(["segment", *argv, "--workspace", "acme", "--json"])
    return code, json.loads(out) if out else None, err


def test_segments_on_the_command_line(town: Town, event_store: Store, tmp_path: Path) -> None:
    code, made, _ = typed("create", "Buyers", "--rule", json.dumps(BUYS))
    assert (code, made["size"]) == (0, 2)
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({"what": "pays", "at_least": 100}))
    assert typed("create", "Large", "--of", "accounts", "--rule-file", str(file))[1]["size"] == 1
    file.write_text("ann\nnora@shop.example\n")
    assert typed("create", "Round", "--list", str(file))[1]["live"] is False
    assert typed("create", "Then", "--freeze", "buyers")[1]["size"] == 2
    assert [s["name"] for s in typed("list")[1]["segments"]] == ["Buyers", "Large", "Round", "Then"]
    assert typed("show", "large")[1]["words"] == "pays at least 100 EUR a month"
    code, members, _ = typed("members", "Round")
    assert (members["total"], [m["external_id"] for m in members["members"]]) == (2, ["ann", "nora"])
    assert len(typed("members", "Round", "--limit", "1")[1]["members"]) == 1
    code, plain, _ = run(["segment", "members", "Large", "--workspace", "acme"])
    assert "Fjord Cycles" in plain
    assert typed("delete", "round")[0] == 0
    for argv, words in (
        (("show", "round"), "no segment 'round'"),
        (("create", "X"), "Give one of"),
        (("create", "X", "--rule", "{"), "not JSON"),
        (("create", "X", "--rule", '{"what": "x"}'), "Condition 1: 'x' is no kind"),
        (("create", "Buyers", "--rule", json.dumps(BUYS)), "already"),
        (("create", "X", "--rule-file", "nowhere.json"), "no file"),
    ):
        code, _, err = typed(*argv)
        assert code == 1
        assert words in err
