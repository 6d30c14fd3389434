"""A bet says what it expects, is locked when work starts, and is not fitted to its result."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from wellheard.core import journal
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services import Terms, create_bet, decide, drop_bet, revise_bet, start_bet
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

TERMS = Terms("One clock", "Stores Compared", Decimal(30), Decimal(15), undo_rule="If it falls by 10 %.")


@pytest.fixture
def problem(access: Access) -> Problem:
    return create_problem(access, "Stores show different days")


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], TERMS)


def test_a_draft_changes_freely_and_each_version_is_kept(access: Access, bet: Bet, problem: Problem) -> None:
    bet.refresh_from_db()
    revise_bet(access, bet, replace(TERMS, expected_percent=Decimal(25)), [problem])
    assert bet.version == 2
    (entry,) = [e for e in journal.history(access.workspace.pk, bet) if e.verb == "bet.revised"]
    assert entry.data["changed"] == {"expected_percent": ["30", "25"]}


def test_once_started_a_change_needs_a_reason_and_becomes_a_version(access: Access, bet: Bet, problem: Problem) -> None:
    start_bet(access, bet)
    assert bet.locked
    lower = replace(TERMS, expected_percent=Decimal(20))
    with pytest.raises(ValueError, match="locked"):
        revise_bet(access, bet, lower, [problem])
    revise_bet(access, bet, lower, [problem], "Half the stores are in one time zone anyway.")
    newest = journal.history(access.workspace.pk, bet)[0]
    assert (newest.verb, newest.data["version"]) == ("bet.revised", 2)
    assert newest.reason == "Half the stores are in one time zone anyway."


def test_a_shipped_bet_stands_as_it_was(access: Access, bet: Bet, problem: Problem) -> None:
    start_bet(access, bet)
    publish_release(access, draft_release(access, "One clock", "", [bet]))
    bet.refresh_from_db()
    with pytest.raises(ValueError, match="terms stand"):
        revise_bet(access, bet, TERMS, [problem], "We know better now.")
    with pytest.raises(ValueError, match="has shipped"):
        drop_bet(access, bet, "Never mind")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"metric": " "}, "which behaviour"),
        ({"name": ""}, "a name"),
        ({"smallest_percent": Decimal(40)}, "smallest shift"),
        ({"expected_percent": Decimal(0)}, "in percent"),
        ({"window_weeks": 2}, "3 to 26"),
        ({"direction": "sideways"}, "up or down"),
    ],
)
def test_terms_that_say_nothing_are_refused(
    access: Access, problem: Problem, change: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        create_bet(access, [problem], replace(TERMS, **change))  # type: ignore[arg-type]
    assert not Bet.objects.exists()


def test_a_bet_is_about_a_problem(access: Access) -> None:
    with pytest.raises(ValueError, match="at least one problem"):
        create_bet(access, [], TERMS)


def test_a_decision_has_a_reason_and_is_never_changed(access: Access, bet: Bet, problem: Problem) -> None:
    decide(access, bet, "yes", "Many ask, and it is two weeks of work.")
    decide(access, problem, "not_now", "After the clock.")
    assert Decision.objects.count() == 2
    with pytest.raises(ValueError, match="reason"):
        decide(access, bet, "no", "  ")
    with pytest.raises(ValueError, match="not an answer"):
        decide(access, bet, "perhaps", "because")


def test_a_viewer_decides_nothing(access: Access, bet: Bet, problem: Problem) -> None:
    looking = replace(access, role=Role.VIEWER)
    for act in (lambda: start_bet(looking, bet), lambda: create_bet(looking, [problem], TERMS)):
        with pytest.raises(PermissionDenied):
            act()


def test_state_start_and_revise_on_the_page(as_owner: Client, problem: Problem) -> None:
    form = {"name": "One clock", "metric": "Stores Compared", "expected_percent": "30", "smallest_percent": "15",
            "window_weeks": "5", "direction": "up", "problems": str(problem.pk)}  # fmt: skip
    made = as_owner.post("/w/acme/decide/bets/new", form, follow=True)
    assert "No event called" in made.content.decode()
    bet = Bet.objects.get()
    assert as_owner.post(f"/w/acme/decide/bets/{bet.pk}/start", follow=True).status_code == 200
    refused = as_owner.post(f"/w/acme/decide/bets/{bet.pk}/revise", form | {"expected_percent": "20"})
    assert refused.status_code == 422
    assert "locked" in refused.content.decode()
    as_owner.post(
        f"/w/acme/decide/bets/{bet.pk}/revise", form | {"expected_percent": "20", "reason": "Smaller than thought"}
    )
    bet.refresh_from_db()
    assert (bet.version, bet.expected_percent) == (2, Decimal(20))
    assert "Smaller than thought" in as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()
    wrong = as_owner.post("/w/acme/decide/bets/new", form | {"expected_percent": "a lot"})
    assert wrong.status_code == 422
    assert "must be a number" in wrong.content.decode()
