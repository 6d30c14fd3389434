"""What is compared between arms: a mean, a share of people, or a ratio of two sums; each may lean on what people did before
(CUPED, Deng, Xu, Kohavi & Walker 2013)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .moments import Moments


@dataclass(frozen=True, slots=True)
class Level:
    """A metric in one arm: `value`, and the variance of that estimate."""

    value: float
    variance: float
    n: int


class Metric(Protocol):
    """`theta` is found once on all rows, then each arm is measured with it."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    def theta(self, everybody: Moments) -> float: ...

    def level(self, arm: Moments, everybody: Moments, theta: float) -> Level: ...


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a column; with `before`, less what that column explains."""

    value: str
    before: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.value, self.before) if self.before else (self.value,)

    def theta(self, everybody: Moments) -> float:
        """cov(x, y) / var(x) over all rows; 0 where the column before does not vary."""
        if not self.before:
            return 0.0
        spread = everybody.var(self.before)
        return everybody.cov(self.before, self.value) / spread if spread > 0 else 0.0

    def level(self, arm: Moments, everybody: Moments, theta: float) -> Level:
        value, variance = arm.average(self.value), arm.var(self.value)
        if theta:
            value -= theta * (arm.average(self.before) - everybody.average(self.before))
            variance += theta * theta * arm.var(self.before) - 2 * theta * arm.cov(self.before, self.value)
        return Level(value, max(0.0, variance) / arm.n if arm.n else float("nan"), arm.n)


@dataclass(frozen=True, slots=True)
class Proportion(Mean):
    """The share of people with a 1 in the column. The variance is each arm's own sample variance, without correction for
    continuity, so that it is the mean's and CUPED may lean on it."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Sum of one column over sum of another, by the delta method (Deng, Knoblich & Lu 2018): what is randomised is the row,
    not the denominator. `before` are the same two columns of the time before."""

    numerator: str
    denominator: str
    before: tuple[str, str] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.numerator, self.denominator, *(self.before or ()))

    def theta(self, everybody: Moments) -> float:
        if self.before is None:
            return 0.0
        spread = _cov(everybody, everybody, self.before, self.before)
        return (
            _cov(everybody, everybody, self.before, (self.numerator, self.denominator)) / spread if spread > 0 else 0.0
        )

    def level(self, arm: Moments, everybody: Moments, theta: float) -> Level:
        own = (self.numerator, self.denominator)
        value, variance = _ratio(arm, own), _cov(arm, arm, own, own)
        if theta and self.before is not None:
            value -= theta * (_ratio(arm, self.before) - _ratio(everybody, self.before))
            variance += theta * theta * _cov(arm, arm, self.before, self.before) - 2 * theta * _cov(
                arm, arm, self.before, own
            )
        return Level(value, max(0.0, variance) / arm.n if arm.n else float("nan"), arm.n)


def _ratio(m: Moments, pair: tuple[str, str]) -> float:
    below = m.average(pair[1])
    return m.average(pair[0]) / below if below else float("nan")


def _cov(m: Moments, at: Moments, one: tuple[str, str], other: tuple[str, str]) -> float:
    """Covariance of two ratios of one row each, linear around the means of `at`; `_cov(m, m, r, r)` is the variance."""
    (a, b), (c, d) = one, other
    first, second = at.average(b), at.average(d)
    if not first or not second:
        return float("nan")
    r, s = _ratio(at, one), _ratio(at, other)
    return (m.cov(a, c) - s * m.cov(a, d) - r * m.cov(b, c) + r * s * m.cov(b, d)) / (first * second)
