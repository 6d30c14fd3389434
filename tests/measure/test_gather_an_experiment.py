"""From events to the table of an experiment: retold in plain Python on made-up people, and who is left out."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.engine import fresh
from wellheard.measure.did import did, of
from wellheard.measure.experiment import around
from wellheard.measure.experiment.exposure import counted, first_exposures
from wellheard.measure.experiment.gathering import Count, Wanted, gather
from wellheard.store import Store

START = datetime(2026, 3, 2, tzinfo=UTC)
END, WINDOW, BEFORE = START + timedelta(days=30), 7, 14
DAY = timedelta(days=1)
METRICS = [
    Wanted("bought", Count(of("Bought"), "did")), Wanted("orders", Count(of("Bought"))),
    Wanted("spent", Count(of("Bought"), "sum", "price")), Wanted("pro", Count(did("Bought[plan=pro]"), "did")),
    Wanted("a visit", Count(of("Bought")), Count(of("Visited"))), Wanted("soon", Count(of("Bought"), "time")),
]  # fmt: skip


def seen(rng: random.Random, who: str, variant: str, at: datetime) -> dict[str, Any]:
    event, properties = rng.choice([
        ("$feature_flag_called", {"$feature_flag": "clock", "$feature_flag_response": variant}),
        ("Experiment Viewed", {"experimentId": "clock", "variationId": variant}),
        ("Experiment Viewed", {"experiment_id": "clock", "variant_id": variant}),
        ("Flag Evaluated", {"flag": "clock", "variant": variant}),
    ])  # fmt: skip
    return {"type": "track", "userId": who, "event": event, "timestamp": at.isoformat(), "properties": properties}


def lives(seed: int) -> list[dict[str, Any]]:
    rng, told = random.Random(seed), []
    for n in range(60):
        who = f"p{n}"
        mine = rng.choice(["off", "on"])
        for _ in range(rng.randint(0, 3)):
            variant = rng.choice(["off", "on"]) if n % 5 == 0 else mine
            told.append(seen(rng, who, variant, START + rng.uniform(-2, 29.9) * DAY))
        told.append(seen(rng, who, "other", START + DAY))
        for _ in range(rng.randint(0, 25)):
            at = START + rng.uniform(-18, 32) * DAY
            name = rng.choice(["Bought", "Visited", "Slept"])
            properties = {"price": rng.choice([5, 12.5, "7", "none"]), "plan": rng.choice(["pro", "free"])}
            told.append({"type": "track", "userId": who, "event": name, "timestamp": at.isoformat(), "properties": properties})  # fmt: skip
    for row in told:
        # Whole milliseconds, as they are stored.
        at = datetime.fromisoformat(row["timestamp"])
        row["timestamp"] = at.replace(microsecond=at.microsecond // 1000 * 1000).isoformat()
    return told


def retold(told: list[dict[str, Any]]) -> tuple[list[tuple[Any, ...]], list[int]]:
    people: dict[str, list[tuple[datetime, str, dict[str, Any]]]] = {}
    for e in told:
        people.setdefault(e["userId"], []).append((datetime.fromisoformat(e["timestamp"]), e["event"], e["properties"]))
    rows, counts, several, late = [], [0, 0], 0, 0
    for mine in people.values():
        views = []
        for at, _, p in mine:
            flag = p.get("flag") or p.get("$feature_flag") or p.get("experimentId") or p.get("experiment_id")
            arm = p.get("variant") or p.get("$feature_flag_response") or p.get("variationId") or p.get("variant_id")
            if flag == "clock" and arm in ("off", "on") and START <= at < END:
                views.append((at, ["off", "on"].index(arm)))
        if not views:
            continue
        if len({arm for _, arm in views}) > 1:
            several += 1
            continue
        t, arm = min(views)
        counts[arm] += 1
        if t + WINDOW * DAY > END:
            late += 1
            continue
        row: list[Any] = [arm]
        for a, b in ((t, t + WINDOW * DAY), (t - BEFORE * DAY, t)):
            bought = [(at, p) for at, e, p in mine if e == "Bought" and a <= at < b]
            price = sum(float(p["price"]) for _, p in bought if p["price"] != "none")
            visits = sum(e == "Visited" and a <= at < b for at, e, _ in mine)
            pro = any(p["plan"] == "pro" for _, p in bought)
            row += [float(bool(bought)), len(bought), price, float(pro), visits]
            if a == t:
                row.append((min(at for at, _ in bought) - t) / DAY if bought else None)
        rows.append(tuple(round(x, 6) if x is not None else -1.0 for x in row))
    return sorted(rows), [*counts, several, late]


def gathered(store: Store, workspace: int, metrics: list[Wanted] = METRICS) -> tuple[Any, Any]:
    return gather(store, workspace, "clock", ["off", "on"], START, END, metrics, "person", WINDOW, BEFORE)


def test_how_much_is_read_at_once_changes_nothing(event_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    events = fresh()
    events.send(*lives(3))
    more = [*METRICS, Wanted("any", Count(did("*"))), Wanted("two", Count(did("Bought[plan=pro] | Visited"), "did"))]
    whole, counts = gathered(event_store, events.workspace, more)
    assert whole.values["any"].sum() > whole.values["orders"].sum()
    assert 0 < whole.values["two"].mean() < 1
    for name, value in (("PIECE", 7), ("FEW", 0), ("DENSE", 0)):
        monkeypatch.setattr(around, name, value)
        again, same = gathered(event_store, events.workspace, more)
        assert same == counts
        for held in ("values", "denominators", "censored"):
            for key, column in getattr(whole, held).items():
                np.testing.assert_allclose(getattr(again, held)[key], column)
        np.testing.assert_allclose(again.before["a visit"], whole.before["a visit"])
        assert np.array_equal(again.arm, whole.arm)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_table_is_what_people_did_around_their_first_exposure(event_store: Store, seed: int) -> None:
    told = lives(seed)
    events = fresh()
    events.send(*told)
    table, exposed = gathered(event_store, events.workspace)
    theirs, counts = retold(told)
    soon = np.where(table.censored["soon"], -1, table.values["soon"])
    mine = [
        table.arm,
        *(table.values[k] for k in ("bought", "orders", "spent", "pro")),
        table.denominators["a visit"],
        soon,
    ]
    early = [*(table.before[k] for k in ("bought", "orders", "spent", "pro")), table.before["a visit"][1]]
    assert sorted(zip(*(np.round(c.astype(float), 6).tolist() for c in (*mine, *early)), strict=True)) == theirs
    assert [*exposed.counts, exposed.several, exposed.late] == counts
    assert exposed.several > 0
    assert exposed.late > 0


def test_what_libraries_call_a_variant_is_understood(event_store: Store) -> None:
    """PostHog says true for on; GrowthBook may say the place of the variant in the flag, whatever the plan's order."""
    events = fresh()
    at = (START + DAY).isoformat()
    for who, event, properties in (
        ("ann", "$feature_flag_called", {"$feature_flag": "clock", "$feature_flag_response": True}),
        ("bo", "$feature_flag_called", {"$feature_flag": "clock", "$feature_flag_response": False}),
        ("cy", "Experiment Viewed", {"experimentId": "clock", "variationId": 0}),
        ("di", "Experiment Viewed", {"experiment_id": "clock", "variation_id": "1"}),
        ("ed", "Experiment Viewed", {"experiment_id": "clock", "variation_id": 2}),
        ("flo", "$feature_flag_called", {"$feature_flag": "clock", "$feature_flag_response": "0"}),
    ):
        events.send({"type": "track", "userId": who, "event": event, "timestamp": at, "properties": properties})
    plan = ["off", "on"]
    _, exposed = gather(event_store, events.workspace, "clock", plan, START, END, METRICS, numbered=["on", "off"])
    assert exposed.counts == (2, 2)  # bo, di; ann, cy
    _, exposed = gather(event_store, events.workspace, "clock", ["off", "on", "new"], START, END, METRICS, numbered=["new", "on", "off"])  # fmt: skip
    assert exposed.counts == (2, 2, 1)  # bo, ed; ann, di; cy


def test_whole_accounts_and_people_merged(event_store: Store) -> None:
    events = fresh()

    def did(who: str, event: str, hours: float, account: str = "", **properties: Any) -> dict[str, Any]:
        at = (START + timedelta(days=5, hours=hours)).isoformat()
        context = {"groupId": account} if account else {}
        return {"type": "track", "userId": who, "event": event, "timestamp": at, "properties": properties, "context": context}  # fmt: skip

    events.send(
        did("ann", "Flag Evaluated", 0, "lind", flag="clock", variant="on"),
        did("bo", "Bought", 1, "lind", price=5), did("bo", "Bought", -1, "lind", price=2),
        did("cy", "Flag Evaluated", 0, "berg", flag="clock", variant="off"),
        did("cy", "Bought", 2), did("di", "Bought", 3, "berg", price=7),
    )  # fmt: skip
    table, exposed = gather(event_store, events.workspace, "clock", ["off", "on"], START, END, METRICS, "account", WINDOW)  # fmt: skip
    assert exposed.counts == (1, 1)
    found = dict(zip(table.arm.tolist(), zip(table.values["spent"], table.before["spent"], strict=True), strict=True))
    assert found == {1: (5.0, 2.0), 0: (7.0, 0.0)}
    table, _ = gather(event_store, events.workspace, "clock", ["off", "on"], START, END, METRICS, "person", WINDOW)
    assert sorted(zip(table.arm.tolist(), table.values["orders"].tolist(), strict=True)) == [(0, 1.0), (1, 0.0)]
    before = did("", "Bought", 4)
    del before["userId"]
    events.send(before | {"anonymousId": "a-visitor"}, did("ann", "Signed in", 5) | {"anonymousId": "a-visitor"})
    table, exposed = gather(event_store, events.workspace, "clock", ["off", "on"], START, END, METRICS, "person", WINDOW)  # fmt: skip
    assert exposed.counts == (1, 1)
    assert sorted(zip(table.arm.tolist(), table.values["orders"].tolist(), strict=True)) == [(0, 1.0), (1, 1.0)]


def test_nobody_saw_it(event_store: Store) -> None:
    events = fresh()
    table, exposed = gather(event_store, events.workspace, "clock", ["off", "on"], START, END, METRICS)
    assert len(table.arm) == 0
    assert exposed.counts == (0, 0)
    assert set(table.values) == {m.key for m in METRICS}
    with pytest.raises(ValueError, match="after the start"):
        gather(event_store, events.workspace, "clock", ["off", "on"], END, START, METRICS)


def test_T36_several_variants_late_ones_and_bots_are_left_out_and_counted() -> None:
    unit, variant = np.array([1, 1, 2, 2, 3, 4, 5]), np.array([0, 0, 1, 0, 1, 1, 0])
    time, bot = np.array([5, 3, 1, 2, 95, 4, 4]), np.array([0, 0, 0, 0, 0, 1, 0], bool)
    first = first_exposures(unit, variant, time, bot)
    inside, exposed = counted(first, 2, end=100, window=10)
    assert first.unit[inside].tolist() == [1, 5]
    assert first.time[inside].tolist() == [3, 4]
    assert (exposed.counts, exposed.several, exposed.late, exposed.bots) == ((2, 1), 1, 1, 1)
    assert exposed.warns
    assert "more than one in a hundred" in exposed.words
