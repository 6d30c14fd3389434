"""Bets on the board and on their own pages: stating, moving, starting, deciding, dropping, and who asked."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services import publish
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access, by_command
from wellheard.people.services.workspaces import create_workspace
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/decide"
GIVEN = {
    "name": "One clock", "metric": "Stores Compared", "expected_percent": "30", "smallest_percent": "12,5",
    "window_weeks": "5", "direction": "up", "population": "", "hypothesis": "They compare again.", "undo_rule": "",
}  # fmt: skip


@pytest.fixture
def problems(access: Access, town: Town) -> list[Problem]:
    """Ann has both, Otto (who only buys) the first, Nora the second."""
    said = {p.pk: capture(access, f"{p} speaks.", who=str(p.email)) for p in (town.ann, town.otto, town.nora)}
    return [
        create_problem(access, "Days differ", voices=[said[town.ann.pk].pk, said[town.otto.pk].pk]),
        create_problem(access, "Midnight is wrong", voices=[said[town.ann.pk].pk, said[town.nora.pk].pk]),
    ]


@pytest.fixture
def bet(as_owner: Client, problems: list[Problem]) -> Bet:
    as_owner.post(f"{HERE}/bets/new", {**GIVEN, "problems": [p.pk for p in problems]})
    return Bet.objects.get()


def test_stating_a_bet(as_owner: Client, bet: Bet) -> None:
    assert (bet.state, str(bet.smallest_percent), bet.problems.count()) == ("draft", "12.5", 2)
    shown = as_owner.get(f"{HERE}/bets/{bet.pk}").content.decode()
    assert "30% more of “Stores Compared”" in shown
    assert "Start work" in shown


def test_a_problem_s_page_leads_to_a_bet_about_it(as_owner: Client, problems: list[Problem]) -> None:
    shown = as_owner.get(f"{HERE}/bets/new?problem={problems[1].pk}").content.decode()
    assert f'value="{problems[1].pk}" checked' in shown
    assert f'value="{problems[0].pk}" checked' not in shown


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("name", " ", "Give the bet a name"), ("metric", "", "which behaviour"), ("expected_percent", "lots", "a number"),
     ("expected_percent", "5", "smallest shift"), ("expected_percent", "1e99", "a number"), ("window_weeks", "1e99999999", "a number"), ("window_weeks", "2", "3 to 26"),
     ("expected_percent", "NaN", ""), ("expected_percent", "Infinity", ""), ("window_weeks", "NaN", ""),
     ("window_weeks", "Infinity", ""), ("window_weeks", "4.5", "whole number"), ("direction", "sideways", "up or down"),
     ("name", "x" * 141, "140 at most")],
)  # fmt: skip
def test_what_says_nothing_is_refused_and_kept_in_the_form(
    as_owner: Client, problems: list[Problem], field: str, value: str, words: str
) -> None:
    answer = as_owner.post(f"{HERE}/bets/new", {**GIVEN, field: value, "problems": problems[0].pk})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "They compare again." in answer.content.decode()
    assert not Bet.objects.exists()


def test_a_bet_needs_a_problem_of_this_workspace(as_owner: Client, problems: list[Problem]) -> None:
    foreign = create_problem(by_command(create_workspace("other", "Other").workspace), "Theirs")
    assert as_owner.post(f"{HERE}/bets/new", GIVEN).status_code == 422
    assert as_owner.post(f"{HERE}/bets/new", {**GIVEN, "problems": foreign.pk}).status_code == 404


def test_moving_between_lanes(as_owner: Client, bet: Bet) -> None:
    assert "One clock" in as_owner.get(f"{HERE}/").content.decode()
    as_owner.post(f"{HERE}/bets/{bet.pk}/move", {"horizon": "now"})
    bet.refresh_from_db()
    assert bet.horizon == "now"
    as_owner.post(f"{HERE}/bets/{bet.pk}/move", {"horizon": "someday"})
    bet.refresh_from_db()
    assert bet.horizon == "now"


def test_starting_locks_and_a_revision_then_needs_its_reason(
    as_owner: Client, bet: Bet, problems: list[Problem]
) -> None:
    as_owner.post(f"{HERE}/bets/{bet.pk}/start")
    assert "locked" in as_owner.get(f"{HERE}/bets/{bet.pk}").content.decode()
    change = {**GIVEN, "expected_percent": "20", "problems": [p.pk for p in problems]}
    refused = as_owner.post(f"{HERE}/bets/{bet.pk}/revise", change)
    assert refused.status_code == 422
    assert 'value="20"' in refused.content.decode()
    as_owner.post(f"{HERE}/bets/{bet.pk}/revise", {**change, "reason": "Half are in one zone."})
    shown = as_owner.get(f"{HERE}/bets/{bet.pk}").content.decode()
    assert "Half are in one zone." in shown
    assert "Version 2" in shown


def test_the_people_and_accounts_who_asked_are_those_counted_over_all_its_problems(
    as_viewer: Client, bet: Bet, town: Town
) -> None:
    shown = as_viewer.get(f"{HERE}/bets/{bet.pk}").content.decode()
    assert '?lens=users">2</a>' in shown
    assert '?lens=customers">2</a>' in shown
    people = as_viewer.get(f"{HERE}/bets/{bet.pk}/people?lens=users").content.decode()
    assert "Ann Assistant" in people
    assert "Nora Both" in people
    assert "Otto Owner" not in people
    assert "Otto Owner" in as_viewer.get(f"{HERE}/bets/{bet.pk}/people").content.decode()
    accounts = as_viewer.get(f"{HERE}/bets/{bet.pk}/accounts?lens=customers").content.decode()
    assert "Bäckerei Lind" in accounts
    assert "Fjord Cycles" in accounts


def test_a_decision_on_a_bet_goes_into_the_log(as_owner: Client, as_viewer: Client, bet: Bet) -> None:
    as_owner.post(f"{HERE}/bets/{bet.pk}/decide", {"answer": "yes", "reason": "Wrong every morning."})
    assert Decision.objects.get().bet == bet
    assert "Wrong every morning." in as_viewer.get(f"{HERE}/").content.decode()


@pytest.mark.parametrize(("answer", "reason"), [("yes", ""), ("maybe", "Because.")])
def test_a_decision_without_reason_or_answer_is_refused_in_place(
    as_owner: Client, bet: Bet, answer: str, reason: str
) -> None:
    shown = as_owner.post(f"{HERE}/bets/{bet.pk}/decide", {"answer": answer, "reason": reason})
    assert shown.status_code == 422
    assert 'role="alert"' in shown.content.decode()
    assert reason in shown.content.decode()
    assert not Decision.objects.exists()


def test_dropping_needs_a_reason_and_takes_effect_when_published(as_owner: Client, access: Access, bet: Bet) -> None:
    assert as_owner.post(f"{HERE}/bets/{bet.pk}/drop", {"reason": " "}).status_code == 422
    where = as_owner.post(f"{HERE}/bets/{bet.pk}/drop", {"reason": "The ad network mended it."})["Location"]
    made = Decision.objects.get()
    assert (where, made.answer, made.state) == (f"{HERE}/decisions/{made.pk}", "no", "prepared")
    bet.refresh_from_db()
    assert bet.state == Bet.State.DRAFT
    publish(access, made, "They know.")
    bet.refresh_from_db()
    assert bet.state == Bet.State.DROPPED
    assert Entry.objects.get(verb="bet.dropped").reason == "The ad network mended it."


def test_what_has_shipped_is_not_dropped(as_owner: Client, bet: Bet) -> None:
    Bet.objects.filter(pk=bet.pk).update(state="shipped", shipped_on="2026-01-05")
    assert as_owner.post(f"{HERE}/bets/{bet.pk}/drop", {"reason": "Never mind."}).status_code == 422
    assert not Decision.objects.exists()


def test_a_viewer_looks_but_presses_nothing(as_viewer: Client, bet: Bet) -> None:
    shown = as_viewer.get(f"{HERE}/bets/{bet.pk}").content.decode()
    assert "Start work" not in shown
    assert "Log a decision" not in shown
    for press in ("start", "move", "drop", "decide", "revise"):
        assert as_viewer.post(f"{HERE}/bets/{bet.pk}/{press}").status_code == 403


def test_an_empty_board_says_what_will_be_here(as_owner: Client) -> None:
    shown = as_owner.get(f"{HERE}/").content.decode()
    assert "Nothing here." in shown
    assert "Bets that shipped or were dropped will stand here" in shown
