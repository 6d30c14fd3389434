"""The page of scores, its file, the figures of a bet and the team's method; the same over the API and the command line."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client

from tests.decide.test_rank_bets import bet
from wellheard.commands.root import cli
from wellheard.decide.models import Bet, Given, Scheme
from wellheard.people.access import Access
from wellheard.people.services.workspaces import Made

HERE = "/w/acme/decide"
FIGURES = {"effort_low": "1", "effort_likely": "2,5", "effort_high": "4"}


@pytest.fixture
def clock(access: Access, town: object) -> Bet:
    return bet(access, "Clock", "ann@shop.example", "otto@shop.example")


@pytest.fixture
def invoice(access: Access, town: object) -> Bet:
    return bet(access, "=Invoice", "nora@shop.example")


def test_an_empty_page_says_what_will_be_here(as_owner: Client) -> None:
    shown = as_owner.get(f"{HERE}/scores").content.decode()
    assert "No open bet yet" in shown
    assert "CSV" not in shown


def test_from_not_scored_to_an_order_with_its_range(as_owner: Client, clock: Bet, invoice: Bet) -> None:
    assert "Nobody has said yet what it takes." in as_owner.get(f"{HERE}/scores").content.decode()
    for b in (clock, invoice):
        reply = as_owner.post(f"{HERE}/bets/{b.pk}/inputs", FIGURES)
        assert (reply.status_code, reply["Location"]) == (302, f"{HERE}/scores#bet-{b.pk}")
    shown = as_owner.get(f"{HERE}/scores?lens=customers").content.decode()
    assert "What would change the order first" in shown
    assert "nine times out of ten 1 to 2 of 2" in shown
    assert "Nobody has said" not in shown


def test_the_file_has_each_bet_and_no_formula_for_a_spreadsheet(as_owner: Client, clock: Bet, invoice: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{clock.pk}/inputs", FIGURES)
    reply = as_owner.get(f"{HERE}/scores?format=csv")
    rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
    assert [(r["name"], r["users_rank"], r["effort_weeks"]) for r in rows] == [
        ("Clock", "1", "2.5"),
        ("'=Invoice", "", ""),
    ]
    assert rows[1]["not_scored_because"] == "Nobody has said yet what it takes."


def test_figures_are_taken_back_by_leaving_them_empty(as_owner: Client, clock: Bet) -> None:
    url = f"{HERE}/bets/{clock.pk}/inputs"
    as_owner.post(url, {**FIGURES, "revenue_likely": "1200.50", "revenue_reason": "A deal that hangs on it."})
    assert sorted(Given.objects.values_list("name", "likely")) == [("effort", 2.5), ("revenue", 120_050)]
    assert 'value="1200.5"' in as_owner.get(url).content.decode()
    as_owner.post(url, FIGURES)
    assert [g.name for g in Given.objects.all()] == ["effort"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"effort_likely": "soon"}, "must be a number"), ({"effort_likely": ""}, "say the likely figure"), ({"effort_likely": "0"}, "between 0.05"),
     ({"users_likely": "9"}, "Say why another figure"), ({"pain_likely": "NaN", "pain_reason": "x"}, "must be a number")],
)  # fmt: skip
def test_a_refused_figure_stays_in_its_field(as_owner: Client, clock: Bet, change: dict[str, str], words: str) -> None:
    reply = as_owner.post(f"{HERE}/bets/{clock.pk}/inputs", {**FIGURES, **change})
    assert reply.status_code == 422
    shown = reply.content.decode()
    assert words in shown
    assert 'name="effort_high" inputmode="decimal" value="4"' in shown
    assert not Given.objects.exists()


def test_figures_of_a_shipped_bet_stand(as_owner: Client, clock: Bet) -> None:
    Bet.objects.filter(pk=clock.pk).update(state="shipped")
    assert "stand as they were" in as_owner.get(f"{HERE}/bets/{clock.pk}/inputs").content.decode()
    assert as_owner.post(f"{HERE}/bets/{clock.pk}/inputs", FIGURES).status_code == 422


def test_the_team_chooses_its_method(as_owner: Client, clock: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{clock.pk}/inputs", FIGURES)
    reply = as_owner.post(f"{HERE}/scores/method", {"method": "formula", "formula": "reach * karma"})
    assert reply.status_code == 422
    assert "goes wrong at character 9: “karma” is not known" in reply.content.decode()
    assert 'value="reach * karma"' in reply.content.decode()
    as_owner.post(f"{HERE}/scores/method", {"method": "formula", "formula": "reach * 3"})
    assert Scheme.objects.get().formula == "reach * 3"
    assert "<code>reach * 3</code>" in as_owner.get(f"{HERE}/scores").content.decode()
    as_owner.post(f"{HERE}/scores/method", {"method": "weighted", "weight_reach": "10"})
    assert Scheme.objects.get().weights["reach"] == 10


def test_a_viewer_sees_scores_and_no_forms(as_viewer: Client, clock: Bet) -> None:
    shown = as_viewer.get(f"{HERE}/scores").content.decode()
    assert "Clock" in shown
    assert "How this team scores" not in shown


def test_the_same_over_the_api_and_the_command_line(client: Client, made: Made, clock: Bet, invoice: Bet) -> None:
    key = {"authorization": f"Bearer {made.api_token}"}
    url = f"/api/bets/{clock.pk}/inputs"
    body = {"effort": {"likely": 2, "low": 1, "high": 4}, "users": {"likely": 12, "reason": "A survey."}}
    told = client.post(url, body, "application/json", headers=key).json()["inputs"]
    assert (told["users"]["likely"], told["users"]["counted"], told["effort"]["high"]) == (12, 1, 4)
    assert client.post(url, {"users": None}, "application/json", headers=key).json()["inputs"]["users"]["likely"] == 1
    assert client.get(url, headers=key).json()["inputs"]["effort"]["likely"] == 2
    over_api = client.get("/api/scores?method=rice", headers=key).json()
    assert [s["name"] for s in over_api["scores"]] == ["Clock"]
    assert client.get("/api/scores?method=luck", headers=key).status_code == 422
    typed = cli.commands["scores"].main(["--workspace", "acme"], standalone_mode=False)
    assert json.loads(typed.show(True)) == over_api
    assert "not scored: =Invoice" in typed.show(False)
