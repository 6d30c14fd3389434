"""Measured bets are looked at again in later weeks; an effect that is gone raises an alarm."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.measure.simulate import simulate
from tests.measure.test_measure_a_bet import SHIPPED, Product
from wellheard.commands.watch import outcome as commands
from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Stakeholder
from wellheard.measure.digest import gather
from wellheard.measure.fading import services
from wellheard.measure.fading.queries import alarms, alarms_of, later
from wellheard.measure.fading.rule import gone, windows
from wellheard.measure.models import Fading, Outcome, Relook
from wellheard.measure.outcome import judge
from wellheard.measure.services import measure_bet
from wellheard.measure.updates import update_for
from wellheard.people.access import Access
from wellheard.people.models import Member
from wellheard.people.queries.money import today
from wellheard.store import Store
from wellheard.understand.models import Problem


def piece(theta: float, se: float = 0.06) -> dict[str, Any]:
    low, high = theta - 2 * se, theta + 2 * se
    shares = {"change": theta, "change_low": low, "change_high": high}
    return {"theta": theta, "se": se, "low": low, "high": high, "df": 50.0, "people": 60, **shares}


def both(a: float, b: float, se: float = 0.06) -> dict[str, Any]:
    return {"a": piece(a, se), "b": piece(b, se), "moved": piece((a + b) / 2, se)}


def raised(access: Access, bet: Bet) -> Fading:
    """The alarm as it stands when the first verdict was likely and a later look found nothing."""
    w = access.workspace
    numbers = {"workspace": w, "bet": bet, "asked": 60, "compared": 150}
    verdict = Outcome.objects.create(
        **numbers, word="likely helped", level=2, estimate=0.5, low=0.3, high=0.7, pieces=both(0.4, 0.4), release_week=SHIPPED,
        measured_to=SHIPPED,
    )  # fmt: skip
    relook = Relook.objects.create(
        **numbers, first=10, last=13, word="not shown", level=2, estimate=0.01, low=-0.1, high=0.12, pieces=both(0, 0)
    )
    services._raise_if_gone(bet, verdict, relook)
    return Fading.objects.get(bet=bet)


def test_what_lasts_raises_nothing_and_what_ends_does() -> None:
    first = both(0.4, 0.35)
    assert gone(first, "likely helped", both(0.3, 0.3)) is False
    assert gone(first, "likely helped", both(0.02, 0.0)) is True
    assert gone(first, "likely helped", both(0.19, 0.15, se=0.1)) is False  # less, but not by more than chance
    assert gone(first, "likely helped", both(0.02, 0.3)) is False  # one comparison is not enough
    assert gone(first, "moved together", both(0.0, 0.0)) is True


def test_wanting_less_of_something_is_the_same_the_other_way() -> None:
    assert gone(both(-0.4, -0.4), "likely helped", both(0, 0), "down") is True
    assert gone(both(-0.4, -0.4), "moved together", both(-0.35, -0.35), "down") is False
    assert gone(both(0.4, 0.4), "moved together", both(0, 0), "down") is None


@pytest.mark.parametrize("word", ["not shown", "too few to say", "likely hurt", "helped"])
def test_what_was_never_there_cannot_fade(word: str) -> None:
    assert gone(both(0.4, 0.4), word, both(0, 0)) is None


def test_without_numbers_nothing_is_said() -> None:
    assert gone(both(0.4, 0.4), "likely helped", {"a": None, "b": piece(0.0), "moved": piece(0.0)}) is None
    assert gone(both(0.4, 0.4), "likely helped", both(0.0, float("nan"))) is None


def test_a_year_of_windows_follows_the_first() -> None:
    found = list(windows(5))
    assert found[0] == (6, 9)
    assert found[-1] == (46, 49)
    assert len(found) == 11


def test_the_whole_method_sees_an_effect_that_ends() -> None:
    product = simulate(effect=0.6, seed=2, after=13, people=3000)
    without = simulate(effect=0.0, seed=2, after=13, people=3000)
    weekly = product.weekly.copy()
    weekly[:, product.release_week + 6 :] = without.weekly[:, product.release_week + 6 :]
    first = judge(**product.arguments(outcome_weeks=5))
    assert first.word == "likely helped"
    pieces = services._pieces(first)
    lasts = judge(**product.arguments(outcome_weeks=(10, 13)))
    ends = judge(**product.arguments(outcome_weeks=(10, 13), weekly=weekly))
    assert gone(pieces, first.word, services._pieces(lasts)) is False
    assert gone(pieces, first.word, services._pieces(ends)) is True


def test_looked_at_again_once_a_window_and_kept_beside_the_verdict(
    access: Access, event_store: Store, client: Client, owner: Member
) -> None:
    product = Product(access, event_store, lift=1.6)
    bet = product.bet
    Bet.objects.filter(pk=bet.pk).update(window_weeks=2)  # released eight weeks ago: weeks 3 to 6 are over
    bet.refresh_from_db()
    assert services.look_at_all(event_store) == 0  # nothing is looked at again before its verdict
    verdict = measure_bet(bet, event_store)
    assert services.looks_due(bet, date.today()) == [(3, 6)]
    assert services.looks_due(bet, SHIPPED + timedelta(weeks=8, days=-1)) == []
    assert services.look_at_all(event_store) == 1
    assert services.look_at_all(event_store) == 0
    relook = Relook.objects.get()
    assert (relook.first, relook.last, relook.asked) == (3, 6, 60)
    assert relook.word == "likely helped"
    assert later(bet).verdict == verdict
    assert Entry.objects.filter(verb="bet.measured_later", thing_id=bet.pk).count() == 1
    assert not alarms(access.workspace)
    client.force_login(owner.user)
    page = client.get(f"/w/acme/measure/bets/{bet.pk}").content.decode()
    assert "Did it last?" in page
    assert "3 to 6" in page
    said = CliRunner().invoke(commands, ["later", str(bet.pk), "--workspace", "acme"], standalone_mode=False)
    assert "3 to 6" in said.return_value.text


def test_an_alarm_opens_the_problem_again_and_an_owner_dismisses_it(
    access: Access, bet: Bet, client: Client, owner: Member, viewer: Member
) -> None:
    problem = bet.problems.get()
    fading = raised(access, bet)
    assert alarms(access.workspace) == [fading]
    assert alarms_of(problem) == [fading]
    problem.refresh_from_db()
    assert problem.closed_at is None
    now = today(access.workspace)
    told = [line for s in gather(access.workspace, now - timedelta(days=1), now).sections for line in s.lines]
    assert [x.detail for x in told if "gone" in x.detail] == [
        "the effect is gone in weeks 10 to 13; its problems are open again"
    ]
    colleague = Stakeholder.objects.create(
        workspace=access.workspace, name="Vera", power=3, interest=3, member=viewer, everything=True
    )
    assert "Gone again: Exports that open, in weeks 10 to 13" in update_for(colleague).words
    entry = Entry.objects.get(verb="problem.reopened")
    assert (entry.thing_id, entry.data) == (problem.pk, {"bet": bet.pk})
    assert "in weeks 10 to 13 the effect is gone" in entry.reason
    client.force_login(viewer.user)
    for where in (
        "/w/acme/",
        "/w/acme/measure/",
        f"/w/acme/understand/problems/{problem.pk}",
        f"/w/acme/measure/bets/{bet.pk}",
    ):
        page = client.get(where, follow=True).content.decode()
        assert "gone" in page, where
        assert "Dismiss the alarm" not in page
    assert client.post(f"/w/acme/measure/bets/{bet.pk}/dismiss", {"reason": "x"}).status_code == 403
    client.force_login(owner.user)
    assert "Dismiss the alarm" in client.get(f"/w/acme/measure/bets/{bet.pk}").content.decode()
    client.post(f"/w/acme/measure/bets/{bet.pk}/dismiss", {"reason": " "})
    assert alarms(access.workspace)
    client.post(f"/w/acme/measure/bets/{bet.pk}/dismiss", {"reason": "They moved to the new export."})
    assert not alarms(access.workspace)
    page = client.get(f"/w/acme/measure/bets/{bet.pk}").content.decode()
    assert "They moved to the new export." in page
    with pytest.raises(ValueError, match="already"):
        services.dismiss(access, fading, "again")


def test_an_alarm_is_raised_once_a_bet(access: Access, bet: Bet) -> None:
    fading = raised(access, bet)
    services._raise_if_gone(bet, fading.outcome, fading.relook)
    assert Entry.objects.filter(verb="bet.faded").count() == 1


def test_only_owners_dismiss(access: Access, bet: Bet, viewer: Member) -> None:
    from wellheard.core.journal import Actor
    from wellheard.people.models import Role

    weak = Access(access.workspace, Actor(access.workspace.pk, "member", viewer.pk, "Vera"), Role.EDITOR, viewer)
    with pytest.raises(PermissionDenied):
        services.dismiss(weak, raised(access, bet), "no")


@pytest.fixture
def bet(access: Access) -> Bet:
    problem = Problem.objects.create(workspace=access.workspace, name="Exports break", closed_at="2026-01-01T00:00:00Z")
    made = Bet.objects.create(
        workspace=access.workspace, name="Exports that open", metric="Exported", expected_percent=20, smallest_percent=10,
        state=Bet.State.SHIPPED, shipped_on=SHIPPED,
    )  # fmt: skip
    made.problems.add(problem)
    return made
