"""Weighted Poisson pseudo-maximum-likelihood, small and quick.

Only the conditional mean exp(η) has to be right, not the Poisson variance (Santos Silva & Tenreyro 2006, "The
Log of Gravity"), which is why counts, zeros and amounts all may go in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .products import Floats, across, dot, gram, times

RIDGE = 1e-6
TOLERANCE = 1e-9
STEPS = 30
SMALLEST_STEP = 1e-4
# exp of more is not a rate of anything, and of 709 it overflows.
LARGEST_ETA = 60.0


@dataclass(frozen=True, eq=False)
class Fit:
    """β, the fitted means, and the curvature H (with its ridge) at the optimum, for standard errors.

    A column that was constant among the people fitted has β = 0 and takes no part.
    """

    beta: Floats
    mu: Floats
    hessian: Floats
    used: NDArray[np.bool_]

    def predict(self, rows: Floats) -> Floats:
        return mean(across(self.beta, rows))

    def solve(self, vector: Floats) -> Floats:
        """H⁻¹·vector over the columns used, zero elsewhere."""
        return _solve(self.hessian, vector, self.used)


def mean(eta: Floats) -> Floats:
    result: Floats = np.exp(np.clip(eta, -LARGEST_ETA, LARGEST_ETA))
    return result


def fit(
    rows: Floats,
    y: Floats,
    weights: Floats,
    start_mu: Floats,
    *,
    ridge: float = RIDGE,
    beta: Floats | None = None,
) -> Fit:
    """The β that maximises Σ w (y·η − e^η) − ½·ridge·(Σ w y)·Σⱼ varⱼ·βⱼ², with η = βᵀ·rows.

    rows: (columns × people), row 0 all ones (it is not penalised); varⱼ is the plain variance of row j, so
    that the ridge means the same whatever a column's or the metric's unit. start_mu: a positive first guess
    of the means, used unless `beta` is given. Raises ValueError when Σ w y is not positive: there is no
    finite optimum.
    """
    total = dot(weights, y)
    if not total > 0:
        raise ValueError("nobody to learn from has any count")
    people = rows.shape[1]
    centre = rows.mean(axis=1)
    square = np.einsum("ij,ij->i", rows, rows) / people
    variance = np.maximum(square - centre**2, 0.0)
    used = variance > 1e-10 * square
    used[0] = True
    penalty = ridge * total * variance
    penalty[0] = 0.0
    weighted_y = weights * y

    def means_and_value(b: Floats) -> tuple[Floats, float]:
        eta = across(b, rows)
        mu = mean(eta)
        return mu, dot(weighted_y, eta) - dot(weights, mu) - 0.5 * float(penalty @ b**2)

    flat = np.zeros(len(rows))
    flat[0] = np.log(total / weights.sum())
    if beta is None:
        # One step of iteratively reweighted least squares from the guessed means.
        guess = start_mu * (total / dot(weights, start_mu))
        curvature = _curvature(rows, weights * guess, penalty)
        beta = _solve(curvature, times(rows, weights * (guess * np.log(guess) + y - guess)), used)
    mu, best = means_and_value(beta)
    if not best > total * (flat[0] - 1):  # a wild first step: start from equal means instead
        beta = flat
        mu, best = means_and_value(beta)
    for _ in range(STEPS):
        curvature = _curvature(rows, weights * mu, penalty)
        gradient = times(rows, weighted_y - weights * mu) - penalty * beta
        step = _solve(curvature, gradient, used)
        gain = float(gradient[used] @ step[used])
        scale = 1.0
        while True:
            tried = beta + scale * step
            tried_mu, tried_value = means_and_value(tried)
            if tried_value >= best - 1e-12 * abs(best) or scale < SMALLEST_STEP:
                break
            scale /= 2
        beta, mu, best = tried, tried_mu, tried_value
        if gain <= TOLERANCE * total:  # what is left after this step is about the square of it
            break
    return Fit(beta=beta, mu=mu, hessian=curvature, used=used)


def _curvature(rows: Floats, weights: Floats, penalty: Floats) -> Floats:
    scaled = rows * np.sqrt(weights)
    result = gram(scaled)
    result[np.diag_indices_from(result)] += penalty
    return result


def _solve(matrix: Floats, vector: Floats, used: NDArray[np.bool_]) -> Floats:
    """Solve on the used columns after scaling the diagonal to one, so that units do not cost precision."""
    at = np.flatnonzero(used)
    block = matrix[np.ix_(at, at)]
    scale = 1.0 / np.sqrt(np.maximum(np.diag(block), 1e-300))
    block = block * scale * scale[:, None]
    # Twins among the columns may leave the block singular to working precision in spite of the ridge.
    block[np.diag_indices_from(block)] += 1e-12
    result = np.zeros(len(vector))
    result[at] = scale * np.linalg.solve(block, scale * vector[at])
    return result
