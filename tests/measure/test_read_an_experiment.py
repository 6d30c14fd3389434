"""A whole report: several variants and metrics, guardrails, segments, and words that claim no more than the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wellheard.measure.experiment.adjusting import benjamini_hochberg, holm
from wellheard.measure.experiment.report import Metric, Plan, Report, Table, judge_experiment
from wellheard.measure.experiment.survival import log_rank, restricted_mean

PAID = Metric("paid", "Paid within 14 days", "proportion", role="primary")
SPENT = Metric("spent", "Money spent", "revenue", winsorise=0.99)
ORDERS = Metric("orders", "Orders a visit", "ratio")
DAYS = Metric("days", "Days until paid", "time", "down")
PROFIT = Metric("profit", "Profit", "mean", role="guardrail", margin=0.05)
EVERY = (PAID, SPENT, ORDERS, DAYS, PROFIT)


def table(seed: int = 1, n: int = 6000, lift: float = 0.0, arms: int = 3) -> Table:
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, arms, n)
    paid = (rng.random(n) < 0.2 + lift * (arm == 1)).astype(float)
    before = rng.gamma(2, 3, n)
    until = rng.exponential(20, n)
    return Table(
        arm,
        {
            "paid": paid, "spent": before + rng.gamma(1, 20, n) * paid, "orders": rng.poisson(2, n).astype(float),
            "days": np.minimum(until, 14), "profit": rng.normal(-5, 2, n),
        },
        {"orders": 1.0 + rng.poisson(3, n)}, {"spent": before}, {"days": until > 14}, {"plan": rng.choice(["free", "pro"], n)},
    )  # fmt: skip


def plan(method: str = "fixed", total: int = 6000, metrics: tuple[Metric, ...] = EVERY, arms: int = 3) -> Plan:
    names = ("control", "blue", "green")[:arms]
    return Plan(names, (1.0,) * arms, metrics, method, planned_total=total)  # type: ignore[arg-type]


def agree(report: Report) -> None:
    for c in (*report.comparisons, *(e.found for e in report.explorations)):
        assert (c.p < c.alpha) == (c.interval[0] > 0 or c.interval[1] < 0)
        assert (c.adjusted_p < c.alpha) == (c.adjusted_interval[0] > 0 or c.adjusted_interval[1] < 0)
        assert c.adjusted_p >= c.p
        for mine, theirs in (
            (c.interval, c.relative_interval),
            (c.adjusted_interval, c.adjusted_relative_interval),
        ):
            if theirs is not None:
                assert (theirs[0] > 0 or theirs[1] < 0) == (mine[0] > 0 or mine[1] < 0)
    for g in report.guards:
        assert (g.verdict == "holds") == (g.p < g.level)
        assert g.slack is None or (g.slack > 0) == (g.p < g.level)


@pytest.mark.parametrize("method", ["fixed", "spending", "sequence"])
def test_T35_p_and_intervals_agree_for_each_method_raw_and_adjusted(method: str) -> None:
    shown = set()
    for seed in range(12):
        report = judge_experiment(plan(method), table(seed, lift=0.02 * (seed % 4)), [1500, 3000])
        assert report.state == "read"
        agree(report)
        shown |= {c.verdict for c in report.comparisons}
    assert {"helped", "open"} <= shown


@settings(max_examples=200, deadline=None)
@given(ps=st.lists(st.floats(0, 1), min_size=1, max_size=9), alpha=st.sampled_from([0.01, 0.05, 0.2]))
def test_T35_levels_of_several_comparisons_decide_as_adjusted_p_does(ps: list[float], alpha: float) -> None:
    adjusted, levels = holm(ps, alpha)
    qs, level = benjamini_hochberg(ps, alpha)
    for p, q, mine, own in zip(ps, qs, adjusted, levels, strict=True):
        if abs(mine - alpha) > 1e-9:
            assert (mine < alpha) == (p < own)
        if abs(q - alpha) > 1e-9:
            assert (q < alpha) == (p < level)
    assert qs == pytest.approx(stats.false_discovery_control(ps))


def test_a_team_reads_what_helped() -> None:
    report = judge_experiment(plan(arms=2), table(3, lift=0.08, arms=2))
    assert report.primary[0].verdict == "helped"
    assert report.headline.startswith("Paid within 14 days: blue helped; it is higher, between +")
    assert "Money spent" in report.comparisons[1].words
    assert 0 < (report.comparisons[1].cuped or 0) < 1
    assert report.guards[0].verdict == "holds"
    assert all(e.words.startswith("plan ") for e in report.explorations)
    assert len(report.explorations) == 2
    assert report.as_json()["comparisons"][0]["verdict"] == "helped"


def test_no_difference_is_never_called_none() -> None:
    report = judge_experiment(plan(arms=2), table(4, arms=2))
    assert report.primary[0].verdict == "open"
    assert "no difference shown; between −" in report.headline
    assert "remain possible" in report.headline


def test_a_fixed_experiment_is_not_read_before_its_end() -> None:
    report = judge_experiment(plan(total=9000), table())
    assert (report.state, report.comparisons) == ("early", ())
    assert report.headline.startswith("Too early: 6,000 of 9,000 people.")
    few = judge_experiment(plan("sequence", arms=2), table(n=150, arms=2))
    assert "at least 100 people" in few.headline


def test_a_look_at_the_very_beginning_says_that_it_is_one() -> None:
    report = judge_experiment(plan("spending", total=1_000_000, arms=2), table(n=400, arms=2))
    assert report.headline.startswith("Paid within 14 days: too early to say.")
    assert "400 of 1,000,000 planned people so far" in report.headline


def test_T36_wrong_shares_void_everything() -> None:
    report = judge_experiment(plan(arms=2), table(arms=2), exposed=[51_000, 49_000])
    assert (report.state, report.comparisons, report.shares.stop) == ("void", (), True)
    assert report.headline.startswith(
        "Void: the variants did not get the shares that were planned (control 51,000, blue 49,000"
    )


def test_T36_tiny_rates_nothing_varying_and_levels_near_zero_give_words() -> None:
    n = 400
    arm = np.arange(n) % 2
    rare = np.zeros(n)
    rare[:3] = 1
    rng = np.random.default_rng(2)
    metrics = (
        Metric("rare", "Rare", "proportion", role="primary"), Metric("same", "Same", "mean"), Metric("none", "Ratio of none", "ratio"),
        Metric("zero", "Around zero", "mean", role="guardrail", margin=0.1), Metric("never", "Never", "time", "down"),
    )  # fmt: skip
    held = Table(
        arm, {"rare": rare, "same": np.full(n, 3.0), "none": np.ones(n), "zero": rng.normal(0, 1, n), "never": np.full(n, 14.0)},
        {"none": np.zeros(n)}, {}, {"never": np.ones(n, bool)},
    )  # fmt: skip
    for method in ("fixed", "spending", "sequence"):
        report = judge_experiment(plan(method, n, metrics, 2), held)
        assert [c.verdict for c in report.comparisons] == ["unsaid"] * 4
        assert "too rare" in report.headline
        assert "does not vary" in report.comparisons[1].words
        assert "nothing to divide by" in report.comparisons[2].words
        assert "too near to 0" in report.guards[0].words
        agree(report)


def test_T36_a_negative_baseline_is_a_loss_that_grows() -> None:
    rng = np.random.default_rng(5)
    arm = np.arange(4000) % 2
    metrics = (Metric("profit", "Profit", "mean", role="primary"), PROFIT.__class__("p2", "Profit kept", "mean", role="guardrail", margin=0.1))  # fmt: skip
    worse = rng.normal(-5, 1, 4000) - arm
    report = judge_experiment(plan("fixed", 4000, metrics, 2), Table(arm, {"profit": worse, "p2": worse}))
    c = report.comparisons[0]
    assert c.verdict == "hurt"
    assert c.relative == pytest.approx(-0.2, abs=0.02)
    assert c.relative_interval is not None
    assert c.relative_interval[1] < 0
    assert report.guards[0].verdict == "worse"


def test_a_mean_time_without_censoring_is_the_mean() -> None:
    rng = np.random.default_rng(6)
    times = rng.exponential(5, 300)
    level = restricted_mean(times, np.zeros(300, bool), 1e9)
    assert level.value == pytest.approx(times.mean())
    assert level.variance == pytest.approx(times.var(ddof=1) / 300)


def test_T36_agrees_with_scipys_log_rank() -> None:
    rng = np.random.default_rng(7)
    times, treated, gone = rng.integers(1, 30, 400).astype(float), rng.random(400) < 0.5, rng.random(400) < 0.3
    x, y = (stats.CensoredData(times[m & ~gone], right=times[m & gone]) for m in (treated, ~treated))
    assert log_rank(times, gone, treated) == pytest.approx(stats.logrank(x, y).pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "median"}, "kind is one of"),
        ({"role": "guardrail"}, "needs a margin"),
        ({"kind": "proportion", "winsorise": 0.9}, "winsorising"),
        ({"wanted": "sideways"}, "wanted is up or down"),
    ],
)
def test_a_metric_that_makes_no_sense_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Metric("x", "X", **wrong)


def test_a_plan_or_table_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="two variants"):
        Plan(("a", "a"), (1, 1), (PAID,), planned_total=1)
    with pytest.raises(ValueError, match="primary"):
        Plan(("a", "b"), (1, 1), (SPENT,), planned_total=1)
    with pytest.raises(ValueError, match="planned number"):
        Plan(("a", "b"), (1, 1), (PAID,))
    with pytest.raises(ValueError, match="rows"):
        Table(np.zeros(3, int), {"paid": np.zeros(2)})
    with pytest.raises(ValueError, match="no values of"):
        judge_experiment(plan(arms=2, metrics=(PAID,), total=40), Table(np.arange(40) % 2, {}))
    with pytest.raises(ValueError, match="0 or 1"):
        judge_experiment(plan(arms=2, metrics=(PAID,), total=40), Table(np.arange(40) % 2, {"paid": np.full(40, 2.0)}))


def test_t36_cutting_what_few_have_leaves_what_they_have() -> None:
    """One in two hundred buys; the 99 % quantile of everybody is 0, and would make all the same."""
    rng = np.random.default_rng(8)
    n = 40_000
    arm = rng.integers(0, 2, n)
    spent = np.where(rng.random(n) < 0.005 * (1 + arm), 20 + rng.gamma(1, 5, n), 0.0)
    spent[np.argmax(spent)] = 1e6
    found = judge_experiment(
        plan("fixed", n, (Metric("spent", "Money spent", "revenue", role="primary", winsorise=0.99),), 2),
        Table(arm, {"spent": spent}),
    )
    (line,) = found.comparisons
    assert (line.why_not, line.verdict) == ("", "helped")
    assert line.difference < 1, "the one who spent a million is cut"
