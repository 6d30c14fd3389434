"""False alarms and power of "what rose": weeks without any change in several shapes, and weeks with one.

    .venv/bin/python bench/signals.py [--runs 1000]

A run is one workspace's 53 weeks and one look at the last. In the first table nothing ever changes, so every alarm is false: at most
5 % of looks may raise one, over all problems together. In the second one problem rises in the last week only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellheard.settings")

import numpy as np

from wellheard.understand.rising import look

WEEKS = 53
Shape = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def rates(chance: np.random.Generator, problems: int, a_week: float) -> np.ndarray:
    """Few large problems and many small ones; `a_week` voices a week on average each."""
    drawn = chance.gamma(0.7, size=problems)
    return np.asarray(drawn / drawn.mean() * a_week)


def shaped(
    problems: int = 20, a_week: float = 5.0, cluster: float = 0.0, wild: float = 0.0, growth: float = 1.0,
    season: float = 0.0, bursts: float = 0.0, quiet: float = 3.0, weeks: int = WEEKS,
) -> Shape:  # fmt: skip
    """Voices with mean a week × volume. cluster: mean size of further voices each brings along; wild: how much each problem's rate
    varies by itself from week to week (variance of a gamma of mean 1); growth: volume at the end over that at the start; season: how
    much all voices swing together; bursts: chance, per problem and week, of 5 to 30 voices at once; quiet: other voices a week for
    each a week of the problems."""

    def draw(chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        mean = rates(chance, problems, a_week)
        at = np.arange(weeks)
        volume = growth ** (at / (weeks - 1)) * (1 + season * np.sin(2 * np.pi * at / 26 + chance.uniform(0, 6)))
        volume = volume * (chance.gamma(1 / 0.04, 0.04, weeks) if season else 1)
        by = mean[:, None] * volume[None, :]
        if wild:
            by = by * chance.gamma(1 / wild, wild, by.shape)
        counts = chance.poisson(by)
        if cluster:
            counts = chance.poisson(by / (1 + cluster))
            counts = counts + chance.poisson(counts * cluster)
        if bursts:
            counts = counts + (chance.random(counts.shape) < bursts) * chance.integers(5, 31, counts.shape)
        rest = chance.poisson(quiet * a_week * problems * volume)
        return counts, counts.sum(axis=0) + rest

    return draw


SHAPES: dict[str, Shape] = {
    "plain chance": shaped(),
    "few voices (1 a week each)": shaped(a_week=1.0),
    "very few voices (0.3 a week each)": shaped(a_week=0.3, quiet=1.0),
    "clusters (each brings 2 more)": shaped(cluster=2.0),
    "clusters, few voices": shaped(cluster=2.0, a_week=1.0),
    "wild weeks (rates vary by 50 %)": shaped(wild=0.25),
    "rare bursts of 5 to 30": shaped(bursts=0.01),
    "growth to 4 times": shaped(growth=4.0),
    "growth, clusters, wild weeks": shaped(growth=4.0, cluster=1.0, wild=0.1),
    "growth to 4 times, wilder weeks": shaped(growth=4.0, wild=0.25),
    "shrinking to a quarter": shaped(growth=0.25),
    "season and loud weeks": shaped(season=0.5),
    "nothing but the problems": shaped(quiet=0.02),
    "three problems": shaped(problems=3),
    "one problem": shaped(problems=1),
    "sixty problems": shaped(problems=60),
    "16 weeks of history, clusters": shaped(weeks=17, cluster=1.0),
    "105 weeks, rare bursts": shaped(weeks=105, bursts=0.01),
    "30 weeks, wild weeks": shaped(weeks=31, wild=0.25),
}


def alarms(shape: Shape, runs: int, seed: int) -> float:
    """The share of looks with at least one alarm."""
    chance = np.random.default_rng(seed)
    return sum(any(r.alarm for r in look(*shape(chance))) for _ in range(runs)) / runs


def caught(a_week: float, times: int, runs: int, seed: int, cluster: float = 0.0) -> float:
    """How often one of 20 problems raises the alarm when in the last week its voices come so many times as often."""
    chance = np.random.default_rng(seed)
    mean = np.full((20, WEEKS), a_week)
    mean[0, -1] *= times
    found = 0
    for _ in range(runs):
        counts = chance.poisson(mean / (1 + cluster))
        counts = counts + chance.poisson(counts * cluster)
        volume = counts.sum(axis=0) + chance.poisson(3 * a_week * 20, WEEKS)
        found += look(counts, volume)[0].alarm
    return found / runs


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=1000)
    runs = asked.parse_args().runs
    begin = time.process_time()
    print(f"{'no change':40} looks with an alarm (at most 5 %), {runs} looks")
    for i, (name, shape) in enumerate(SHAPES.items()):
        rate = alarms(shape, runs, 1000 + i)
        error = 1.96 * (rate * (1 - rate) / runs) ** 0.5
        print(f"{name:40} {rate:6.1%}  ± {error:.1%}")
    print(f"\n{'power: 20 problems, one rises':40} " + "".join(f"{f'× {t}':>8}" for t in (2, 3, 4, 6)))
    for label, a_week, cluster in (
        ("2 voices a week", 2, 0.0), ("5 voices a week", 5, 0.0), ("20 voices a week", 20, 0.0),
        ("5 voices a week, in clusters of 2", 5, 1.0), ("20 voices a week, in clusters of 2", 20, 1.0),
    ):  # fmt: skip
        row = [caught(a_week, t, max(50, runs // 5), 7, cluster) for t in (2, 3, 4, 6)]
        print(f"{label:40} " + "".join(f"{r:8.0%}" for r in row))
    print(f"\n{time.process_time() - begin:.0f} CPU s")


if __name__ == "__main__":
    main()
