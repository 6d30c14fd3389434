"""Whether "likely" can be believed in a workspace: the method on what did not ship."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from tests.measure.grounds import ground
from tests.measure.simulate import simulate
from tests.measure.test_measure_a_bet import Product
from wellheard.commands.watch import outcome
from wellheard.core.models import Entry
from wellheard.measure.models import Outcome, SelfCheck
from wellheard.measure.outcome import judge
from wellheard.measure.selfcheck import services
from wellheard.measure.selfcheck.placebos import (
    Ground,
    candidates,
    check,
    limit,
    too_often,
    try_placebo,
    without_likely,
)
from wellheard.measure.selfcheck.reading import _kept
from wellheard.measure.selfcheck.reading import ground as read
from wellheard.measure.services import measure_bet, measure_due
from wellheard.measure.tasks import check_now
from wellheard.people.access import Access
from wellheard.people.models import Member
from wellheard.store import Store


@pytest.fixture(scope="module")
def fair() -> Ground:
    return ground(0, people=2000, metrics=1, weeks=50)


def mark(access: Access, *, off: bool, likely: int = 30, compared: int = 120) -> SelfCheck:
    return SelfCheck.objects.create(
        workspace=access.workspace, tried=150, compared=compared, likely=likely, off=off, weeks=5, metrics=["Report Opened"]
    )  # fmt: skip


def test_nothing_shipped_and_the_word_stays() -> None:
    done = check(ground(3), 5, seed=3)
    assert done.compared >= 100
    assert too_often(done.likely, done.compared) is False


def test_people_with_seasons_of_their_own_switch_it_off() -> None:
    done = check(ground(1, season=0.4), 5, seed=1)
    assert too_often(done.likely, done.compared) is True


def test_under_a_hundred_comparisons_nothing_is_said(fair: Ground) -> None:
    done = check(fair, 5, seed=1, most=12)
    assert done.compared == 12
    assert too_often(done.likely, done.compared) is None
    assert too_often(99, 99) is None
    assert too_often(8, 100) is False  # 5 % and 1.64 standard errors: 8.6 %
    assert too_often(9, 100) is True
    assert limit(100) == pytest.approx(0.0857, abs=1e-4)


def test_weeks_of_one_problem_never_overlap_and_the_draw_repeats(fair: Ground) -> None:
    found = candidates(fair, 5, 7)
    assert found == candidates(fair, 5, 7)
    assert found != candidates(fair, 5, 8)
    for topic in range(3):
        weeks = sorted(p.week for p in found if p.topic == topic)
        assert all(b - a >= 6 for a, b in pairwise(weeks))


def test_a_problem_counts_until_something_shipped_for_it(fair: Ground) -> None:
    shipped = replace(fair, shipped={0: (30,), 1: (10,)})
    found = candidates(shipped, 5, 7)
    assert {p.week + 5 < 30 for p in found if p.topic == 0} == {True}
    assert not [p for p in found if p.topic == 1]
    assert [p for p in found if p.topic == 2]


def test_whose_other_wish_came_true_is_left_out(fair: Ground) -> None:
    placebo = next(p for p in candidates(fair, 5, 7) if p.week > 30)
    whole = try_placebo(fair, placebo, 5)
    other = (placebo.topic + 1) % 10
    less = try_placebo(replace(fair, shipped={other: (placebo.week - 3,)}), placebo, 5)
    long_ago = try_placebo(replace(fair, shipped={other: (placebo.week - 13,)}), placebo, 5)
    granted = np.unique(fair.ask_person[(fair.ask_topic == other) & (fair.ask_week < placebo.week)])
    assert less.counts.askers < whole.counts.askers
    assert whole.counts.mirror - less.counts.mirror <= len(granted)
    assert less.counts.mirror < whole.counts.mirror
    assert long_ago.counts == whole.counts


def test_time_is_bounded(fair: Ground) -> None:
    done = check(fair, 5, seconds=0.0)
    assert done.short
    assert len(done.tried) <= 1


def test_switched_off_a_likely_becomes_what_was_seen() -> None:
    product = simulate(effect=0.5, seed=4, people=3000)
    verdict = judge(**product.arguments())
    assert verdict.word == "likely helped"
    weaker = without_likely(verdict, "Because.")
    assert weaker.word == "moved together"
    assert weaker.level == 1
    assert weaker.moved is not None
    assert weaker.estimate == weaker.moved.change
    assert weaker.reasons[0] == "Because."
    assert without_likely(weaker, "Again.") == weaker


def test_a_workspace_with_little_cannot_be_checked_yet(
    access: Access, event_store: Store, client: Client, owner: Member
) -> None:
    product = Product(access, event_store, lift=1.0)
    made = services.check_workspace(access.workspace, event_store)
    assert made.compared < 100
    assert made.off is False
    client.force_login(owner.user)
    page = client.get("/w/acme/measure/self-check").content.decode()
    assert "Cannot be checked yet" in page
    assert f"{made.compared} of 100" in page
    found = read(access.workspace, event_store)
    assert set(found.weekly) == {"Report Opened"}
    assert product.bet.shipped_on is not None
    assert list(found.shipped) == [product.problem.pk]
    assert found.weekly["Report Opened"].sum() == 0 + event_store.reader.weekly_counts(
        access.workspace.pk, ["Report Opened"], product.bet.shipped_on - timedelta(weeks=60), 70
    ).counts.sum()  # fmt: skip
    assert len(np.unique(found.ask_person[found.ask_topic == product.problem.pk])) == 60


def test_off_and_on_again_say_verdicts_anew(access: Access, event_store: Store, client: Client, owner: Member) -> None:
    product = Product(access, event_store, lift=1.6)
    assert measure_bet(product.bet, event_store).word == "likely helped"
    mark(access, off=True)
    assert measure_due(event_store) == 1
    newest = product.bet.outcomes.order_by("-pk").first()  # type: ignore[attr-defined]
    assert newest.word == "moved together"
    assert newest.level == 1
    assert newest.pieces["reasons"][0].startswith("“Likely” is switched off in this workspace: of 120 comparisons")
    assert measure_due(event_store) == 0
    client.force_login(owner.user)
    assert "switched off" in client.get(f"/w/acme/measure/bets/{product.bet.pk}").content.decode()
    assert "switched off here" in client.get("/w/acme/measure/").content.decode()
    assert "25.0%" in client.get("/w/acme/measure/self-check").content.decode()
    mark(access, off=False, likely=3)
    assert measure_due(event_store) == 1
    assert Outcome.objects.latest("pk").word == "likely helped"
    assert "can be used here" in client.get("/w/acme/measure/self-check").content.decode()


def test_too_few_later_leave_it_as_it_was(access: Access, event_store: Store) -> None:
    mark(access, off=True)
    made = services.check_workspace(access.workspace, event_store)
    assert made.compared == 0
    assert made.off is True
    off = services.likely_off(access.workspace)
    assert off is not None
    assert off.compared == 120


def test_it_is_checked_once_in_four_weeks_where_something_shipped(access: Access, event_store: Store) -> None:
    assert services.check_all(event_store) == 0
    Product(access, event_store, lift=1.0)
    assert services.check_all(event_store) == 1
    assert services.check_all(event_store) == 0
    SelfCheck.objects.update(made_at=timezone.now() - timedelta(days=29))
    assert services.check_all(event_store) == 1


def test_of_very_many_people_whole_accounts_are_drawn() -> None:
    persons = np.arange(1, 60_001)
    account = np.where(persons <= 50_000, persons // 10 + 1, 0)  # the last ten thousand belong to none
    kept = _kept(persons, account, np.array([17, 55_000]))
    assert 19_000 < kept.sum() <= 20_000 + 11
    assert kept[account == account[16]].all()  # an asker's colleagues
    assert kept[54_999]
    for number in range(1, 5000, 250):
        assert len(set(kept[account == number].tolist())) == 1  # all of an account, or nobody
    assert (kept == _kept(persons, account, np.array([17, 55_000]))).all()
    assert _kept(persons[:900], account[:900], np.array([5])).all()


def test_pressed_twice_is_checked_once(access: Access, event_store: Store, client: Client, owner: Member) -> None:
    client.force_login(owner.user)
    for _ in range(2):
        assert client.post("/w/acme/measure/self-check").status_code == 302
        check_now.func(access.workspace.pk, "member", owner.pk, "Olga")
    assert SelfCheck.objects.count() == 1
    entry = Entry.objects.get(verb="workspace.self_checked")
    assert (entry.actor_kind, entry.actor_name) == ("member", "Olga")


def test_asked_for_on_the_command_line(access: Access, event_store: Store) -> None:
    said = CliRunner().invoke(outcome, ["selfcheck", "--workspace", "acme"], standalone_mode=False)
    assert said.return_value.text.startswith("Cannot be checked yet: 0 of 100")
    shown = CliRunner().invoke(outcome, ["selfcheck", "--show", "--workspace", "acme"], standalone_mode=False)
    assert shown.return_value.data["state"] == "too few"
    assert SelfCheck.objects.count() == 1


def test_a_viewer_may_look_but_not_have_it_checked(client: Client, viewer: Member) -> None:
    client.force_login(viewer.user)
    page = client.get("/w/acme/measure/self-check")
    assert "Not checked yet" in page.content.decode()
    assert "Check now" not in page.content.decode()
    assert client.post("/w/acme/measure/self-check").status_code == 403
