"""Looking as often as one likes at an experiment without a planned end: an asymptotic confidence sequence."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .effect import Standing

LEAST = 100  # rows an arm before anything is said: the guarantee is of many rows


@dataclass(frozen=True, slots=True)
class Always:
    """Valid at every look (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021); narrowest around `tuned` rows of both arms.
    `tuned_at` is the alpha it was tuned for, when `alpha` was made stricter since: the curve must stay one curve."""

    tuned: int = 10_000
    alpha: float = 0.05
    tuned_at: float | None = None

    @property
    def rho2(self) -> float:
        alpha = self.tuned_at or self.alpha
        return (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / self.tuned

    def at_level(self, alpha: float) -> Always:
        return replace(self, alpha=alpha, tuned_at=self.tuned_at or self.alpha)

    def reach(self, at: Standing) -> float:
        if at.smaller < LEAST or at.se <= 0:
            return math.inf
        x = at.n * self.rho2
        return at.se * math.sqrt(2 * (x + 1) / x * math.log(math.sqrt(x + 1) / self.alpha))

    def p(self, at: Standing) -> float:
        """The same turned round: the smallest alpha whose interval (of this `rho2`) leaves out no difference."""
        if at.smaller < LEAST or at.se <= 0:
            return 1.0
        x = at.n * self.rho2
        z = at.difference / at.se
        return min(1.0, math.sqrt(x + 1) * math.exp(-z * z * x / (2 * (x + 1))))
