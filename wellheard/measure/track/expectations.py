"""What we expected beside what was measured, over all bets. Pure arithmetic.

Measured values scatter by chance too, so a range is also held against the measured interval: only where the two do not
touch can the expectation be called wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .rates import wilson

LEAST = 10
BANDS = ((0, 20), (20, 40), (40, 60), (60, 80), (80, 101))
FIFTH = 1 / 5


@dataclass(frozen=True, slots=True)
class Held:
    """One bet whose comparison could be made. Shares, in the wanted direction: 0.2 is 20 % of what was wanted.

    `low`, `high`: the stated range, None where none was. `sure`: 0 to 1, None where not said. `measured` lies in the
    interval `from_` to `to`; `helped` is the verdict.
    """

    name: str
    expected: float
    smallest: float
    low: float | None
    high: float | None
    sure: float | None
    measured: float
    from_: float
    to: float
    helped: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Bets of which we were about as sure: how sure on average, and how many helped."""

    low: int
    high: int
    n: int
    sure: float
    helped: int

    @property
    def share(self) -> float:
        return self.helped / self.n

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.helped, self.n)

    @property
    def fits(self) -> bool:
        return self.interval[0] <= self.sure <= self.interval[1]


@dataclass(frozen=True, slots=True)
class Calibration:
    """None where there is nothing to say it of. `brier`: mean squared distance of how sure we were from what came, 0 is
    perfect, 0.25 is a coin; `base`: what always saying the share that helped would have given."""

    bets: int
    expected: float | None
    measured: float | None
    reached: int
    worth: int
    ranges: int
    inside: int
    touching: int
    said: int
    brier: float | None
    base: float | None
    bands: tuple[Band, ...]

    @property
    def enough(self) -> bool:
        return self.bets >= LEAST

    @property
    def enough_ranges(self) -> bool:
        return self.ranges >= LEAST

    @property
    def enough_said(self) -> bool:
        return self.said >= LEAST

    @property
    def says(self) -> str:
        """In plain words, how our expectations compare."""
        if not self.bets or self.expected is None or self.measured is None:
            return "No bet with a comparison has been measured yet."
        if not self.enough:
            return f"{self.bets} of the {LEAST} bets it takes: too few to say how good our expectations are."
        if self.measured <= 0:
            return "We expected something; half of the bets or more brought nothing or the opposite."
        if self.expected > self.measured * (1 + FIFTH):
            return f"We expect too much: about {self.expected / self.measured:.1f} times what is measured."
        if self.expected < self.measured / (1 + FIFTH):
            return f"We expect too little: what is measured is about {self.measured / self.expected:.1f} times as much."
        return "What we expect and what is measured lie close together."

    @property
    def says_sure(self) -> str:
        if not self.said:
            return "No measured bet said how sure we were."
        if not self.enough_said or self.brier is None or self.base is None:
            return f"{self.said} of the {LEAST} bets it takes said how sure we were: too few to say."
        if self.brier < self.base:
            return "How sure we were tells good bets from bad ones: it did better than always saying the same."
        return "How sure we were told nothing: always saying the same would have done as well."

    def as_dict(self) -> dict[str, Any]:
        return {
            "bets": self.bets, "needed": LEAST, "expected": self.expected, "measured": self.measured, "reached": self.reached,
            "worth_having": self.worth, "ranges": self.ranges, "inside": self.inside, "touching": self.touching, "said_how_sure": self.said,
            "brier": self.brier, "brier_of_always_the_same": self.base, "says": self.says, "says_sure": self.says_sure,
            "bands": [{"from": b.low, "to": min(b.high, 100), "bets": b.n, "sure": b.sure, "helped": b.helped} for b in self.bands],
        }  # fmt: skip


def calibration(bets: Sequence[Held]) -> Calibration:
    ranged = [b for b in bets if b.low is not None and b.high is not None]
    sure = [b for b in bets if b.sure is not None]
    said = np.array([b.sure for b in sure], dtype=np.float64)
    came = np.array([b.helped for b in sure], dtype=np.float64)
    bands = []
    for low, high in BANDS:
        here = (said * 100 >= low) & (said * 100 < high)
        if here.any():
            bands.append(Band(low, high, int(here.sum()), float(said[here].mean()), int(came[here].sum())))
    return Calibration(
        bets=len(bets),
        expected=float(np.median([b.expected for b in bets])) if bets else None,
        measured=float(np.median([b.measured for b in bets])) if bets else None,
        reached=sum(b.measured >= b.expected for b in bets),
        worth=sum(b.measured >= b.smallest for b in bets),
        ranges=len(ranged),
        inside=sum((b.low or 0.0) <= b.measured <= (b.high or 0.0) for b in ranged),
        touching=sum(b.from_ <= (b.high or 0.0) and b.to >= (b.low or 0.0) for b in ranged),
        said=len(sure),
        brier=float(np.mean((said - came) ** 2)) if sure else None,
        base=float(came.mean() * (1 - came.mean())) if sure else None,
        bands=tuple(bands),
    )
