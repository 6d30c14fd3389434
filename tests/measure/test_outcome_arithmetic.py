"""The arithmetic under a verdict, each piece against somebody else's or a slower way of the same."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import PoissonRegressor

from wellheard.measure.outcome.comparison import Cell, cell, compare
from wellheard.measure.outcome.poisson import RIDGE, fit
from wellheard.measure.outcome.products import across, gram, times
from wellheard.measure.outcome.record import pooled_plans


def regression(seed: int, people: int = 600, columns: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = np.vstack([np.ones(people), rng.normal(size=(columns - 1, people))])
    y = rng.poisson(np.exp(rng.normal(0, 0.4, columns) @ rows) * rng.gamma(1, 1, people)).astype(float)
    return rows, y, rng.uniform(0.2, 1.0, people)


@pytest.mark.parametrize("seed", range(5))
def test_poisson_equals_scikit_learn_without_a_ridge(seed: int) -> None:
    rows, y, weights = regression(seed)
    ours = fit(rows, y, weights, y + 0.5, ridge=0)
    theirs = PoissonRegressor(alpha=0, solver="newton-cholesky", tol=1e-12, max_iter=200)
    theirs.fit(rows[1:].T, y, sample_weight=weights)
    np.testing.assert_allclose(ours.beta, [theirs.intercept_, *theirs.coef_], atol=1e-6)


def test_poisson_equals_scikit_learn_with_a_ridge() -> None:
    rows, y, weights = regression(7)
    rows[1:] = (rows[1:] - rows[1:].mean(axis=1, keepdims=True)) / rows[1:].std(axis=1, keepdims=True)
    ours = fit(rows, y, weights, y + 0.5, ridge=0.1)
    alpha = 0.1 * (weights @ y) / weights.sum()  # theirs divides the likelihood by the sum of weights
    theirs = PoissonRegressor(alpha=alpha, solver="newton-cholesky", tol=1e-12, max_iter=200)
    theirs.fit(rows[1:].T, y, sample_weight=weights)
    np.testing.assert_allclose(ours.beta, [theirs.intercept_, *theirs.coef_], atol=1e-6)


def test_poisson_finds_the_top_of_its_own_formula() -> None:
    rows, y, weights = regression(11)
    rows[3] = 40 + 0.001 * rows[3]  # a badly scaled column
    ours = fit(rows, y, weights, np.ones_like(y), ridge=0.01)

    def loss(b: np.ndarray) -> float:
        eta = b @ rows
        penalty = 0.5 * 0.01 * (weights @ y) * (rows.var(axis=1) * b**2).sum()
        return float(weights @ (np.exp(eta) - y * eta) + penalty)

    found = minimize(loss, ours.beta + 0.0, method="BFGS", options={"gtol": 1e-9})
    assert loss(ours.beta) <= found.fun + 1e-9 * abs(found.fun)


def test_where_it_starts_does_not_matter() -> None:
    rows, y, weights = regression(3)
    one = fit(rows, y, weights, y + 0.5)
    np.testing.assert_allclose(fit(rows, y, weights, np.ones_like(y)).beta, one.beta, atol=1e-6)
    np.testing.assert_allclose(fit(rows, y, weights, y, beta=one.beta + 3).beta, one.beta, atol=1e-6)


def test_a_constant_column_and_a_twin_change_no_prediction() -> None:
    rows, y, weights = regression(5)
    plain = fit(rows, y, weights, y + 0.5)
    more = np.vstack([rows, np.full(rows.shape[1], 7.0), rows[2], rows[2] - 3 * rows[1]])
    fitted = fit(more, y, weights, y + 0.5)
    assert fitted.beta[5] == 0
    assert not fitted.used[5]
    np.testing.assert_allclose(fitted.mu, plain.mu, rtol=1e-4)


def test_separated_people_get_a_finite_fit() -> None:
    """A group of which nobody did anything would send its coefficient to minus infinity."""
    rows, y, weights = regression(6)
    group = np.zeros_like(y)
    group[:40] = 1
    y[:40] = 0
    fitted = fit(np.vstack([rows, group]), y, weights, y + 0.5)
    assert np.isfinite(fitted.beta).all()
    assert fitted.mu[:40].max() < 0.01


def test_nobody_with_any_count_is_refused() -> None:
    rows, y, weights = regression(1)
    with pytest.raises(ValueError, match="nobody"):
        fit(rows, 0 * y, weights, y + 0.5)


def two_cells() -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    """Two overlapping cells like estimate B's: shared controls, different askers."""
    rng = np.random.default_rng(2)
    people = 400
    account = rng.integers(0, 60, people)
    cells = []
    for askers in (np.arange(300, 350), np.arange(350, 400)):
        who = np.concatenate([np.arange(300), askers])
        rows = np.vstack([np.ones(len(who)), rng.normal(size=(3, len(who)))])
        y = rng.poisson(np.exp(0.5 + 0.4 * rows[1]) * rng.gamma(2, 0.5, len(who))).astype(float)
        cells.append({"who": who, "rows": rows, "y": y, "weight": rng.uniform(0.3, 1, len(who))})
    return cells, account


def test_the_standard_error_is_that_of_perturbed_accounts() -> None:
    """Weigh an account a hair more, do all again: θ must move as far as the formulas say."""
    parts, account = two_cells()

    def build(extra: np.ndarray) -> list[Cell]:
        return [
            cell(p["who"], 300, p["rows"], p["weight"] * (1 + extra[account[p["who"]]]), p["y"], p["y"] + 1)
            for p in parts
        ]

    nobody = np.zeros(60)
    base = compare(build(nobody), account, 60)
    assert base is not None
    moved = np.zeros(60)
    for one in range(60):
        up, down = nobody.copy(), nobody.copy()
        up[one], down[one] = 1e-4, -1e-4
        high, low = compare(build(up), account, 60), compare(build(down), account, 60)
        assert high is not None
        assert low is not None
        moved[one] = (high.theta - low.theta) / 2e-4
    expected = [part.weight[300:] * part.expected for part in build(nobody)]
    total = sum(e.sum() for e in expected)
    share = sum(
        np.bincount(account[p["who"][300:]], e, minlength=60) / total for p, e in zip(parts, expected, strict=True)
    )
    assert base.se == pytest.approx(np.sqrt(((moved / (1 - share)) ** 2).sum()), rel=1e-4)
    assert base.df == pytest.approx(1 / (share**2).sum() - 1)


def test_one_asking_account_leaves_one_degree_of_freedom_and_no_division_by_zero() -> None:
    parts, account = two_cells()
    account[300:] = 0
    built = [cell(p["who"], 300, p["rows"], p["weight"], p["y"], p["y"] + 1) for p in parts]
    estimate = compare(built, account, 60)
    assert estimate is not None
    assert estimate.df == 1
    assert np.isfinite(dataclasses.astuple(estimate)).all()


def test_nobody_asking_is_no_estimate() -> None:
    assert compare([], np.zeros(0, dtype=np.intp), 1) is None


@given(st.integers(1, 40), st.integers(0, 3000), st.integers(0, 100))
def test_sliced_products_equal_plain_ones(height: int, length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, vector, other = rng.normal(size=(height, length)), rng.normal(size=length), rng.normal(size=height)
    np.testing.assert_allclose(gram(rows), rows @ rows.T, atol=1e-9)
    np.testing.assert_allclose(times(rows, vector), rows @ vector, atol=1e-9)
    np.testing.assert_allclose(across(other, rows), other @ rows, atol=1e-9)


def test_rare_plans_share_a_coefficient() -> None:
    plan = np.repeat(np.arange(14), [500, 400, 90, 80, 70, 60, 50, 45, 40, 35, 9, 8, 5, 0]).astype(np.intp)
    pooled = pooled_plans(plan, np.arange(len(plan)))
    sizes = np.bincount(pooled)
    assert list(sizes[:8]) == [500, 400, 90, 80, 70, 60, 50, 45]
    assert sizes[8:].tolist() == [40 + 35 + 9 + 8 + 5]


def test_a_rest_too_small_to_teach_joins_the_common_plan() -> None:
    plan = np.repeat(np.arange(3), [500, 40, 5]).astype(np.intp)
    assert np.bincount(pooled_plans(plan, np.arange(545))).tolist() == [505, 40]
    everyones_own = np.arange(100).astype(np.intp)
    assert set(pooled_plans(everyones_own, np.arange(100))) == {0}


def test_the_ridge_is_one_in_a_million() -> None:
    assert RIDGE == 1e-6
