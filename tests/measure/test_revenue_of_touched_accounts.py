"""What the accounts of those who asked pay, with an interval or a reason why there is none."""

import numpy as np

from wellheard.measure.revenue import change


def test_the_interval_covers_the_true_change_about_as_often_as_it_says():
    covered, runs = 0, 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        before = rng.integers(2000, 20000, 60)
        after = before * np.where(rng.random(60) < 0.3, 1.5, 1.0)  # on average +15 %
        found = change(list(zip(before.tolist(), after.astype(int).tolist(), strict=True)))
        covered += found["low"] <= 0.15 <= found["high"]
    assert 0.88 * runs <= covered < runs


def test_too_few_accounts_or_changes_have_no_interval_but_a_reason():
    few = change([(1000, 2000)] * 9 + [(0, 5000)] * 20)
    assert (few["paying"], few["change"], few["low"]) == (9, None, None)
    assert "paid at release" in few["why"]
    still = change([(1000, 1000)] * 50 + [(1000, 0)] * 4)
    assert (still["changed"], still["change"], still["high"]) == (4, None, None)
    assert "changed what they pay" in still["why"]
    assert change([])["why"]


def test_the_same_accounts_have_the_same_interval_each_time():
    pairs = [(1000, 1000 + 100 * i) for i in range(12)]
    assert change(pairs) == change(pairs)
    assert change(pairs)["low"] < change(pairs)["change"] < change(pairs)["high"]
