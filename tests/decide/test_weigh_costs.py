"""Costs and benefits of a bet: lines in, ranges out, for us and for one customer; changed, taken off, exported."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.test_rank_bets import bet as make_bet
from wellheard.commands.root import cli
from wellheard.core.models import Entry as Said
from wellheard.decide.costing import Worth, account_of, weighed
from wellheard.decide.models import Bet, Line, Scheme
from wellheard.decide.services import costs as services
from wellheard.decide.services.costs import Entry
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services.workspaces import Made

HERE = "/w/acme/decide"
WORK = {
    "side": "us",
    "kind": "cost",
    "name": "Development",
    "unit": "hours",
    "every": "once",
    "low": "80",
    "likely": "120",
    "high": "200",
}


@pytest.fixture
def clock(access: Access, town: object) -> Bet:
    return make_bet(access, "Clock", "ann@shop.example")


def line(
    kind: str, low: int, likely: int, high: int, unit: str = "money", every: str = "once", side: str = "us"
) -> Line:
    return Line(
        pk=likely + 1, side=side, kind=kind, name="x", unit=unit, every=every, low=low, likely=likely, high=high
    )


def test_certain_figures_give_what_arithmetic_gives(clock: Bet) -> None:
    lines = [line("cost", 1000, 1000, 1000, "hours"), line("benefit", 20_000, 20_000, 20_000, every="month")]
    us = weighed(clock, lines, Worth(hour_cents=8000, months=12)).us
    assert us is not None
    assert us.roi is not None
    assert (us.cost.low, us.benefit.high, us.net.likely) == (80_000, 240_000, 160_000)
    assert (us.roi.low, us.roi.high, us.gains, us.pays_back) == (2.0, 2.0, 1.0, 4.0)


def test_two_lines_together_are_less_uncertain_than_their_ends(clock: Bet) -> None:
    """Ends do not add up: it would take the worst of each at once."""
    us = weighed(clock, [line("benefit", 0, 500, 1000), line("benefit", 0, 501, 1000)], Worth()).us
    assert us is not None
    assert 250 < us.benefit.low < us.benefit.likely < us.benefit.high < 1750
    assert (us.roi, us.gains) == (None, 1.0)


def test_what_never_pays_back_says_so(clock: Bet) -> None:
    us = weighed(clock, [line("cost", 100, 100, 100), line("benefit", 1, 1, 1, every="month")], Worth(months=12)).us
    assert us is not None
    assert (us.pays_back, us.gains) == (None, 0.0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["cost", "benefit"]), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_ranges_are_ordered_and_within_the_ends(figures: list[tuple[str, int, int, int]]) -> None:
    lines = [line(kind, *sorted(ends)) for kind, *ends in figures]
    us = weighed(Bet(name="x"), lines, Worth()).us
    assert us is not None
    for found in (us.cost, us.benefit, us.net):
        assert found.low <= found.likely <= found.high
    assert us.cost.high <= sum(held.high for held in lines if held.kind == "cost") + 1e-6
    assert 0 <= us.gains <= 1


def test_from_nothing_to_a_return_on_the_page(as_owner: Client, clock: Bet) -> None:
    url = f"{HERE}/bets/{clock.pk}/costs"
    assert "Nothing is weighed yet" in as_owner.get(url).content.decode()
    assert as_owner.post(url, WORK).status_code == 302
    as_owner.post(
        url,
        {
            **WORK,
            "kind": "benefit",
            "name": "Accounts that stay",
            "unit": "money",
            "every": "month",
            "low": "500",
            "likely": "1500,50",
            "high": "",
        },
    )
    held = Line.objects.get(kind="benefit")
    assert (held.low, held.likely, held.high) == (50_000, 150_050, 150_050)
    shown = as_owner.get(url).content.decode()
    assert "on what it costs, likely" in shown
    assert "of possible worlds" in shown
    assert "on what it costs" in as_owner.get(f"{HERE}/bets/{clock.pk}").content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": " "}, "Say what it is"), ({"likely": "many"}, "must be a number"), ({"low": "130"}, "go upwards"), ({"low": "-1"}, "go upwards"),
     ({"side": "them"}, "side is one of"), ({"unit": "apples"}, "unit is one of"), ({"likely": ""}, "must be a number"), ({"high": "1e13"}, "must be a number")],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused_and_kept_in_the_form(
    as_owner: Client, clock: Bet, change: dict[str, str], words: str
) -> None:
    reply = as_owner.post(f"{HERE}/bets/{clock.pk}/costs", {**WORK, **change})
    assert (reply.status_code, words in reply.content.decode()) == (422, True)
    assert not Line.objects.exists()


def test_changing_and_taking_off_is_told_in_the_journal(as_owner: Client, clock: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{clock.pk}/costs", WORK)
    held = Line.objects.get()
    url = f"{HERE}/costs/{held.pk}"
    assert 'value="120"' in as_owner.get(url).content.decode()
    as_owner.post(url, {**WORK, "likely": "150"})
    assert Said.objects.get(verb="bet.cost_changed").data["changed"] == {"likely": [12_000, 15_000]}
    as_owner.post(url, {**WORK, "likely": "150"})
    assert Said.objects.filter(verb="bet.cost_changed").count() == 1
    assert as_owner.post(url, {**WORK, "likely": "900"}).status_code == 422
    as_owner.post(f"{url}/drop")
    assert not Line.objects.exists()
    assert Said.objects.get(verb="bet.cost_dropped").data["likely"] == 15_000


def test_what_an_hour_is_worth_counts_for_all_bets(as_owner: Client, access: Access, clock: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{clock.pk}/costs", {**WORK, "low": "10", "likely": "10", "high": "10"})
    url = f"{HERE}/bets/{clock.pk}/worth"
    as_owner.post(url, {"hour": "100", "customer_hour": "50,5", "months": "24"})
    us = account_of(clock).us
    assert us is not None
    assert us.cost.likely == 100_000
    assert Scheme.objects.get().customer_hour_cents == 5050
    for wrong in ({"months": "0"}, {"months": "2.5"}, {"hour": "-1"}, {"hour": "x"}):
        assert as_owner.post(url, {"hour": "100", "customer_hour": "50", "months": "24", **wrong}).status_code == 422
    assert Scheme.objects.get().months == 24


def test_the_file_has_lines_and_sums_and_no_formula(as_owner: Client, clock: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{clock.pk}/costs", {**WORK, "name": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(as_owner.get(f"{HERE}/bets/{clock.pk}/costs?format=csv").content.decode())))
    assert [(r["what"], r["name"]) for r in rows] == [
        ("cost", "'=1+1"),
        ("total cost", ""),
        ("total benefit", ""),
        ("net", ""),
        ("return", ""),
    ]
    assert (rows[0]["low"], rows[0]["unit"]) == ("80", "hours")


def test_a_viewer_reads_and_writes_nothing(as_viewer: Client, access: Access, clock: Bet) -> None:
    assert "Add a cost" not in as_viewer.get(f"{HERE}/bets/{clock.pk}/costs").content.decode()
    viewer = Access(access.workspace, access.actor, Role.VIEWER)
    with pytest.raises(PermissionDenied):
        services.add_line(viewer, clock, Entry("us", "cost", "x", 1, 2, 3))
    with pytest.raises(PermissionDenied):
        services.set_worth(viewer, 1, 1, 1)


def test_the_same_over_the_api_and_the_command_line(client: Client, made: Made, clock: Bet) -> None:
    key = {"authorization": f"Bearer {made.api_token}"}
    url = f"/api/bets/{clock.pk}/costs"
    body = {
        "side": "customer",
        "kind": "benefit",
        "name": "Less lining up",
        "likely": 150,
        "low": 100,
        "high": 300,
        "unit": "hours",
        "every": "month",
    }
    number = client.post(url, body, "application/json", headers=key).json()["id"]
    assert client.put(f"/api/costs/{number}", {**body, "low": 200}, "application/json", headers=key).status_code == 422
    assert (
        client.put(f"/api/costs/{number}", {**body, "low": 150}, "application/json", headers=key).json()["low"] == 150
    )
    told = client.get(url, headers=key).json()
    assert (told["us"], told["customer"]["roi"], told["customer"]["gains"]) == (None, None, 1)
    typed = cli.commands["costs"].main(["--workspace", "acme"], standalone_mode=False)
    assert json.loads(typed.show(True)) == {"bets": [told]}
    assert "Clock" in typed.show(False)
    assert (
        cli.commands["bets"].main(["--workspace", "acme"], standalone_mode=False).data["columns"][2]["bets"][0]["name"]
        == "Clock"
    )
    assert client.delete(f"/api/costs/{number}", headers=key).json() == {"dropped": number}
    assert client.get(url, headers=key).json()["customer"] is None
