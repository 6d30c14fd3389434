"""What accounts pay, after against before: kept, grown, lost, with intervals that say how far chance among accounts
reaches, or the reason why there are none. Pure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from .floors import FLOOR

LEAST_ACCOUNTS = 10  # paying ones; below, no share
LEAST_ALIKE = 10  # equally large accounts they amount to; below, a few large ones decide
LEAST_CHANGED = 5  # that grew; fewer hardly show how much growth varies


@dataclass(frozen=True, slots=True)
class Part:
    """A share of what was paid at release (1 is all of it; `change` is after less before), with its 95 % interval.

    `accounts` is how many accounts make it differ from nothing having happened; no interval where they say too little.
    """

    value: float
    accounts: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Revenue:
    """Cents a month of some accounts. before = kept + lost; after = kept + grown + new, new being what accounts pay now that
    paid nothing at release. Cents are None below the floor; shares are of the accounts that paid, None with `why`."""

    accounts: int
    why: str = ""
    paying: int | None = None
    before: int | None = None
    after: int | None = None
    kept: int | None = None
    grown: int | None = None
    lost: int | None = None
    new: int | None = None
    shares: dict[str, Part] | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def revenue(before: NDArray[np.int64], after: NDArray[np.int64], may_show: bool = True) -> Revenue:
    """From aligned cents a month of each account. `may_show` is False where the sums would give away those of few others."""
    accounts = len(before)
    if not accounts:
        return Revenue(0, "No account of theirs is known.")
    if accounts < FLOOR:
        return Revenue(accounts, f"Fewer than {FLOOR} accounts: not shown.")
    if not may_show:
        return Revenue(accounts, "Beside other verdicts it would tell of a few accounts: not shown.")
    paid = before > 0
    paying, shares, why = int(paid.sum()), None, ""
    if paying < LEAST_ACCOUNTS:
        why = f"Fewer than {LEAST_ACCOUNTS} of these accounts paid at release: too few to say how much of it is chance."
    else:
        shares = _shares(before, after)
        if shares["lost"].low is None:
            why = f"A few large accounts pay most of it, as if there were fewer than {LEAST_ALIKE}: too few to say how much is chance."
        elif shares["change"].low is None:
            why = f"Fewer than {LEAST_CHANGED} of these accounts grew: too few to say how much of the change is chance."
    return Revenue(
        accounts, why, paying, before=int(before.sum()), after=int(after.sum()), kept=int(np.minimum(before, after).sum()),
        grown=int(np.maximum(after - before, 0)[paid].sum()), lost=int(np.maximum(before - after, 0).sum()),
        new=int(after[~paid].sum()), shares=shares,
    )  # fmt: skip


def difference(
    one: tuple[NDArray[np.int64], NDArray[np.int64]], other: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> Part | None:
    """By how much more the revenue of the first accounts changed than that of the others, none of whom may be among both;
    None where either has no interval."""
    a, b = (_shares(*pair)["change"] if (pair[0] > 0).sum() >= LEAST_ACCOUNTS else Part(0, 0) for pair in (one, other))
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return None
    return _less(a, b)


def _shares(before: NDArray[np.int64], after: NDArray[np.int64]) -> dict[str, Part]:
    """Kept and lost are shares of a whole: Wilson's score interval (1927) with as many accounts as equally large ones would be
    (Kish 1965). Grown has no bound above: an interval of its logarithm, linearised, each account's part divided by one less
    its weight. Their difference is put together from both (Zou and Donner 2008)."""
    b, a = before[before > 0].astype(float), after[before > 0].astype(float)
    whole, less, more = b.sum(), int((a < b).sum()), int((a > b).sum())
    weight = b / whole
    alike = 1 / float((weight**2).sum())
    lost = Part(float(np.maximum(b - a, 0).sum() / whole), less)
    grown = Part(float(np.maximum(a - b, 0).sum() / whole), more)
    change = Part(grown.value - lost.value, less + more)
    if alike >= LEAST_ALIKE:
        t = float(stdtrit(alike - 1, 0.975))
        low, high = _wilson(lost.value, alike, t)
        lost = replace(lost, low=low, high=high)
        if more >= LEAST_CHANGED:
            off = (np.maximum(a - b, 0) / whole - grown.value * weight) / (1 - np.minimum(weight, 0.9))
            reach = t * float(np.sqrt((off**2).sum())) / grown.value
            grown = replace(grown, low=grown.value * math.exp(-reach), high=grown.value * math.exp(reach))
            change = replace(_less(grown, lost), accounts=less + more)
    kept = Part(1 - lost.value, less)
    if lost.low is not None and lost.high is not None:
        kept = replace(kept, low=1 - lost.high, high=1 - lost.low)
    return {"kept": kept, "grown": grown, "lost": lost, "change": change}


def _wilson(share: float, n: float, t: float) -> tuple[float, float]:
    middle = (share + t * t / (2 * n)) / (1 + t * t / n)
    half = t / (1 + t * t / n) * math.sqrt(max(0.0, share * (1 - share)) / n + t * t / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _less(a: Part, b: Part) -> Part:
    """a less b, with the interval that both of theirs make when they are not related."""
    value = a.value - b.value
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Part(value, a.accounts + b.accounts)
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    return Part(value, a.accounts + b.accounts, low, value + math.hypot(a.high - a.value, b.value - b.low))
