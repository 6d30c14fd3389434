"""An experiment from its plan to what was learned: locked at the start, looked at, stopped with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from tests.console.test_api import Api
from tests.engine import Events
from wellheard.commands.experiments import experiment as commands
from wellheard.core.models import Entry
from wellheard.measure.flags import services as flags
from wellheard.measure.models import Experiment, Look
from wellheard.measure.trials import looking, services
from wellheard.measure.trials.plan import MetricPlan
from wellheard.measure.trials.plan import Plan as Stated
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces
from wellheard.store import Store

HERE = "/w/acme/measure/experiments"
FORM = {
    "name": "Green button", "hypothesis": "Green is seen sooner.", "flag": "button", "variants": "control 50\nnew 50", "unit": "person",
    "method": "spending", "alpha": "0.05", "planned_total": "400", "window_days": "7", "before_days": "7", "bet": "",
    "event-0": "Bought", "kind-0": "mean", "wanted-0": "up", "role-0": "primary", "margin-0": "0.05",
    "event-1": "Failed", "kind-1": "mean", "wanted-1": "down", "role-1": "guardrail", "margin-1": "0.1",
}  # fmt: skip


def lived(access: Access, store: Store, lift: float, people: int = 400, new: int | None = None) -> None:
    """Everybody saw the button 10 days ago, after the start; the half that saw the new one buy `lift` times as much."""
    Experiment.objects.filter(workspace=access.workspace).update(started_at=timezone.now() - timedelta(days=11))
    events, chance = Events(store, access.workspace.pk), np.random.default_rng(4)
    seen = timezone.now() - timedelta(days=10)
    sent = []
    for i in range(people):
        variant = "new" if (i % 2 if new is None else i < new) else "control"
        who = f"x{i}"
        sent.append(events.track(who, "Flag Evaluated", f"{seen:%Y-%m-%d %H:%M}", flag="button", variant=variant))
        for n in range(chance.poisson(4 * (lift if variant == "new" else 1))):
            sent.append(events.track(who, "Bought", f"{seen + timedelta(hours=2 + 9 * (n % 15)):%Y-%m-%d %H:%M}"))
        for n in range(chance.poisson(4)):
            sent.append(events.track(who, "Bought", f"{seen - timedelta(hours=2 + 9 * (n % 15)):%Y-%m-%d %H:%M}"))
        if chance.random() < 0.5:
            sent.append(events.track(who, "Failed", f"{seen + timedelta(hours=5):%Y-%m-%d %H:%M}"))
    events.send(*sent)


def test_on_the_page_from_the_plan_to_what_was_learned(as_owner: Client, access: Access, event_store: Store) -> None:
    assert "No experiment yet" in as_owner.get(f"{HERE}/").content.decode()
    made = as_owner.post(f"{HERE}/new", FORM)
    held = Experiment.objects.get()
    assert made["Location"] == f"{HERE}/{held.pk}"
    one = as_owner.get(f"{HERE}/{held.pk}").content.decode()
    assert "Too few were active lately to say" in one
    assert "Green is seen sooner." in one
    as_owner.post(f"{HERE}/{held.pk}/change", FORM | {"planned_total": "300"})
    as_owner.post(f"{HERE}/{held.pk}/do", {"do": "start"})
    held.refresh_from_db()
    assert (held.state, held.planned_total, held.version) == ("running", 300, 2)
    assert "window is full yet" in as_owner.get(f"{HERE}/{held.pk}").content.decode()
    lived(access, event_store, 1.4)
    assert as_owner.post(f"{HERE}/{held.pk}/do", {"do": "look"}).status_code == 302
    said = as_owner.get(f"{HERE}/{held.pk}").content.decode()
    assert "Bought: new helped; it is higher" in said
    assert "The result" in said
    assert "Green button" in as_owner.get(f"{HERE}/").content.decode()
    late = as_owner.post(f"{HERE}/{held.pk}/change", FORM)
    assert (late.status_code, "its plan stands" in late.content.decode()) == (422, True)
    assert as_owner.post(f"{HERE}/{held.pk}/do", {"do": "stop", "why": " "}).status_code == 422
    as_owner.post(f"{HERE}/{held.pk}/do", {"do": "stop", "why": "Planned end."})
    assert as_owner.post(f"{HERE}/{held.pk}/do", {"do": "conclude", "chosen": "new", "learned": ""}).status_code == 422
    as_owner.post(f"{HERE}/{held.pk}/do", {"do": "conclude", "chosen": "new", "learned": "Green sells."})
    assert "Green sells." in as_owner.get(f"{HERE}/{held.pk}").content.decode()
    assert [e.verb.split(".")[1] for e in Entry.objects.filter(thing="experiment").order_by("pk")] == [
        "made", "revised", "started", "looked", "stopped", "concluded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [({"name": " "}, "name"), ({"flag": ""}, "flag"), ({"variants": "control 50"}, "2 to 8 variants"), ({"variants": "a x\nb 1"}, "is no number"),
     ({"variants": "a 1\na 1"}, "same key"), ({"variants": "a 1\nb -1"}, "above 0"), ({"variants": "a 1\nb 1e308"}, "at most 1,000,000"), ({"variants": "a 1e-300\nb 1"}, "less than 0.1%"), ({"alpha": "2"}, "Alpha"), ({"planned_total": ""}, "how many it takes"),
     ({"planned_total": "x"}, "no whole number"), ({"window_days": "0"}, "1 to 180 days"), ({"event-0": ""}, "decides"), ({"role-1": "primary"}, "Exactly one"),
     ({"kind-0": "revenue"}, "which property"), ({"kind-0": "ratio"}, "needs the event"), ({"kind-0": "guess"}, "no kind of metric"),
     ({"winsorise-0": "0.2"}, "quantile"), ({"margin-1": "7"}, "margin"), ({"event-0": "Bought["}, "cannot read"), ({"bet": "x"}, None)],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_and_keeps_what_was_typed(
    as_owner: Client, change: dict[str, str], why: str | None
) -> None:
    refused = as_owner.post(f"{HERE}/new", FORM | change)
    if why is None:
        assert refused.status_code == 404
    else:
        body = refused.content.decode()
        assert (refused.status_code, why in body) == (422, True), body[body.find('class="errors"') :][:300]
        assert "Green is seen sooner." in body
    assert not Experiment.objects.exists()


def stated(**more: Any) -> Stated:
    metrics = more.pop("metrics", [MetricPlan("Bought", "mean", "Bought", role="primary")])
    variants = more.pop("variants", [("control", 1), ("new", 1)])
    return Stated("Green button", "button", variants, metrics, **({"planned_total": 400} | more))


def test_two_experiments_never_share_a_flag(access: Access) -> None:
    first, second = services.make(access, stated()), services.make(access, stated())
    services.start(access, first)
    with pytest.raises(ValueError, match="Another experiment runs on this flag"):
        services.start(access, second)
    with pytest.raises(ValueError, match="has run, so it stays"):
        services.discard(access, first)
    services.discard(access, second)
    assert Experiment.objects.count() == 1


def test_a_viewer_changes_nothing(access: Access, as_viewer: Client) -> None:
    held = services.make(access, stated())
    assert as_viewer.get(f"{HERE}/{held.pk}").status_code == 200
    assert as_viewer.post(f"{HERE}/{held.pk}/do", {"do": "start"}).status_code == 403
    from dataclasses import replace

    with pytest.raises(PermissionDenied):
        services.start(replace(access, role=Role.CONTRIBUTOR), held)


def test_a_broken_lot_stops_the_result(access: Access, event_store: Store) -> None:
    held = services.make(access, stated(planned_total=300))
    services.start(access, held)
    lived(access, event_store, 1.5, new=120)
    held.refresh_from_db()
    found = looking.look(held, event_store)
    assert (found.report["state"], found.report["comparisons"]) == ("void", [])
    assert found.report["shares"]["stop"]


def test_each_is_looked_at_by_itself_and_nothing_new_is_no_look(access: Access, event_store: Store) -> None:
    held = services.make(access, stated(method="sequence", planned_total=None, window_days=7))
    services.start(access, held)
    assert looking.look_at_running(event_store) == 0, "just started"
    lived(access, event_store, 1.5)
    assert looking.look_at_running(event_store) == 1
    assert looking.look_at_running(event_store) == 0
    held.refresh_from_db()
    looking.look(held, event_store)
    assert Look.objects.count() == 1
    assert Look.objects.get().report["comparisons"][0]["verdict"] == "helped"


def test_before_the_start_it_says_how_long_it_takes(access: Access, event_store: Store) -> None:
    held = services.make(access, stated(window_days=12, before_days=0, planned_total=400))
    services.start(access, held)
    lived(access, event_store, 1.0)
    held.refresh_from_db()
    found = looking.sizes(held, event_store)
    assert found is not None
    assert found.base.n == 400
    assert 6 < found.base.mean < 10
    rows = {lift: total for lift, total, _ in found.rows}
    assert rows[0.05] is not None
    assert rows[0.1] is not None
    assert rows[0.05] == pytest.approx(4 * rows[0.1], rel=0.02)
    assert found.shows is not None
    assert 0.02 < found.shows < 0.3


def test_over_the_api_and_on_the_command_line(access: Access, event_store: Store) -> None:
    api = Api(workspaces.make_token(access, "robot", Role.OWNER)[1])
    given: dict[str, Any] = {
        "name": "Green button", "flag": "button", "variants": [{"key": "control"}, {"key": "new"}], "planned_total": 300, "window_days": 7,
        "metrics": [{"event": "Bought", "role": "primary"}],
    }  # fmt: skip
    assert api.post("experiments", given | {"planned_total": None})[0] == 422
    status, made = api.post("experiments", given)
    assert (status, made["state"], made["report"]) == (201, "draft", None)
    here = f"experiments/{made['id']}"
    assert api.get(f"{here}/sizes")[1] == {"people": 0, "sizes": []}
    assert api.post(here, {"do": "dance"})[0] == 422
    assert api.post(here, {"do": "start"})[1]["state"] == "running"
    lived(access, event_store, 1.4)
    looked = api.post(here, {"do": "look"})[1]
    assert looked["report"]["comparisons"][0]["verdict"] == "helped"
    assert api.get("experiments")[1]["experiments"][0]["says"].startswith("Bought: new helped")

    def typed(*words: str) -> str:
        said = CliRunner().invoke(commands, [*words, "--workspace", "acme"], standalone_mode=False)
        return str(said.exception) if said.exception else str(said.return_value.text)

    number = str(made["id"])
    assert "Bought: new helped" in typed("show", number)
    assert "Green button" in typed("list")
    assert "±5%" in typed("sizes", number)
    assert "Stopped" in typed("stop", number, "--why", "Enough.")
    assert "Choose one of its variants" in typed("conclude", number, "--chosen", "x", "--learned", "y")
    assert "It sells." in typed("conclude", number, "--chosen", "new", "--learned", "It sells.")
    assert "There is no experiment 999999" in typed("show", "999999")
    assert "is no number" in typed("make", "x", "--flag", "f", "--variant", "a=b", "--variant", "c", "--metric", "m")
    second = typed(
        "make",
        "Second",
        "--flag",
        "f",
        "--variant",
        "a",
        "--variant",
        "c",
        "--metric",
        "m",
        "--total",
        "100",
        "--guardrail",
        "g",
    )
    assert second.startswith("Second: Draft")


@pytest.mark.parametrize(
    ("definition", "variants"),
    [
        ({"variants": [{"key": "a", "value": 1, "weight": 20}, {"key": "b", "value": 2, "weight": 80}], "otherwise": "b", "off": "b"}, "b 80\na 20"),
        ({"variants": [{"key": "a", "value": 1}, {"key": "b", "value": 2}], "otherwise": "a", "off": "a",
          "rules": [{"weights": {"a": 30, "b": 70}}]}, "a 30\nb 70"),
    ],
)  # fmt: skip
def test_a_plan_begins_with_what_its_flag_deals(
    as_owner: Client, access: Access, definition: dict[str, Any], variants: str
) -> None:
    flag = flags.make(access, flags.Plan("button", "number", definition))
    given = as_owner.get(f"{HERE}/new?flag=button").content.decode()
    assert f">{variants}</textarea>" in given
    with pytest.raises(ValueError, match="has no variant “control”; it has a, b"):
        services.start(access, services.make(access, stated()))
    pairs = [(line.split()[0], float(line.split()[1])) for line in variants.splitlines()]
    if "rules" not in definition:
        with pytest.raises(ValueError, match="deals nothing by lot"):
            services.start(access, services.make(access, stated(variants=pairs)))
        flags.change(access, flag, definition | {"rules": [{}]})
    with pytest.raises(ValueError, match="Plan the same shares"):
        services.start(access, services.make(access, stated(variants=[(k, 1) for k, _ in pairs])))
    services.start(access, services.make(access, stated(variants=pairs)))
    shown = as_owner.get(f"/w/acme/measure/flags/{flag.pk}").content.decode()
    assert "Green button" in shown
    with pytest.raises(flags.BadFlag, match="The experiment “Green button” runs on “button”"):
        flags.archive(access, flag)
