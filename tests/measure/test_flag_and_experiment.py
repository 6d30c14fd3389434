"""A flag and the experiment on it: what one does must not spoil the other without a word."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.measure.test_run_an_experiment import HERE, stated
from wellheard.measure.flags import services as flags
from wellheard.measure.flags.queries import preview
from wellheard.measure.models import Experiment, Flag
from wellheard.measure.trials import services
from wellheard.people.access import Access

DEALT: dict[str, Any] = {
    "variants": [{"key": "control", "value": "a"}, {"key": "new", "value": "b"}],
    "rules": [{"weights": {"control": 50, "new": 50}}], "otherwise": "control", "off": "control",
}  # fmt: skip


@pytest.fixture
def flag(access: Access) -> Flag:
    return flags.make(access, flags.Plan("button", "string", DEALT))


@pytest.fixture
def running(access: Access, flag: Flag) -> Experiment:
    return services.start(access, services.make(access, stated()))


def test_while_it_runs_the_flag_deals_as_planned_and_can_only_be_switched_off(
    access: Access, flag: Flag, running: Experiment, as_owner: Client
) -> None:
    anew = DEALT | {"rules": [{"weights": {"control": 10, "new": 90}}]}
    with pytest.raises(flags.BadFlag, match="runs on “button”: who has met a variant would be dealt another"):
        flags.change(access, flag, anew)
    assert flags.change(access, flag, name="The button").name == "The button"
    flags.kill(access, flag, "It breaks")
    assert "The flag is switched off: since then" in as_owner.get(f"{HERE}/{running.pk}").content.decode()
    services.stop(access, running, "It breaks")
    assert flags.change(access, flag, anew).definition["rules"][0]["weights"]["new"] == 90


def test_concluded_everybody_gets_what_was_chosen_at_one_press(
    access: Access, flag: Flag, running: Experiment, as_owner: Client
) -> None:
    with pytest.raises(ValueError, match="Conclude it first"):
        services.give_to_all(access, running)
    services.stop(access, running, "Planned end.")
    services.conclude(access, running, "new", "New sells.")
    page = as_owner.get(f"{HERE}/{running.pk}").content.decode()
    assert "deals control 50, new 50 still" in page
    as_owner.post(f"{HERE}/{running.pk}/do", {"do": "give"})
    flag.refresh_from_db()
    assert {preview(flag, f"p{i}").variant for i in range(20)} == {"new"}
    assert "still." not in as_owner.get(f"{HERE}/{running.pk}").content.decode()


def test_an_experiment_by_account_needs_a_flag_that_deals_accounts(access: Access, flag: Flag) -> None:
    with pytest.raises(ValueError, match="Both must be the same"):
        services.start(access, services.make(access, stated(unit="account")))


def test_a_rule_that_was_written_but_not_ticked_is_not_lost(as_owner: Client) -> None:
    form = {
        "key": "beta",
        "otherwise": "off",
        "off": "off",
        "rule-0-share": "100",
        "rule-0-when": "plan is growth",
        "rule-0-serve": "on",
    }
    refused = as_owner.post("/w/acme/measure/flags/new", form).content.decode()
    assert "Rule 1 is filled in but not used" in refused
    assert "plan is growth</textarea>" in refused
    as_owner.post("/w/acme/measure/flags/new", form | {"rule-0-use": "1"})
    made = Flag.objects.get()
    assert len(made.definition["rules"]) == 1
    as_owner.post(f"/w/acme/measure/flags/{made.pk}/edit", form | {"rule-0-was": "1"})
    made.refresh_from_db()
    assert not made.definition.get("rules"), "to untick one that was there takes it out"
