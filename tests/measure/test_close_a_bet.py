"""A bet is closed with what it taught: needed unless it helped; found again; opened again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet
from wellheard.measure.learning import change_learning, close_bet, learnings, open_again
from wellheard.measure.models import Learning, Outcome
from wellheard.people.access import Access
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/measure"


@pytest.fixture
def bet(access: Access) -> Bet:
    made = create_bet(
        access, [create_problem(access, "Days differ")], Terms("One clock", "Compared", Decimal(30), Decimal(10))
    )
    publish_release(access, draft_release(access, "One clock", "", [made], date.today() - timedelta(weeks=12)))
    return Bet.objects.get()


def judged(bet: Bet, word: str) -> None:
    Outcome.objects.create(
        workspace=bet.workspace, bet=bet, word=word, level=2, estimate=0.1, low=-0.1, high=0.3, asked=60, compared=150,
        release_week=date(2026, 6, 8), measured_to=date(2026, 7, 19), pieces={"metric": "Compared", "counts": {}, "people": {}, "money": {}, "version": 1},
    )  # fmt: skip


def test_a_bet_is_closed_with_words_that_are_found_again(access: Access, bet: Bet) -> None:
    judged(bet, "not shown")
    made = close_bet(access, bet, "  People wanted a warning, not a clock.  ")
    assert (made.learned, made.word) == ("People wanted a warning, not a clock.", "not shown")
    assert list(learnings(access, "warning CLOCK")) == [made]
    assert not learnings(access, "warning elephants")
    entry = Entry.objects.get(verb="bet.closed")
    assert (entry.thing_id, entry.reason) == (bet.pk, made.learned)


@pytest.mark.parametrize("word", ["not shown", "likely hurt", "hurt", "moved together", "too few to say"])
def test_nothing_learned_is_refused_where_it_did_not_help(access: Access, bet: Bet, word: str) -> None:
    judged(bet, word)
    with pytest.raises(ValueError, match="Say what you learned"):
        close_bet(access, bet, "   ")
    assert not Learning.objects.exists()
    assert not Entry.objects.filter(verb="bet.closed").exists()


@pytest.mark.parametrize("word", ["helped", "likely helped"])
def test_a_bet_that_helped_may_be_closed_without_words(access: Access, bet: Bet, word: str) -> None:
    judged(bet, word)
    assert close_bet(access, bet, "").learned == ""
    assert not learnings(access)


def test_it_is_not_closed_before_its_verdict_nor_twice(access: Access, bet: Bet) -> None:
    with pytest.raises(ValueError, match="no verdict yet"):
        close_bet(access, bet, "x")
    judged(bet, "not shown")
    close_bet(access, bet, "x")
    with pytest.raises(ValueError, match="closed already"):
        close_bet(access, bet, "y")
    assert Entry.objects.filter(verb="bet.closed").count() == 1


def test_what_was_learned_is_changed_and_the_bet_opened_again(access: Access, bet: Bet) -> None:
    judged(bet, "not shown")
    made = close_bet(access, bet, "x")
    change_learning(access, made, "y")
    assert Entry.objects.get(verb="bet.learned").data["was"] == "x"
    change_learning(access, made, "y")
    assert Entry.objects.filter(verb="bet.learned").count() == 1
    with pytest.raises(ValueError, match="Say what you learned"):
        change_learning(access, made, "")
    open_again(access, made)
    assert not Learning.objects.exists()
    assert Entry.objects.get(verb="bet.opened_again").data["was"] == "y"
    close_bet(access, bet, "z")


def test_the_pages_close_list_search_and_open(as_owner: Client, as_viewer: Client, bet: Bet) -> None:
    judged(bet, "not shown")
    url = f"{HERE}/bets/{bet.pk}"
    assert "needed, as the verdict" in as_owner.get(url).content.decode()
    refused = as_owner.post(f"{url}/close", {"learned": ""}, follow=True).content.decode()
    assert "Say what you learned" in refused
    shown = as_owner.post(f"{url}/close", {"learned": "A <b>warning</b>"}, follow=True).content.decode()
    assert "A &lt;b&gt;warning&lt;/b&gt;" in shown
    assert "Open it again" in shown
    seen = as_viewer.get(url).content.decode()
    assert "A &lt;b&gt;warning" in seen
    assert "Open it again" not in seen
    assert "One clock" in as_viewer.get(f"{HERE}/learned?q=warning").content.decode()
    assert "Nothing with these words" in as_viewer.get(f"{HERE}/learned?q=elephant").content.decode()
    as_owner.post(f"{url}/close", {"do": "open"})
    assert not Learning.objects.exists()
