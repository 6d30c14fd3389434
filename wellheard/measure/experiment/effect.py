"""The difference of two arms with its interval. A p-value is below alpha exactly when the interval excludes no difference,
for both come from one and the same statistic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scipy.special import stdtr, stdtrit

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

    def at_level(self, alpha: float) -> Rule:
        """The same rule for a stricter alpha; its p-values stay the same."""
        ...

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

    def at_level(self, alpha: float) -> Fixed:
        return Fixed(alpha)

    def reach(self, at: Standing) -> float:
        return float(-stdtrit(at.df, self.alpha / 2)) * at.se if at.se > 0 else math.inf

    def p(self, at: Standing) -> float:
        return float(2 * stdtr(at.df, -abs(at.difference) / at.se)) if at.se > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment against control. `low` … `high` is the interval of the absolute difference. The relative one is Fieller's
    (1954), of the difference over the control's level without its sign: it comes from the same statistic, so the two
    exclude no difference together. Missing where the control may be 0."""

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
    return between(metric.level(control, everybody, theta), metric.level(treatment, everybody, theta), rule)


def between(c: Level, t: Level, rule: Rule) -> Effect:
    """Of two levels already estimated, the control's first."""
    at = standing(c, t)
    reach, p = rule.reach(at), rule.p(at)
    low, high = at.difference - reach, at.difference + reach
    return Effect(c.value, t.value, at.difference, at.se, low, high, p, *_relative(c, t, at, reach), (c.n, t.n))


def standing(c: Level, t: Level, times: float = 1.0) -> Standing:
    """Of t − times·c, with Welch's degrees of freedom; `times` other than 1 asks whether a margin is kept."""
    own = times * times * c.variance
    total = own + t.variance
    se = math.sqrt(total) if total > 0 else 0.0
    parts = sum(v**2 / (n - 1) for v, n in ((own, c.n), (t.variance, t.n)) if n > 1)
    df = total**2 / parts if parts > 0 else math.inf
    return Standing(t.value - times * c.value, se, df, c.n + t.n, min(c.n, t.n))


def _relative(c: Level, t: Level, at: Standing, reach: float) -> tuple[float | None, float | None, float | None]:
    """Fieller's: every r for which t − r·c is no further from 0 than `reach` says in standard errors."""
    if not (math.isfinite(c.value) and math.isfinite(t.value)) or c.value == 0:
        return None, None, None
    middle = at.difference / abs(c.value)
    if not (at.se > 0 and math.isfinite(reach)):
        return middle, None, None
    squared = (reach / at.se) ** 2
    below = c.value**2 - squared * c.variance
    if below <= 0:
        return middle, None, None
    # In d = r − 1, so that the ends lie on either side of 0 exactly when those of the difference do.
    half = c.value * at.difference + squared * c.variance
    root = math.sqrt(max(0.0, half**2 - below * (at.difference**2 - reach**2)))
    product = (at.difference**2 - reach**2) / below
    far = (half + math.copysign(root, half)) / below
    near = product / far if far else 0.0
    ends = sorted((far * math.copysign(1, c.value), near * math.copysign(1, c.value)))
    return middle, ends[0], ends[1]
