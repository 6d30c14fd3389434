"""Two arms are compared as published methods say; a p-value is below alpha exactly when the interval excludes no difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.measure.oracles.generate import table
from wellheard.measure.experiment import (
    Always,
    Fixed,
    Mean,
    Moments,
    Planned,
    Proportion,
    Ratio,
    compare,
    pooled,
    shares_fit,
)
from wellheard.measure.experiment.effect import Standing
from wellheard.measure.experiment.looks import boundaries

GOLD = json.loads((Path(__file__).parent / "oracles" / "tea_tasting.json").read_text())["metrics"]
METRICS = {
    "mean": Mean("value"), "cuped": Mean("value", "before"), "share": Proportion("bought"), "ratio": Ratio("orders", "sessions"),
    "ratio_cuped": Ratio("orders", "sessions", ("orders_before", "sessions_before")),
}  # fmt: skip


@pytest.fixture(scope="module")
def arms() -> list[Moments]:
    rows = table()
    return Moments.by_arm(rows["variant"], {k: v for k, v in rows.items() if k != "variant"}, 2)


@pytest.mark.parametrize("name", list(METRICS))
def test_T36_agrees_with_tea_tasting(arms: list[Moments], name: str) -> None:
    found, gold = compare(METRICS[name], arms[0], arms[1], Fixed()), GOLD[name]
    mine = [found.control, found.treatment, found.difference, found.low, found.high, found.p, found.relative]
    keys = (
        "control",
        "treatment",
        "effect_size",
        "effect_size_ci_lower",
        "effect_size_ci_upper",
        "pvalue",
        "rel_effect_size",
    )
    assert mine == pytest.approx([gold[k] for k in keys], rel=1e-6, abs=1e-9)


def test_T36_agrees_with_scipys_welch(arms: list[Moments]) -> None:
    rows = table()
    theirs = stats.ttest_ind(rows["value"][rows["variant"] == 1], rows["value"][rows["variant"] == 0], equal_var=False)
    found = compare(Mean("value"), arms[0], arms[1], Fixed())
    interval = theirs.confidence_interval()
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, theirs.pvalue), rel=1e-9)


def test_sums_of_arms_are_the_sums_of_all(arms: list[Moments]) -> None:
    rows = table()
    whole = Moments.of({k: v for k, v in rows.items() if k != "variant"})
    both = pooled(arms)
    assert both.n == whole.n
    assert both.mean == pytest.approx(whole.mean)
    assert both.spread == pytest.approx(whole.spread)


def test_boundaries_are_the_published_ones() -> None:
    """Lan & DeMets' O'Brien–Fleming, two-sided 5 %, five equal looks, as printed for ldbounds and gsDesign."""
    assert boundaries((0.2, 0.4, 0.6, 0.8, 1.0)) == pytest.approx((4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=2e-4)
    assert boundaries((1.0,)) == pytest.approx((1.95996,), abs=2e-4)
    with pytest.raises(ValueError, match="must rise"):
        boundaries((0.5, 0.4))


RULES: list[Any] = [Fixed(), Fixed(0.1), Planned((0.3, 0.6, 1.0)), Planned((0.5,)), Always(), Always(2_000, 0.1)]


@pytest.mark.parametrize("rule", RULES, ids=str)
@settings(max_examples=60, deadline=None)
@given(
    difference=st.floats(-5, 5), se=st.floats(1e-3, 2), df=st.floats(2, 1e5), smaller=st.integers(1, 50_000), more=st.integers(0, 50_000)
)  # fmt: skip
def test_T35_p_is_below_alpha_exactly_when_the_interval_excludes_no_difference(
    rule: Any, difference: float, se: float, df: float, smaller: int, more: int
) -> None:
    at = Standing(difference, se, df, 2 * smaller + more, smaller)
    p, reach = rule.p(at), rule.reach(at)
    assert 0 <= p <= 1
    if abs(abs(difference) - reach) > 1e-6 * reach:
        assert (p < rule.alpha) == (abs(difference) > reach)


def test_T36_nothing_varies_says_nothing() -> None:
    same = Moments.of({"value": np.ones(50)})
    found = compare(Mean("value"), same, same, Fixed())
    assert (found.p, found.sure, found.relative) == (1.0, False, 0.0)
    one = Moments.of({"value": np.ones(1)})
    assert not compare(Mean("value"), one, one, Fixed()).sure
    with pytest.raises(ValueError, match="no finite number"):
        Moments.of({"value": np.array([1.0, np.nan])})
    with pytest.raises(ValueError, match="no column"):
        same.average("other")


def test_T36_the_share_check_fires_at_51_to_49_and_not_on_fair_ones() -> None:
    assert shares_fit([51_000, 49_000], [1, 1]).stop
    assert not shares_fit([50_100, 49_900], [1, 1]).stop
    assert not shares_fit([0, 0], [1, 1]).stop
    assert shares_fit([10, 20, 30], [1, 2, 3]).p == pytest.approx(1)
    theirs = stats.chisquare([480, 520, 500], [500, 500, 500]).pvalue
    assert shares_fit([480, 520, 500], [1, 1, 1]).p == pytest.approx(theirs)
    for counts, weights in (([1], [1]), ([1, 2], [1]), ([1, -2], [1, 1]), ([1, 2], [0, 1])):
        with pytest.raises(ValueError, match=r"arm|above 0"):
            shares_fit(counts, weights)


def test_the_confidence_sequence_is_the_published_width() -> None:
    """se·√(2(Nρ²+1)/(Nρ²)·log(√(Nρ²+1)/α)), against numbers worked out by hand for N = 1,000, ρ² = 1/500, α = 5 %."""
    rule = Always(tuned=1)
    n, rho2 = 1_000, rule.rho2
    expected = np.sqrt(2 * (n * rho2 + 1) / (n * rho2) * np.log(np.sqrt(n * rho2 + 1) / 0.05))
    assert rule.reach(Standing(0, 1, 1e9, n, 500)) == pytest.approx(expected)
    assert rule.reach(Standing(0, 1, 1e9, 150, 75)) == float("inf"), "too few to say"
    wide = Always(10_000).reach(Standing(0, 1, 1e9, 10_000, 5_000)) / 1.95996
    assert 1.4 < wide < 1.8
