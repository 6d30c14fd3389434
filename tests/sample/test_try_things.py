"""What the sample says was tried: dealt fairly by the flag itself, and with the effect that TRUTH.md names."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from wellheard.measure.models import Flag
from wellheard.sample.tally import World, simulate
from wellheard.sample.trying import BUTTON, SAVED, SAVES_MORE, SHARING, Try, happened
from wellheard.store import Row

DEALT = {
    "variants": [{"key": "control", "value": "control"}, {"key": "new", "value": "new"}],
    "rules": [{"share": 100, "weights": {"control": 50, "new": 50}}], "otherwise": "control", "off": "control",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(7, date(2026, 11, 19))


def rows_of(tried: Try, world: World) -> list[Row]:
    return list(happened(tried, world, Flag(pk=1, key=tried.flag, kind="string", definition=DEALT)))


def test_everybody_meets_one_variant_and_as_many_meet_either(world: World) -> None:
    for tried in (BUTTON, SHARING):
        met = [row for row in rows_of(tried, world) if row.name == "Flag Evaluated"]
        assert len({row.user for row in met}) == len(met) > 2_000
        new = sum(json.loads(row.properties)["variant"] == "new" for row in met)
        assert abs(new - len(met) / 2) < 3 * (len(met) / 4) ** 0.5


def test_from_then_on_those_with_the_button_save_that_much_more(world: World) -> None:
    rows = rows_of(BUTTON, world)
    variant = {row.user: json.loads(row.properties)["variant"] for row in rows if row.name == "Flag Evaluated"}
    begin = {row.user: row.time for row in rows if row.name == "Flag Evaluated"}
    opened, opener = world.events.names.index("Report Opened"), world.events
    looked = dict.fromkeys(("control", "new"), 0)
    for person, time in zip(
        opener.person[opener.name == opened].tolist(),
        opener.time[opener.name == opened].astype("int64").tolist(),
        strict=True,
    ):
        who = world.people[person].id
        if who in variant and time >= begin[who]:
            looked[variant[who]] += 1
    saved = dict.fromkeys(looked, 0)
    for row in rows:
        if row.name == SAVED and row.user in begin and row.time - 45_000 >= begin[row.user]:
            saved[variant[row.user]] += 1
    each = {key: saved[key] / looked[key] for key in looked}
    assert np.isclose(each["new"] / each["control"], SAVES_MORE, atol=0.06)
