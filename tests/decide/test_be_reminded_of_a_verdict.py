"""When a bet's weeks are over: one reminder in the journal, the bet in sight with its undo rule, until somebody decided."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.conftest import Town
from tests.decide.test_rank_bets import bet as make_bet
from wellheard.commands.root import cli
from wellheard.core import clock
from wellheard.core.models import Entry
from wellheard.decide import services
from wellheard.decide.models import Bet
from wellheard.decide.services.reminding import remind
from wellheard.measure import reminders
from wellheard.measure.models import Outcome
from wellheard.measure.reminders import beside, remind_due, waiting
from wellheard.people.access import Access
from wellheard.people.services.workspaces import Made

RULE = "If exports fall by 15 % or more, the old button comes back."
SHIPPED = date(2026, 1, 6)  # a Tuesday: five weeks after its week end on 16 February
BEFORE, DUE = datetime(2026, 2, 15, 12, tzinfo=UTC), datetime(2026, 2, 16, 12, tzinfo=UTC)


@pytest.fixture
def bet(access: Access, town: Town) -> Bet:
    made = make_bet(access, "Clock", "ann@shop.example")
    Bet.objects.filter(pk=made.pk).update(state="shipped", shipped_on=SHIPPED, undo_rule=RULE)
    return Bet.objects.get(pk=made.pk)


def measured(bet: Bet, low: float, estimate: float, high: float, word: str = "likely helped") -> Outcome:
    return Outcome.objects.create(
        workspace=bet.workspace, bet=bet, word=word, level=3, estimate=estimate, low=low, high=high, asked=80, compared=90, pieces={},
        release_week=SHIPPED, measured_to=SHIPPED,
    )  # fmt: skip


def reminded() -> int:
    return Entry.objects.filter(verb="bet.verdict_due").count()


def test_a_reminder_is_written_once_on_the_day_and_not_before(bet: Bet) -> None:
    with time_machine.travel(BEFORE):
        assert (remind_due(), reminded()) == (0, 0)
    with time_machine.travel(DUE):
        assert (remind_due(), remind_due(), reminded()) == (1, 0, 1)
    entry = Entry.objects.get(verb="bet.verdict_due")
    assert (entry.thing_id, entry.data) == (bet.pk, {"due": "2026-02-16", "undo_rule": RULE})


def test_T19_two_workers_with_the_same_bet_in_hand_write_one_reminder(bet: Bet) -> None:
    with time_machine.travel(DUE):
        stale = Bet.objects.get(pk=bet.pk)
        assert remind(bet, date(2026, 2, 16))
        assert not remind(stale, date(2026, 2, 16))
    assert reminded() == 1


def test_the_clock_runs_it(bet: Bet) -> None:
    assert "wellheard.measure.tasks.remind_of_verdicts" in clock.JOBS
    with time_machine.travel(DUE):
        clock.JOBS["wellheard.measure.tasks.remind_of_verdicts"].run()
    assert reminded() == 1


def test_a_bet_that_fails_does_not_keep_the_others_from_theirs(
    bet: Bet, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_bet(access, "Other", "otto@shop.example")
    Bet.objects.filter(pk=other.pk).update(state="shipped", shipped_on=SHIPPED)
    honest = reminders.remind

    def breaks(found: Bet, due: date) -> bool:
        if found.pk == bet.pk:
            raise RuntimeError("broken")
        return honest(found, due)

    monkeypatch.setattr(reminders, "remind", breaks)
    with time_machine.travel(DUE):
        assert remind_due() == 1


def test_it_stays_in_sight_until_somebody_decides(as_owner: Client, access: Access, bet: Bet) -> None:
    services.decide(access, bet, "yes", "Many ask.")  # before it was due: answers nothing
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert not waiting(access.workspace)
    Bet.objects.get(pk=bet.pk).decisions.update(decided_at=datetime(2026, 1, 1, tzinfo=UTC))
    measured(bet, 0.12, 0.3, 0.5)
    home = as_owner.get("/w/acme/").content.decode()
    assert "Verdicts that wait for your answer" in home
    assert "If exports fall by 15 % or more" in home
    assert "expected +20%; measured +30%, +12% to +50%" in home
    page = as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()
    assert f"it would be undone if: “{RULE}”" in page
    assert "at least as large as was worth having" in page
    assert "waits for your answer" in as_owner.get("/w/acme/decide/").content.decode()
    services.decide(access, bet, "yes", "It stays.")
    assert "Verdicts that wait" not in as_owner.get("/w/acme/").content.decode()
    assert "waits for your answer" not in as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(0.1, 0.5, reminders.WORTH), (0.05, 0.5, reminders.OPEN), (-0.2, 0.5, reminders.UNCLEAR), (-0.2, 0.05, reminders.TOO_SMALL),
     (0.01, 0.09, reminders.TOO_SMALL), (-0.5, -0.1, reminders.WRONG_WAY)],
)  # fmt: skip
def test_no_more_is_said_than_the_interval_holds(bet: Bet, low: float, high: float, says: str) -> None:
    """The bet expects 20 % and finds 10 % worth having."""
    assert beside(bet, measured(bet, low, (low + high) / 2, high)).says == says
    bet.direction = "down"
    assert beside(bet, measured(bet, -high, -(low + high) / 2, -low)).says == says


def test_without_a_number_nothing_is_held_against_it(bet: Bet) -> None:
    none = measured(bet, 0, 0, 0, "too few to say")
    none.estimate = none.low = none.high = None
    assert beside(bet, none).says == reminders.NO_NUMBER


def test_the_same_over_the_api_and_the_command_line(client: Client, made: Made, bet: Bet) -> None:
    told = client.get("/api/verdicts", headers={"authorization": f"Bearer {made.api_token}"}).json()
    assert [(v["name"], v["due"], v["undo_rule"], v["measured"]) for v in told["verdicts"]] == [
        ("Clock", "2026-02-16", RULE, None)
    ]
    typed = cli.commands["verdicts"].main(["--workspace", "acme"], standalone_mode=False)
    assert json.loads(typed.show(True)) == told
    assert "not measured yet" in typed.show(False)
