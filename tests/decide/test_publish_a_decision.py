"""A decision is prepared, published, or withdrawn; a no takes effect only once it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services import Terms, create_bet, decide, publish, say_publicly, start_bet, withdraw
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

TERMS = Terms("One clock", "Report opened", Decimal(40), Decimal(15), window_weeks=5)


@pytest.fixture
def access(db: None) -> Access:
    from wellheard.people.access import by_command

    return by_command(workspaces.create_workspace("acme", "Acme").workspace)


@pytest.fixture
def problem(access: Access) -> Problem:
    return create_problem(access, "Days differ", "", [])


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], TERMS)


@pytest.mark.parametrize("answer", ["yes", "not_now"])
def test_a_plain_answer_is_published_at_once(access: Access, bet: Bet, answer: str) -> None:
    made = decide(access, bet, answer, "Many ask.")
    assert (made.state, made.published_by) == ("published", "command line")
    with pytest.raises(ValueError, match="published already"):
        publish(access, made)


def test_a_no_is_prepared_and_drops_the_bet_only_when_published(access: Access, bet: Bet) -> None:
    start_bet(access, bet)
    made = decide(access, bet, "no", "Two of three left.", "We will not build it.")
    bet.refresh_from_db()
    assert (made.state, bet.state) == ("prepared", "started")
    say_publicly(access, made, "We looked at it for a month and will not build it.")
    publish(access, made)
    made.refresh_from_db()
    bet.refresh_from_db()
    assert (made.state, bet.state) == ("published", "dropped")
    assert made.public_reason == "We looked at it for a month and will not build it."
    told = list(Entry.objects.filter(thing="bet", thing_id=bet.pk).order_by("pk").values_list("verb", flat=True))
    assert told[-4:] == ["decision.prepared", "decision.worded", "bet.dropped", "decision.published"]


def test_a_no_on_what_has_shipped_changes_nothing_about_the_bet(access: Access, bet: Bet) -> None:
    Bet.objects.filter(pk=bet.pk).update(state="shipped", shipped_on=date(2026, 1, 5))
    bet.refresh_from_db()
    publish(access, decide(access, bet, "no", "Nothing more of it."))
    bet.refresh_from_db()
    assert bet.state == "shipped"


def test_one_is_prepared_at_a_time_and_can_be_withdrawn(access: Access, problem: Problem) -> None:
    made = decide(access, problem, "no", "Too few.")
    with pytest.raises(ValueError, match="Publish or withdraw"):
        decide(access, problem, "no", "Too few, again.")
    with pytest.raises(ValueError, match="why it is withdrawn"):
        withdraw(access, made, " ")
    withdraw(access, made, "An account of ours lives on it.")
    assert made.state == "withdrawn"
    for late in (
        lambda: publish(access, made),
        lambda: withdraw(access, made, "x"),
        lambda: say_publicly(access, made, "x"),
    ):
        with pytest.raises(ValueError, match="withdrawn already"):
            late()
    assert decide(access, problem, "no", "Still.").state == "prepared"


def test_who_only_contributes_publishes_nothing(access: Access, problem: Problem) -> None:
    made = decide(access, problem, "no", "Too few.")
    weak = replace(access, role=Role.CONTRIBUTOR)
    for act in (lambda: publish(weak, made), lambda: withdraw(weak, made, "x"), lambda: say_publicly(weak, made, "x")):
        with pytest.raises(PermissionDenied):
            act()
    assert Decision.objects.get().state == "prepared"
