"""What the accounts of those who asked pay: kept, grown, lost, with intervals or a reason why there are none."""

from __future__ import annotations

import numpy as np
import pytest

from wellheard.measure.revenue import difference, revenue


def test_the_interval_covers_the_true_change_about_as_often_as_it_says() -> None:
    covered, runs = 0, 150
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        before = rng.integers(2000, 20000, 60)
        after = (before * np.where(rng.random(60) < 0.3, 1.5, 1.0)).astype(np.int64)  # on average +15 %
        shares = revenue(before, after).shares
        assert shares is not None
        covered += shares["change"].low <= 0.15 <= shares["change"].high  # type: ignore[operator]
    assert 0.88 * runs <= covered < runs


def test_kept_grown_and_lost_add_up_and_have_intervals() -> None:
    before = np.array([10_000] * 40 + [0] * 5)
    after = np.array([10_000] * 20 + [15_000] * 10 + [0] * 10 + [700] * 5)
    found = revenue(before, after)
    assert (found.accounts, found.paying) == (45, 40)
    assert (found.kept, found.grown, found.lost, found.new) == (300_000, 50_000, 100_000, 3_500)
    assert found.before == found.kept + found.lost
    assert found.after == found.kept + found.grown + found.new
    shares = found.shares
    assert shares is not None
    assert [shares[k].value for k in ("kept", "grown", "lost", "change")] == [0.75, 0.125, 0.25, -0.125]
    # Wilson's interval of 10 in 40 by the textbook, with Student's t of 39 in the normal's place.
    low, high = shares["lost"].low, shares["lost"].high
    assert (low, high) == (pytest.approx(0.1393, abs=1e-3), pytest.approx(0.4071, abs=1e-3))
    assert (shares["kept"].low, shares["kept"].high) == (
        pytest.approx(1 - 0.4071, abs=1e-3),
        pytest.approx(1 - 0.1393, abs=1e-3),
    )
    change = shares["change"]
    assert change.low is not None
    assert change.high is not None
    assert change.low < -0.125 < change.high
    assert revenue(before, after) == found


def test_too_few_accounts_have_no_share_but_a_reason() -> None:
    few = revenue(np.array([100] * 9 + [0] * 50), np.array([200] * 9 + [0] * 50))
    assert (few.paying, few.before, few.shares) == (9, 900, None)
    assert "Fewer than 10" in few.why
    assert revenue(np.array([], np.int64), np.array([], np.int64)).why == "No account of theirs is known."


def test_nobody_lost_is_not_nothing_to_lose() -> None:
    """Fifty that all stayed leave room for a few of a hundred leaving."""
    found = revenue(np.full(50, 1000), np.array([1000] * 46 + [1200] * 4))
    assert found.shares is not None
    lost = found.shares["lost"]
    assert (lost.value, lost.low, lost.high) == (0.0, 0.0, pytest.approx(0.075, abs=0.005))
    assert (found.shares["grown"].low, found.shares["change"].low) == (None, None)
    assert "Fewer than 5 of these accounts grew" in found.why


def test_a_few_large_accounts_leave_no_interval() -> None:
    before = np.array([1_000_000, 900_000, 800_000] + [1000] * 60)
    found = revenue(before, np.where(before > 1000, before, before * 2))
    assert found.shares is not None
    assert {part.low for part in found.shares.values()} == {None}
    assert "A few large accounts" in found.why


def test_t29_fewer_than_five_accounts_are_not_shown() -> None:
    for hidden in (
        revenue(np.full(4, 100), np.full(4, 90)),
        revenue(np.full(40, 100), np.full(40, 90), may_show=False),
    ):
        assert {hidden.before, hidden.after, hidden.kept, hidden.lost, hidden.new, hidden.shares} == {None}
        assert "not shown" in hidden.why


def test_beside_others_the_difference_is_between_both() -> None:
    before = np.full(60, 1000)
    steady = np.array([1000] * 50 + [1100] * 5 + [900] * 5)
    found = difference((before, steady + 200), (before, steady))
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.low is not None
    assert found.low < 0.2
    assert difference((before, before), (before, steady)) is None
    assert difference((before[:4], steady[:4]), (before, steady)) is None
