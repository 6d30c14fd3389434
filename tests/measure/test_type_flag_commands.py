"""`wellheard flag …` and the API of flags: what a person types, and what a script of theirs sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import Town
from tests.console.test_api import Api
from wellheard.commands.answer import Answer
from wellheard.commands.flags import flag as commands
from wellheard.core.models import Entry
from wellheard.measure.models import Flag
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces

HALF = {"rules": [{"share": 50, "serve": "on"}]}
PRO = {"rules": [{"when": [{"what": "trait", "trait": "plan", "values": ["pro"]}], "serve": "on"}]}
COLOURS = {"variants": [{"key": "red", "value": "#f00", "weight": 40}, {"key": "blue", "value": "#00f", "weight": 60}], "rules": [{}]}  # fmt: skip


@pytest.fixture
def typed(access: Access, town: Town) -> Any:
    def answer(*words: str) -> Answer:
        """What it gives back; a refusal in its words, without data."""
        said = CliRunner().invoke(commands, [*words, "--workspace", access.workspace.slug], standalone_mode=False)
        return Answer(None, str(said.exception)) if said.exception else said.return_value

    return answer


def test_a_flag_is_made_changed_and_read(typed: Any, access: Access) -> None:
    assert typed("list").data == {"flags": []}
    assert typed("make", "beta").text == "beta: active, version 1\n“off” for everybody"
    made = typed("make", "colour", "--kind", "string", "--definition", json.dumps(COLOURS), "--algorithm", "growthbook",
                 "--unit", "account", "--name", "Colour of the bar")  # fmt: skip
    assert made.text == "colour: active, version 1\ndealt red 40 % / blue 60 %; otherwise “blue”"
    assert (made.data["algorithm"], made.data["unit"], made.data["name"]) == ("growthbook", "account", "Colour of the bar")  # fmt: skip
    changed = typed("change", "beta", "--definition", json.dumps(HALF), "--seen", "1", "--reason", "a first half")
    assert changed.text == "beta: active, version 2\n“on” for 50 % of people; otherwise “off”"
    renamed = typed("change", "beta", "--name", "Beta", "--description", "For the bold")
    assert renamed.data["definition"] == changed.data["definition"], "what is not named stays"
    shown = typed("show", "beta")
    assert [h["did"] for h in shown.data["history"]] == ["changed", "changed", "made"]
    assert "a first half" in shown.text
    assert '"share": 50' in shown.text
    listed = typed("list")
    assert [line.split()[0] for line in listed.text.splitlines()[-2:]] == ["beta", "colour"]
    assert [f["key"] for f in typed("list", "--search", "bold").data["flags"]] == ["beta"]
    assert Entry.objects.filter(verb__startswith="flag.").count() >= 4


def test_switches_and_the_archive(typed: Any) -> None:
    typed("make", "beta", "--definition", json.dumps(HALF))
    assert typed("kill", "beta", "--reason", "it burns").text.startswith("beta: off, version 2")
    assert [f["state"] for f in typed("list", "--state", "off").data["flags"]] == ["off"]
    assert typed("list", "--state", "active").data == {"flags": []}
    assert typed("revive", "beta").text.startswith("beta: active")
    typed("change", "beta", "--definition", json.dumps(PRO))
    assert "50 %" in typed("back", "beta", "1").text
    assert typed("archive", "beta").text.startswith("beta: archived")
    assert typed("list").data == {"flags": []}
    assert "is in the archive" in typed("evaluate", "beta", "--person", "ann").text
    assert typed("restore", "beta").text.startswith("beta: active")


def test_what_a_person_would_get_and_why(typed: Any) -> None:
    typed("make", "gate", "--definition", json.dumps(PRO))
    typed("make", "half", "--definition", json.dumps(HALF))
    assert typed("evaluate", "gate", "--person", "who").text == "off: No rule holds for them."
    found = typed("evaluate", "gate", "--person", "who", "--traits", '{"plan": "PRO"}')
    assert (found.data["variant"], found.data["value"]) == ("on", True)
    assert found.data["reason"] == "TARGETING_MATCH"
    first = [typed("evaluate", "half", "--person", f"u{n}").data["variant"] for n in range(12)]
    assert set(first) == {"on", "off"}
    assert first == [typed("evaluate", "half", "--person", f"u{n}").data["variant"] for n in range(12)]


def test_what_cannot_be_done_says_why(typed: Any) -> None:
    typed("make", "beta")
    for words, says in (
        (("show", "gamma"), "No flag “gamma” in"),
        (("make", "beta"), "beta"),
        (("make", "a b"), "letters"),
        (("make", "new", "--definition", "{"), "The definition is not JSON"),
        (("make", "new", "--definition", "[]"), "A definition is an object"),
        (("make", "new", "--definition", '{"rules": [{"share": 120}]}'), "between 0 and 100"),
        (("make", "new", "--kind", "string"), "Between 1 and"),
        (("change", "beta", "--seen", "7"), "meanwhile"),
        (("back", "beta", "9"), "9"),
        (("evaluate", "beta", "--traits", "[]"), "Traits are an object"),
    ):
        said = typed(*words)
        assert says in said.text, words
        assert said.data is None, words
    assert list(Flag.objects.values_list("key", "version")) == [("beta", 1)]


def test_a_script_does_the_same(access: Access, town: Town) -> None:
    api = Api(workspaces.make_token(access, "script", Role.EDITOR)[1])
    status, made = api.post("flags", {"key": "gate", "definition": PRO, "name": "The gate"})
    assert (status, made["state"], made["version"]) == (201, "active", 1)
    here = f"flags/{made['id']}"
    assert api.post("flags", {"key": "gate"})[0] == 422
    assert api.post("flags", {"key": "odd", "kind": "colour"})[0] == 422
    assert api.get("flags", state="nowhere")[0] == 422
    assert api.get("flags", search="gate", state="active")[1]["flags"][0]["serves"] == "“on” where plan is pro; otherwise “off”"  # fmt: skip
    assert api.get(f"{here}/preview", person="who")[1]["why"] == "No rule holds for them."
    assert api.post(here, {"definition": HALF, "seen": 1, "reason": "wider"})[1]["version"] == 2
    assert api.post(here, {"definition": PRO, "seen": 1})[0] == 422, "somebody changed it meanwhile"
    assert api.post(f"{here}/do", {"do": "kill", "reason": "it burns"})[1]["state"] == "off"
    assert api.get(f"{here}/preview", person="who")[1]["reason"] == "DISABLED"
    assert api.post(f"{here}/do", {"do": "back", "version": 1})[1]["definition"]["rules"] == made["definition"]["rules"]
    assert api.post(f"{here}/do", {"do": "dance"})[0] == 422
    history = api.get(here)[1]["history"]
    assert [h["did"] for h in history][-1] == "made"
    assert "it burns" in [h["reason"] for h in history]
    assert api.get("flags/999999")[0] == 404
    viewer = Api(workspaces.make_token(access, "eyes", Role.VIEWER)[1])
    assert viewer.get(here)[0] == 200
    assert viewer.post(f"{here}/do", {"do": "revive"})[0] == 403
