"""Results at the edges: all against nobody, times that end early, numbers beyond measure, parts that would give one person away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from wellheard.measure.experiment import Metric, Plan, judge_experiment
from wellheard.measure.experiment.declared import Table
from wellheard.measure.experiment.survival import horizon, restricted_mean


def plan(kind: str, wanted: str = "up") -> Plan:
    return Plan(("a", "b"), (1, 1), (Metric("m", "M", kind, wanted, "primary"),), "fixed", planned_total=100)  # type: ignore[arg-type]


def test_everybody_against_nobody_is_a_difference() -> None:
    arm = np.repeat([0, 1], [202, 198])
    found = judge_experiment(plan("proportion"), Table(arm, {"m": (arm == 1).astype(float)})).comparisons[0]
    assert (found.verdict, found.why_not) == ("helped", "")
    assert found.adjusted_interval[0] > 0.9
    assert found.adjusted_p < 1e-6


@pytest.mark.parametrize("last", [1.0, 1.5, 2.0])
def test_a_variant_in_which_all_did_it_soon_is_watched_as_long_as_the_other(last: float) -> None:
    """300 each over 5 days: of a 30 % did it after half a day, the others never; of b everybody after a day or two."""
    arm = np.repeat([0, 1], 300)
    early = np.arange(300) < 90
    times = np.concatenate([np.where(early, 0.5, 5.0), np.full(300, last)])
    never = np.concatenate([~early, np.zeros(300, bool)])
    found = judge_experiment(plan("time", "down"), Table(arm, {"m": times}, censored={"m": never})).comparisons[0]
    assert (found.control, found.treatment) == pytest.approx((0.3 * 0.5 + 0.7 * 5, last))
    assert (found.until, found.verdict) == (5.0, "helped")


def test_the_horizon_is_the_shortest_watch_of_those_still_waiting() -> None:
    done = (np.array([1.0, 2.0]), np.array([False, False]))
    waiting = (np.array([1.0, 4.0]), np.array([False, True]))
    longer = (np.array([2.0, 7.0]), np.array([False, True]))
    assert (horizon([done, waiting]), horizon([waiting, longer]), horizon([done, done])) == (4.0, 4.0, 2.0)
    assert restricted_mean(*done, 4.0).value == 1.5


@pytest.mark.parametrize(("lonely", "told"), [(0, {"x"}), (1, set()), (4, set()), (5, {"x"})])
def test_T29_a_part_is_not_shown_where_the_rest_would_be_one_persons_number(lonely: int, told: set[str]) -> None:
    rng, n = np.random.default_rng(3), 300
    arm = np.repeat([0, 1], n)
    label = np.where((np.arange(2 * n) % n) < n - lonely, "x", "y").astype(object)
    report = judge_experiment(
        plan("mean"), Table(arm, {"m": rng.poisson(2, 2 * n).astype(float)}, segment={"k": label})
    )
    assert {e.label for e in report.explorations} == told


def test_T29_nor_where_two_ways_of_looking_apart_differ_by_one_person() -> None:
    rng, n = np.random.default_rng(4), 400
    arm = np.repeat([0, 1], n)
    place = np.arange(2 * n) % n
    first = np.where(place < 200, "p", "q").astype(object)
    second = np.where(place < 201, "p", "q").astype(object)
    table = Table(arm, {"m": rng.poisson(2, 2 * n).astype(float)}, segment={"one": first, "two": second})
    shown = {(e.trait, e.label) for e in judge_experiment(plan("mean"), table).explorations}
    assert shown == {("one", "p"), ("one", "q")}


def called(
    sizes: tuple[int, int], draw: Callable[[np.random.Generator, int], np.ndarray], runs: int = 60
) -> Counter[str]:
    """What is said of two variants without any difference."""
    rng, said = np.random.default_rng(9), Counter[str]()
    arm = np.repeat([0, 1], sizes)
    one = Plan(("a", "b"), sizes, (Metric("m", "M", "mean", "up", "primary"),), "fixed", planned_total=sum(sizes))
    for _ in range(runs):
        found = judge_experiment(one, Table(arm, {"m": draw(rng, len(arm))})).comparisons[0]
        said[found.why_not or found.verdict] += 1
    return said


def test_T35_few_in_a_small_variant_with_a_long_tail_are_not_called_hurt() -> None:
    money = lambda rng, n: rng.lognormal(0, 1.5, n)  # noqa: E731
    small = called((950, 50), money)
    assert small["skewed"] == 60, "17 in 100 would be called hurt"
    assert called((500, 500), money)["skewed"] == 0
    counts = called((1800, 200), lambda rng, n: rng.poisson(2, n).astype(float))
    assert counts["open"] > 50


def test_T35_with_many_guardrails_one_is_rarely_called_worse_where_nothing_differs() -> None:
    rng, keys = np.random.default_rng(2), [f"g{i}" for i in range(9)]
    names = tuple("abcdefgh")
    metrics = (Metric("m", "M", "mean", "up", "primary"), *(Metric(k, k, "mean", "up", "guardrail", 0.1) for k in keys))
    one = Plan(names, (1,) * 8, metrics, "fixed", planned_total=800)
    arm = np.tile(np.arange(8), 100)
    worse = 0
    for _ in range(40):
        values = {k: rng.normal(10, 3, 800) for k in ("m", *keys)}
        worse += any(g.verdict == "worse" for g in judge_experiment(one, Table(arm, values)).guards)
    assert worse <= 4
