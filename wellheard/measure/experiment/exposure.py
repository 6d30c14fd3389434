"""Who saw which variant first, and who must be left out. Pure: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WARN = 0.01
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class First:
    """One row a unit: its first variant (place in the plan), when (milliseconds), whether it saw another, whether it is a bot."""

    unit: Ints
    arm: Ints
    time: Ints
    several: Bools
    bot: Bools


@dataclass(frozen=True, slots=True)
class Exposed:
    """`counts`: units of each variant, for the check of shares, whether their window is full or not. Left out of these:
    `several` saw two variants or more, `bots`. Left out of the table only: `late`, whose window is not full yet."""

    counts: tuple[int, ...]
    several: int
    late: int
    bots: int

    @property
    def warns(self) -> bool:
        """More than one in a hundred saw several variants: something hands them out anew."""
        total = sum(self.counts) + self.several
        return total > 0 and self.several / total > WARN

    @property
    def words(self) -> str:
        """One sentence a thing that was left out; "" when nothing was."""
        told = []
        if self.several:
            more = " That is more than one in a hundred: look at how variants are handed out." if self.warns else ""
            told.append(f"{self.several:,} saw more than one variant and are left out.{more}")
        if self.late:
            told.append(f"{self.late:,} came too recently and are counted when their window is full.")
        if self.bots:
            told.append(f"{self.bots:,} look like machines and are left out.")
        return " ".join(told)


def first_exposures(unit: Ints, variant: Ints, time: Ints, bot: Bools | None = None) -> First:
    """From one row an exposure, in any order. At one and the same time the variant listed first counts."""
    robots = np.zeros(len(unit), bool) if bot is None else bot
    order = np.lexsort((variant, time, unit))
    unit, variant, time, robots = unit[order], variant[order], time[order], robots[order]
    units, start = np.unique(unit, return_index=True)
    if not len(units):
        return First(units, variant, time, robots, robots)
    highest, lowest = np.maximum.reduceat(variant, start), np.minimum.reduceat(variant, start)
    return First(units, variant[start], time[start], highest != lowest, np.logical_or.reduceat(robots, start))


def counted(first: First, arms: int, end: int, window: int) -> tuple[Bools, Exposed]:
    """Which units belong into the table, and the counts. `end` is until when is known what was done, `window` how long each is
    watched, all in milliseconds."""
    sound = ~first.bot & ~first.several
    full = first.time + window <= end
    counts = np.bincount(first.arm[sound], minlength=arms)
    return sound & full, Exposed(
        tuple(int(c) for c in counts),
        int((first.several & ~first.bot).sum()), int((sound & ~full).sum()), int(first.bot.sum()),
    )  # fmt: skip
