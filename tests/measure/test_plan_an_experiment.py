"""Size and duration before the start."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from wellheard.measure.experiment.power import Baseline, baseline, effect_for, size_for


def power_of_t(n: int, d: float) -> float:
    """Two arms of n, exactly: the noncentral t."""
    edge, away = stats.t.isf(0.025, 2 * n - 2), d * math.sqrt(n / 2)
    return float(stats.nct.sf(edge, 2 * n - 2, away) + stats.nct.cdf(-edge, 2 * n - 2, away))


@pytest.mark.parametrize("d", [0.1, 0.2, 0.5, 0.8])
def test_sizes_are_those_of_the_noncentral_t(d: float) -> None:
    """0.5 standard deviations need 64 an arm, as every table says."""
    size = size_for(Baseline(1.0, 1.0), d)
    assert power_of_t(size.control, d) >= 0.799
    assert power_of_t(size.control - 2, d) < 0.8
    if d == 0.5:
        assert size.control == 64


def test_the_power_is_there_when_simulated() -> None:
    rng = np.random.default_rng(4)
    size = size_for(Baseline(0.1, 0.09), 0.2, kind="proportion", shares=(2, 1))
    c = rng.binomial(size.control, 0.1, 4000) / size.control
    t = rng.binomial(size.treatment, 0.12, 4000) / size.treatment
    z = (t - c) / np.sqrt(c * (1 - c) / size.control + t * (1 - t) / size.treatment)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize("kind", ["mean", "proportion"])
def test_the_effect_of_a_size_has_that_size(kind: str) -> None:
    of = Baseline(0.2, 0.16)
    size = size_for(of, 0.1, kind=kind, comparisons=3)
    assert effect_for(of, size.total, kind=kind, comparisons=3) == pytest.approx(0.02, rel=1e-3)


def test_the_teams_own_data_tell_the_baseline() -> None:
    rng = np.random.default_rng(5)
    before = rng.normal(10, 2, 5000)
    now = before + rng.normal(0, 2, 5000)
    plain, leant = baseline(now), baseline(now, before=before)
    assert leant.left == pytest.approx(plain.left / 2, rel=0.05)
    visits = 1.0 + rng.poisson(4, 5000)
    ratio = baseline(rng.binomial(visits.astype(int), 0.3).astype(float), visits)
    assert ratio.mean == pytest.approx(0.3, abs=0.01)
    assert ratio.variance == pytest.approx(0.3 * 0.7 / 5, rel=0.1)
    assert Baseline(1, 1, people_each=11, icc=0.1).left == pytest.approx(2)
    weeks = size_for(plain, 0.02, weekly=1000, window_days=14).weeks
    assert weeks is not None
    assert weeks > 2


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(ValueError, match="no size"):
        size_for(Baseline(0, 1), 0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        size_for(Baseline(0.9, 0.09), 0.2, kind="proportion")
    with pytest.raises(ValueError, match="ten rows"):
        baseline(np.ones(3))
    assert effect_for(Baseline(0.5, 0.25), 4, kind="proportion") == math.inf
