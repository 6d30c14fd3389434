"""What accounts pay, after against before: kept, grown, lost, with intervals that say how far chance among accounts
reaches, or the reason why there are none. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .floors import FLOOR

LEAST_ACCOUNTS = 10  # paying ones; below, drawing accounts anew says little
LEAST_CHANGED = 5  # resampling what did not vary would draw an interval far too narrow
DRAWS = 1000
PARTS = ("kept", "grown", "lost", "change")


@dataclass(frozen=True, slots=True)
class Part:
    """A share of what was paid at release (1 is all of it; `change` is after less before), with its 95 % interval.

    `accounts` is how many accounts make it differ from nothing having happened; no interval with too few of them.
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
    """From aligned cents a month of each account. `may_show` is False where the sums would give away those of few others.

    Intervals are the percentile bootstrap over accounts (Efron 1979), always with the same draws: a page says the same twice.
    """
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
        if shares["change"].low is None:
            why = f"Fewer than {LEAST_CHANGED} of these accounts changed what they pay: too few to say how much of it is chance."
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
    parts = [_shares(*pair)["change"] if (pair[0] > 0).sum() >= LEAST_ACCOUNTS else None for pair in (one, other)]
    if any(p is None or p.low is None for p in parts):
        return None
    mine, theirs = (_draws(*pair, seed)[3] for seed, pair in enumerate((one, other), 1))
    low, high = np.quantile(mine - theirs, (0.025, 0.975))
    a, b = (p for p in parts if p is not None)
    return Part(a.value - b.value, a.accounts + b.accounts, float(low), float(high))


def _shares(before: NDArray[np.int64], after: NDArray[np.int64]) -> dict[str, Part]:
    paid = before > 0
    less, more = int((after < before)[paid].sum()), int((after > before)[paid].sum())
    told = _parts(before, after).sum(axis=1) / before.sum()
    drawn = _draws(before, after)
    found = {}
    for name, value, draws, moved in zip(PARTS, told, drawn, (less, more, less, less + more), strict=True):
        ends = [float(x) for x in np.quantile(draws, (0.025, 0.975))] if moved >= LEAST_CHANGED else [None, None]
        found[name] = Part(float(value), moved, *ends)
    return found


def _parts(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows as in PARTS, columns the accounts that paid."""
    b, a = before[before > 0].astype(float), after[before > 0].astype(float)
    return np.stack([np.minimum(a, b), np.maximum(a - b, 0), np.maximum(b - a, 0), a - b])


def _draws(before: NDArray[np.int64], after: NDArray[np.int64], seed: int = 0) -> NDArray[np.float64]:
    parts, paid = _parts(before, after), before[before > 0].astype(float)
    count = len(paid)
    chance = np.random.default_rng(seed)
    sums, whole = np.empty((len(PARTS), DRAWS)), np.empty(DRAWS)
    for d in range(DRAWS):  # one draw at a time: thousands of accounts need no large array
        rows = chance.integers(0, count, count)
        sums[:, d], whole[d] = parts[:, rows].sum(axis=1), paid[rows].sum()
    return sums / whole
