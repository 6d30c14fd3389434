"""How many bets helped, quarter by quarter, and whether that is more than chance alone would give. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

CHANCE = 0.05
Z = 1.96
GROUPS = ("helped", "hurt", "moved", "not shown", "too few")
OF = {
    "helped": "helped", "likely helped": "helped", "hurt": "hurt", "likely hurt": "hurt", "moved together": "moved",
    "not shown": "not shown", "too few to say": "too few", "void": "too few",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """A bet's newest verdict: when it shipped, the word, the level of the comparison (2 and 3 can say helped or hurt)."""

    shipped: date
    word: str
    level: int


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; 0 to 1 where there is nothing."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * float(np.sqrt(share * (1 - share) / of + spread / (4 * of)))
    return max(0.0, middle - half), min(1.0, middle + half)


def at_least(hits: int, of: int, chance: float = CHANCE) -> float:
    """The chance of `hits` or more of `of` when each happens with `chance`."""
    from scipy.stats import binom

    return float(binom.sf(hits - 1, of, chance)) if of else 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Bets of some time. `judged`: those whose comparison could say helped or hurt; shares are of them."""

    name: str
    counts: dict[str, int]
    judged: int

    @property
    def measured(self) -> int:
        return sum(self.counts.values())

    @property
    def said(self) -> int:
        """Called helped or hurt."""
        return self.counts["helped"] + self.counts["hurt"]

    @property
    def share(self) -> float | None:
        return self.counts["helped"] / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.counts["helped"], self.judged) if self.judged else None

    @property
    def by_chance(self) -> float:
        """How many would be called helped or hurt if nothing ever did anything."""
        return CHANCE * self.judged

    @property
    def p(self) -> float:
        return at_least(self.said, self.judged)

    @property
    def more_than_chance(self) -> bool:
        return self.p < CHANCE

    def as_dict(self) -> dict[str, object]:
        span = self.interval
        return {
            "name": self.name, "measured": self.measured, "judged": self.judged, **{g.replace(" ", "_"): n for g, n in self.counts.items()},
            "share_helped": self.share, "low": span[0] if span else None, "high": span[1] if span else None,
            "by_chance": round(self.by_chance, 3), "p": self.p, "more_than_chance": self.more_than_chance,
        }  # fmt: skip


def rate(name: str, bets: Sequence[Measured]) -> Rate:
    counts = dict.fromkeys(GROUPS, 0)
    for bet in bets:
        counts[OF.get(bet.word, "too few")] += 1
    return Rate(name, counts, sum(b.level >= 2 for b in bets))


def quarter(day: date) -> str:
    return f"{day.year} Q{(day.month + 2) // 3}"


def by_quarter(bets: Iterable[Measured]) -> list[Rate]:
    """By the quarter in which they shipped, the newest first."""
    held: dict[str, list[Measured]] = {}
    for bet in bets:
        held.setdefault(quarter(bet.shipped), []).append(bet)
    return [rate(name, held[name]) for name in sorted(held, reverse=True)]
