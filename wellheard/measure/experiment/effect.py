"""The difference of two arms with its interval. A p-value is below alpha exactly when the interval excludes no difference,
for both come from one and the same statistic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scipy import stats

from .metric import Level, Metric
from .moments import Moments, pooled


@dataclass(frozen=True, slots=True)
class Standing:
    """What a rule of looking needs of an effect: its standard error, Welch's degrees of freedom, rows of both arms."""

    difference: float
    se: float
    df: float
    n: int
    smaller: int


class Rule(Protocol):
    """When and how often one looks, and how wide an interval therefore is."""

    @property
    def alpha(self) -> float: ...

    def reach(self, at: Standing) -> float:
        """Half the width of the interval, in units of the metric; infinite while nothing may be said."""
        ...

    def p(self, at: Standing) -> float:
        """Below alpha exactly when |difference| > reach."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One look, at the end that was planned (Welch 1947)."""

    alpha: float = 0.05

    def reach(self, at: Standing) -> float:
        return float(stats.t.ppf(1 - self.alpha / 2, at.df)) * at.se if at.se > 0 else math.inf

    def p(self, at: Standing) -> float:
        return float(2 * stats.t.sf(abs(at.difference) / at.se, at.df)) if at.se > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment against control. `low` … `high` is the interval of the absolute difference, which decides. The relative one
    is by the logarithm (delta method) where both arms lie above 0, else missing; it is for reading, and claims nothing more."""

    control: float
    treatment: float
    difference: float
    se: float
    low: float
    high: float
    p: float
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    n: tuple[int, int]

    @property
    def sure(self) -> bool:
        return self.low > 0 or self.high < 0


def compare(metric: Metric, control: Moments, treatment: Moments, rule: Rule, among: Sequence[Moments] = ()) -> Effect:
    """`among` are all arms of the experiment, over which CUPED's theta is found; left out: these two."""
    everybody = pooled(list(among) or [control, treatment])
    theta = metric.theta(everybody)
    c, t = metric.level(control, everybody, theta), metric.level(treatment, everybody, theta)
    at = _standing(c, t)
    reach, p = rule.reach(at), rule.p(at)
    relative = _relative(c, t, at, reach)
    return Effect(
        c.value, t.value, at.difference, at.se, at.difference - reach, at.difference + reach, p, *relative, (c.n, t.n)
    )


def _standing(c: Level, t: Level) -> Standing:
    total = c.variance + t.variance
    se = math.sqrt(total) if total > 0 else 0.0
    parts = sum(x.variance**2 / (x.n - 1) for x in (c, t) if x.n > 1)
    df = total**2 / parts if parts > 0 else math.inf
    return Standing(t.value - c.value, se, df, c.n + t.n, min(c.n, t.n))


def _relative(c: Level, t: Level, at: Standing, reach: float) -> tuple[float | None, float | None, float | None]:
    """The interval on the logarithm is as many standard errors wide as the absolute one."""
    if not (c.value > 0 and t.value > 0 and at.se > 0):
        return None, None, None
    wide = reach / at.se * math.sqrt(c.variance / c.value**2 + t.variance / t.value**2)
    middle = math.log(t.value / c.value)
    if not math.isfinite(wide):
        return math.expm1(middle), None, None
    return math.expm1(middle), math.expm1(middle - wide), math.expm1(middle + wide)
