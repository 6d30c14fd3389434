"""A product manager makes a flag by form, sees who gets what and why, switches it off and takes that back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.console import flag_form
from wellheard.measure.flags.conditions import Segment
from wellheard.measure.flags.definition import BadFlag, decode
from wellheard.measure.models import Flag
from wellheard.people.access import Access

HERE = "/w/acme/measure/flags/"
RULE = {
    "rule-0-use": "1",
    "rule-0-when": "plan is pro, team\nperson is ann",
    "rule-0-share": "50",
    "rule-0-serve": "on",
    "otherwise": "off",
    "off": "off",
}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_make_change_and_switch_by_form(as_owner: Client, access: Access, town: Town) -> None:
    assert "No flags yet" in text(as_owner.get(HERE))
    made = as_owner.post(
        f"{HERE}new",
        {"key": "new-editor", "name": "The editor", "unit": "person", "algorithm": "posthog"} | RULE,
        follow=True,
    )
    flag = Flag.objects.get(key="new-editor")
    assert flag.definition["rules"][0]["share"] == 50
    assert "plan is pro, team" in text(made)
    edit = text(as_owner.get(f"{HERE}{flag.pk}/edit"))
    assert "person is ann" in edit
    as_owner.post(
        f"{HERE}{flag.pk}/edit",
        RULE | {"rule-0-when": "person is ann", "rule-0-share": "100", "seen": "1", "name": "The editor"},
    )
    seen = text(as_owner.get(f"{HERE}{flag.pk}", {"person": "ann"}))
    assert "Rule 1: person is ann." in seen
    stale = as_owner.post(f"{HERE}{flag.pk}/edit", RULE | {"seen": "1"})
    assert "Somebody changed this flag meanwhile" in text(stale)
    assert "Switch on again" in text(as_owner.post(f"{HERE}{flag.pk}/do", {"do": "kill"}, follow=True))
    assert "The flag is switched off." in text(as_owner.get(f"{HERE}{flag.pk}", {"person": "ann"}))
    as_owner.post(f"{HERE}{flag.pk}/do", {"do": "revive"})
    as_owner.post(f"{HERE}{flag.pk}/do", {"do": "back", "version": "1"})
    flag.refresh_from_db()
    assert (flag.version, flag.killed_at, flag.definition["rules"][0]["share"]) == (5, None, 50)
    as_owner.post(f"{HERE}{flag.pk}/do", {"do": "archive"})
    assert "new-editor" not in text(as_owner.get(HERE, {"search": "editor"}))
    assert "new-editor" in text(as_owner.get(HERE, {"state": "archived"}))


def test_a_split_by_form(as_owner: Client, access: Access) -> None:
    form = {
        "key": "colour", "variant-0-key": "red", "variant-0-value": "2", "variant-0-weight": "20", "variant-1-key": "blue", "variant-1-value": "2.5",
        "variant-1-weight": "80", "rule-0-use": "1", "rule-0-share": "100", "rule-0-serve": "",
    }  # fmt: skip
    as_owner.post(f"{HERE}new?kind=number", form)
    assert [v["value"] for v in Flag.objects.get().definition["variants"]] == [2.0, 2.5]
    wrong = text(as_owner.post(f"{HERE}new?kind=number", form | {"key": "size", "variant-1-weight": "70"}))
    assert "add up to 90" in wrong
    assert 'value="70"' in wrong, "what was typed stays"
    assert "must be a number" in text(
        as_owner.post(f"{HERE}new?kind=number", form | {"key": "size", "variant-0-value": "x"})
    )
    assert text(as_owner.get(f"{HERE}new?kind=number")).count("fieldset") >= 4


LINES = ["plan is pro, team", "plan is not free", 'city is "Berlin, West"', "seats is at least 5", "mail ends with @acme.test", "plan is set",
         "plan is not set", "since is before 2026-01-01", "account.size is more than 10", "person is ann, bo", "account is acme",
         "in Trial users", "not in Trial users", "mail does not contain acme"]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_conditions_are_read_as_they_are_written(line: str) -> None:
    raw = flag_form.condition(line, {"trial users": 7})
    asked = decode("boolean", {"rules": [{"serve": "on", "when": [raw]}]})
    assert flag_form.line_of(asked.rules[0].when[0], {7: "Trial users"}) == line
    assert not isinstance(asked.rules[0].when[0], Segment) or raw["segment"] == 7


@pytest.mark.parametrize(("line", "says"), [("plan pro", "is no condition"), ("in Nowhere", "no segment “Nowhere”")])
def test_what_is_no_condition_says_so(line: str, says: str) -> None:
    with pytest.raises(BadFlag, match=says):
        flag_form.condition(line, {})
