"""From "what would they have done?" to a difference and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from .poisson import Fit, fit
from .products import Floats, across, dot, times
from .verdict import Estimate, Ints

CONFIDENCE = 0.95
OF_PLACEBO = 0.99
# An account that makes up nearly all of the askers must not divide by nothing.
LARGEST_SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Cell:
    """Some askers, the people who teach what to expect of them, and that lesson.

    rows: (columns × people), controls first, then askers; who, weight, y: per person in that order; controls:
    how many of them are controls.
    """

    who: Ints
    controls: int
    rows: Floats
    weight: Floats
    y: Floats
    fit: Fit
    expected: Floats

    @property
    def askers(self) -> Ints:
        return self.who[self.controls :]


def cell(
    who: Ints,
    controls: int,
    rows: Floats,
    weight: Floats,
    y: Floats,
    start_mu: Floats,
    beta: Floats | None = None,
) -> Cell:
    """Fit the controls' outcomes and predict the askers'. ValueError when no control has any count."""
    taught = slice(None, controls)
    lesson = fit(rows[:, taught], y[taught], weight[taught], start_mu[taught], beta=beta)
    return Cell(who, controls, rows, weight, y, lesson, lesson.predict(rows[:, controls:]))


def compare(cells: Sequence[Cell], account: Ints, accounts: int) -> Estimate | None:
    """θ = log(Σ wY / Σ wμ) over the cells' askers, with its standard error by account.

    With SY = Σ wY and SM = Σ wμ, the first-order influence of an asker is w(Y/SY − μ/SM), and of a control
    −(gᵀH⁻¹x)·w(Y−μ), where g = Σ_askers wμx / SM and H = Σ_controls wμxxᵀ: how far that person moves the
    lesson and with it the expectation. One cell is estimate A, one cell a bin of weeks is estimate B. None
    without askers or without anything expected of them.
    """
    expected = [part.weight[part.controls :] * part.expected for part in cells]
    sum_expected = float(sum(part.sum() for part in expected))
    actual = [part.weight[part.controls :] * part.y[part.controls :] for part in cells]
    sum_actual = float(sum(part.sum() for part in actual))
    askers = sum(len(part) for part in actual)
    if not askers or not (np.isfinite(sum_expected) and sum_expected > 0):
        return None
    if sum_actual == 0:
        # All stopped: the log of nothing is taken as that of half a count, spread over them.
        actual = [part.weight[part.controls :] * (0.5 / askers) for part in cells]
        sum_actual = float(sum(part.sum() for part in actual))
    influence = np.zeros(accounts)
    share = np.zeros(accounts)
    for part, w_expected, w_actual in zip(cells, expected, actual, strict=True):
        at = account[part.askers]
        portion = w_expected / sum_expected
        share += np.bincount(at, portion, minlength=accounts)
        influence += np.bincount(at, w_actual / sum_actual - portion, minlength=accounts)
        pull = part.fit.solve(times(part.rows[:, part.controls :], portion))
        taught = slice(None, part.controls)
        surprise = part.weight[taught] * (part.y[taught] - part.fit.mu)
        moved = -across(pull, part.rows[:, taught]) * surprise
        influence += np.bincount(account[part.who[taught]], moved, minlength=accounts)
    return clustered(float(np.log(sum_actual / sum_expected)), influence, share, askers)


def wider(found: Estimate, confidence: float = OF_PLACEBO) -> Estimate:
    """The same estimate with an interval of another confidence."""
    reach = float(stdtrit(found.df, (1 + confidence) / 2)) * found.se
    return replace(found, low=found.theta - reach, high=found.theta + reach)


def clustered(theta: float, influence: Floats, share: Floats, people: int) -> Estimate:
    """An estimate from each account's influence on it and each account's share of the askers' (weighted) use.

    An account holding a large share pulls the estimate towards itself, so its residual is too small: it is
    divided by one minus the share (the idea of Bell & McCaffrey 2002). The degrees of freedom are those of
    the effective number of equally large accounts, 1/Σshare² − 1, at least one.
    """
    corrected = influence / (1 - np.minimum(share, LARGEST_SHARE))
    se = float(np.sqrt(dot(corrected, corrected)))
    df = max(1.0, 1 / dot(share, share) - 1)
    reach = float(stdtrit(df, (1 + CONFIDENCE) / 2)) * se
    return Estimate(theta=theta, se=se, df=df, low=theta - reach, high=theta + reach, people=people)
