"""How far inputs may be off: many possible worlds, each with its own figures, drawn with a fixed seed.

Counts wobble as counts do (Poisson); accounts and their revenue come and go together; pain is as uncertain as its voices
are few; what somebody gave lies in the range they gave, and without one: effort half to double, confidence 20 points, pain
one point, revenue a quarter either way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .formula import Array
from .inputs import LENSES, LIMITS, Inputs, Value

DRAWS = 2000
SEED = 20_260_101
MOST_WEIGHED = 400  # accounts beyond which their sum is drawn as the normal it then is
WITHOUT_RANGE = {
    "effort": lambda v: (v / 2, v * 2),
    "confidence": lambda v: (v - 20, v + 20),
    "pain": lambda v: (v - 1, v + 1),
    "revenue": lambda v: (v * 0.75, v * 1.25),
}


def names() -> list[str]:
    return ["users", "customers", "revenue", *(f"pain_{lens}" for lens in LENSES), "effort", "confidence"]


def likely(rows: Sequence[Inputs]) -> dict[str, Array]:
    """Input → one column of figures for each bet (bets × 1)."""
    held = {
        "users": [r.users.likely for r in rows], "customers": [r.customers.likely for r in rows], "revenue": [r.revenue.likely for r in rows],
        "effort": [r.effort.likely if r.effort else np.nan for r in rows], "confidence": [r.confidence.likely for r in rows],
        **{f"pain_{lens}": [r.pain[lens].likely for r in rows] for lens in LENSES},
    }  # fmt: skip
    return {name: np.array(values, np.float64).reshape(-1, 1) for name, values in held.items()}


def draw(rows: Sequence[Inputs], count: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Input → figures of each bet in each world (bets × count). A bet's figures depend on nothing but itself and the seed,
    so that adding a bet does not move the others'."""
    worlds = [_of(row, count, np.random.default_rng([seed, row.bet.pk])) for row in rows]
    return {name: np.array([w[name] for w in worlds]).reshape(len(rows), count) for name in names()}


def _of(row: Inputs, count: int, rng: np.random.Generator) -> dict[str, Array]:
    users = _counted(row.users, "users", count, rng)
    customers, revenue = _accounts(row, count, rng)
    if row.customers.source == "given":
        customers = _counted(row.customers, "customers", count, rng)
    if row.revenue.source == "given":
        revenue = _ranged(row.revenue, "revenue", count, rng)
    pains = {f"pain_{lens}": _pain(row, lens, count, rng) for lens in LENSES}
    effort = _ranged(row.effort, "effort", count, rng) if row.effort else np.full(count, np.nan)
    return {
        "users": users, "customers": customers, "revenue": revenue, **pains, "effort": effort,
        "confidence": _ranged(row.confidence, "confidence", count, rng),
    }  # fmt: skip


def _counted(value: Value, name: str, count: int, rng: np.random.Generator) -> Array:
    if value.source == "given" and value.low is not None:
        return _ranged(value, name, count, rng)
    return rng.gamma(value.likely, 1.0, count) if value.likely > 0 else np.zeros(count)


def _accounts(row: Inputs, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    if not row.accounts:
        return np.zeros(count), np.zeros(count)
    cents = np.array([c for c, _ in row.accounts], np.float64)
    pays = np.array([p for _, p in row.accounts], np.float64)
    if len(cents) <= MOST_WEIGHED:
        times = rng.poisson(1.0, (count, len(cents))).astype(np.float64)
        return times @ pays, times @ cents
    both = np.array([[pays.sum(), pays @ cents], [pays @ cents, cents @ cents]])
    drawn = np.maximum(0, rng.multivariate_normal([pays.sum(), cents.sum()], both, count, method="eigh"))
    return drawn[:, 0], drawn[:, 1]


def _pain(row: Inputs, lens: str, count: int, rng: np.random.Generator) -> Array:
    value = row.pain[lens]
    if value.source == "given":
        return _ranged(value, "pain", count, rng)
    shares = rng.dirichlet(np.array(row.feelings[lens]) + 2 / 3, count)
    return np.asarray(1 + 4 * (shares[:, 0] + shares[:, 1] / 2))


def _ranged(value: Value, name: str, count: int, rng: np.random.Generator) -> Array:
    low, high = value.low, value.high
    if low is None or high is None:
        spread = WITHOUT_RANGE.get(name, lambda v: (v, v))(value.likely)
        least, most = LIMITS[name]
        floor, ceiling = min(least, value.likely), max(most, value.likely)
        low = max(floor, spread[0]) if low is None else low
        high = min(ceiling, spread[1]) if high is None else high
    if high <= low:
        return np.full(count, value.likely)
    return rng.triangular(low, value.likely, high, count)
