"""Simulated products for the aha finder: staying depends on how active somebody is, and on Event 5 if `effect` says so."""

from __future__ import annotations

import numpy as np

from wellheard.measure.aha import Early

RATES = np.array([1, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06])


def product(seed: int, effect: float, accounts: int = 300, each: int = 6) -> Early:
    """`effect` is what doing Event 5 in the first seven days adds to the chance of staying."""
    draw = np.random.default_rng(seed)
    n, kinds = accounts * each, len(RATES)
    account = np.repeat(np.arange(1, accounts + 1), each)
    shared = draw.normal(0, 0.6, accounts)[account - 1]
    activity = 4 * np.exp(draw.normal(0, 0.8, n) + shared)
    times = draw.poisson(activity[:, None, None] * RATES[None, :, None] / 7, (n, kinds, 7))
    person, event, day = np.nonzero(times)
    chance = 1 / (1 + np.exp(1 - 0.6 * np.log(activity) - 0.8 * shared))
    chance = np.clip(chance + effect * (times[:, 5].sum(axis=1) > 0), 0, 1)
    return Early(
        np.arange(1, n + 1), [f"Event {k}" for k in range(kinds)], person, event, day, times[person, event, day],
        draw.random(n) < chance, account, draw.integers(0, 90, n),
    )  # fmt: skip
