"""The two halves of a staged release compared: what the half that had it did, against the half that had not. Pure arithmetic.

Everybody who was drawn and was active in the four weeks before stays in, whatever they did with it afterwards. The mean weekly
count of a person is compared by Welch's test, with what they did in the eight weeks before taken off (CUPED); whole accounts
are compared by the ratio of their sum to their people (delta method), for the account was drawn and not the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..experiment import Effect, Fixed, Mean, Moments, Ratio, compare, shares_fit

ACTIVE, BEFORE, LEAST_PEOPLE, LEAST_UNITS = 4, 8, 30, 10
VOID = "void"


@dataclass(frozen=True, slots=True)
class Halves:
    """Rows are people. `weekly` is people × weeks of the metric, `released` its column of the release week, `unit` what was drawn
    together, `active` who did anything at all in the four weeks before."""

    weekly: NDArray[np.int64]
    released: int
    first: NDArray[np.bool_]
    unit: NDArray[np.int64]
    active: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tested:
    """`word` is helped, hurt, not shown, too few to say or void. The effects are of the first half against the other."""

    word: str
    people: tuple[int, int]
    units: tuple[int, int]
    whole: Effect | None = None
    early: Effect | None = None
    late: Effect | None = None
    before: Effect | None = None
    share_p: float = 1.0
    reasons: list[str] = field(default_factory=list)


def judge_halves(of: Halves, weeks: int, wanted: str = "up", by_unit: bool = False) -> Tested:
    """`weeks` whole weeks after the release week are compared. Raises ValueError when they are not there."""
    if weeks < 1 or of.released + weeks >= of.weekly.shape[1] or of.released < ACTIVE:
        raise ValueError("The weeks to compare are not all there.")
    active = of.active
    people = (int((active & ~of.first).sum()), int((active & of.first).sum()))
    units = (len(set(of.unit[active & ~of.first].tolist())), len(set(of.unit[active & of.first].tolist())))
    drawn = (len(set(of.unit[~of.first].tolist())), len(set(of.unit[of.first].tolist())))
    if min(drawn) == 0 or min(people) < LEAST_PEOPLE or min(units) < LEAST_UNITS:
        return Tested("too few to say", people, units, reasons=[
            f"Of those drawn {people[1]} who have it and {people[0]} who wait did anything in the four weeks before; "
            f"each side needs {LEAST_PEOPLE} people in {LEAST_UNITS} accounts or more."
        ])  # fmt: skip
    share = shares_fit(units, drawn)
    at = of.released

    def effect(first: int, last: int, history: tuple[int, int]) -> Effect:
        span = of.weekly[:, first:last].sum(axis=1) / (last - first)
        past = of.weekly[:, max(0, history[0]) : history[1]].mean(axis=1)
        return _compared(span[active], past[active], of.first[active], of.unit[active], by_unit)

    history = (at - BEFORE, at)
    whole = effect(at + 1, at + 1 + weeks, history)
    early = effect(at + 1, at + 3, history) if weeks > 2 else None
    late = effect(at + 3, at + 1 + weeks, history) if weeks > 2 else None
    before = effect(at - ACTIVE, at, (at - ACTIVE - BEFORE, at - ACTIVE)) if at > ACTIVE else None
    word, reasons = "not shown", []
    if share.stop:
        word = VOID
        reasons.append(
            f"Of the drawn {drawn[1]} and {drawn[0]} only {units[1]} and {units[0]} are left to compare: that is no accident of "
            "the lot (sample ratio, p < 0.001), so something else sorted them and the result is void."
        )
    elif _sure(whole):
        word = "helped" if (whole.difference > 0) == (wanted == "up") else "hurt"
    else:
        reasons.append("The interval of the difference between the halves includes no change.")
    return Tested(word, people, units, whole, early, late, before, share.p, reasons)


def _sure(found: Effect) -> bool:
    """Both the difference and, where there is one, the proportional change leave out no change."""
    low, high = found.relative_low, found.relative_high
    return found.sure and (low is None or high is None or low > 0 or high < 0)


def _compared(
    now: NDArray[np.float64],
    past: NDArray[np.float64],
    first: NDArray[np.bool_],
    unit: NDArray[np.int64],
    by_unit: bool,
) -> Effect:
    if not by_unit:
        table = {"now": now, "past": past}
        arms = Moments.by_arm(first.astype(np.int64), table, 2)
        return compare(Mean("now", before="past"), arms[0], arms[1], Fixed())
    _, place = np.unique(unit, return_inverse=True)
    size = np.bincount(place).astype(np.float64)
    table = {
        "now": np.bincount(place, now).astype(np.float64),
        "past": np.bincount(place, past).astype(np.float64),
        "people": size,
    }
    side = (np.bincount(place, first.astype(np.float64)) > 0).astype(np.int64)
    arms = Moments.by_arm(side, table, 2)
    return compare(Ratio("now", "people", before=("past", "people")), arms[0], arms[1], Fixed())


def smallest_shown(now: NDArray[np.float64], past: NDArray[np.float64]) -> float | None:
    """The proportional change that halves of these people would show with 80 % power: 2.8 standard errors of the difference of
    the means of two halves, from how much people differ beyond what they did before. None where nothing can be said."""
    n, mean = len(now), float(now.mean()) if len(now) else 0.0
    if n < 2 * LEAST_UNITS or mean <= 0:
        return None
    spread = float(past.var())
    slope = float(np.cov(past, now, bias=True)[0, 1]) / spread if spread > 0 else 0.0
    left = float((now - slope * past).var(ddof=1))
    return float(2.8 * np.sqrt(4 * left / n) / mean)
