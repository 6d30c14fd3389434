"""How often experiments without any effect are called one, how often intervals hold the truth, how fast it is.

    python bench/experiments.py                          A/A runs and the check of shares
    python bench/experiments.py --oracle PATH/python     and the speed against tea-tasting: pip install tea-tasting pandas
                                                         into an environment of its own, and give its python

Seeds are fixed. Every run goes through judge_experiment, as the product's own do.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wellheard.measure.experiment.effect import Standing
from wellheard.measure.experiment.looks import boundaries
from wellheard.measure.experiment.report import Metric, Plan, Table, judge_experiment
from wellheard.measure.experiment.sequence import Always
from wellheard.measure.experiment.share import shares_fit

ROWS, LOOKS, PEOPLE, METRICS = 2000, 20, 200_000, 10


def plan(kind: str, method: str, total: int = ROWS) -> Plan:
    return Plan(("a", "b"), (1, 1), (Metric("m", "M", kind, role="primary"),), method, planned_total=total)  # type: ignore[arg-type]


def draw(rng: np.random.Generator, kind: str, n: int = ROWS) -> Table:
    """Without any effect: money with a long tail among one in five, leaning on what was before; shares of a tenth; ratios."""
    arm = rng.integers(0, 2, n)
    if kind == "proportion":
        return Table(arm, {"m": (rng.random(n) < 0.1).astype(float)})
    before = rng.gamma(2, 3, n)
    if kind == "ratio":
        visits = 1.0 + rng.poisson(before)
        return Table(arm, {"m": rng.poisson(visits * 0.4).astype(float)}, {"m": visits})
    if kind == "time":
        times = rng.exponential(20, n)
        return Table(arm, {"m": np.minimum(times, 14.0)}, censored={"m": times > 14})
    return Table(arm, {"m": before + rng.lognormal(1, 1, n) * (rng.random(n) < 0.2)}, before={"m": before})


def fixed(runs: int) -> None:
    print(
        f"\nA/A, fixed, {runs:,} runs of {ROWS:,} people each; 5 % should be called an effect, 95 % of intervals hold 0\n"
    )
    print(
        "| metric | called an effect | intervals hold 0 | relative ones hold 0 | void by shares |\n|---|---|---|---|---|"
    )
    for kind in ("proportion", "mean", "revenue", "ratio", "time"):
        rng = np.random.default_rng(11)
        wrong = held = relative = void = 0
        for _ in range(runs):
            report = judge_experiment(plan(kind, "fixed"), draw(rng, kind))
            if report.state == "void":
                void += 1
                continue
            c = report.comparisons[0]
            wrong += c.p < 0.05
            held += c.interval[0] <= 0 <= c.interval[1]
            low, high = c.relative_interval or (-1, 1)
            relative += low <= 0 <= high
        read = runs - void
        print(
            f"| {kind} | {wrong / read:.2%} | {held / read:.2%} | {relative / read:.2%} | {void / runs:.3%} |",
            flush=True,
        )


def sequential(runs: int) -> None:
    print(
        f"\nA/A, {LOOKS} looks, {runs:,} runs of {ROWS:,} people; called an effect at any look, intervals hold 0 at every look\n"
    )
    print("| method | metric | called an effect | intervals hold 0 at all looks |\n|---|---|---|---|")
    at = [ROWS * (k + 1) // LOOKS for k in range(LOOKS)]
    for method in ("spending", "sequence", "fixed, peeking"):
        for kind in ("proportion", "revenue"):
            rng = np.random.default_rng(12)
            wrong = 0
            for _ in range(runs):
                table = draw(rng, kind)
                for k, rows in enumerate(at):
                    here = table.where(np.arange(ROWS) < rows)
                    told = plan(kind, method) if method in ("spending", "sequence") else plan(kind, "fixed", rows)
                    report = judge_experiment(told, here, at[:k])
                    if report.comparisons and report.comparisons[0].excludes_none:
                        wrong += 1
                        break
            print(f"| {method} | {kind} | {wrong / runs:.2%} | {1 - wrong / runs:.2%} |", flush=True)


def shares(runs: int) -> None:
    rng = np.random.default_rng(13)
    print(f"\nCheck of shares, 100,000 people, {runs:,} runs\n\n| truly | stops |\n|---|---|")
    for p in (0.5, 0.51):
        one = rng.binomial(100_000, p, runs)
        stops = sum(shares_fit([int(n), 100_000 - int(n)], [1, 1]).stop for n in one)
        print(f"| {p:.0%} : {1 - p:.0%} | {stops / runs:.3%} |", flush=True)


def people() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(14)
    table: dict[str, np.ndarray] = {"variant": rng.integers(0, 2, PEOPLE)}
    for k in range(METRICS):
        before = rng.gamma(2, 3, PEOPLE)
        table[f"before{k}"], table[f"m{k}"] = before, before + rng.normal(0, 3, PEOPLE)
    return table


def ours() -> float:
    rows = people()
    metrics = tuple(Metric(f"m{k}", f"M{k}", "mean", role="secondary" if k else "primary") for k in range(METRICS))
    told = Plan(("a", "b"), (1, 1), metrics, "fixed", planned_total=PEOPLE)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        keys = [m.key for m in metrics]
        table = Table(rows["variant"], {k: rows[k] for k in keys}, before={k: rows[f"before{k[1:]}"] for k in keys})
        judge_experiment(told, table)
        best = min(best, time.perf_counter() - began)
    return best


def theirs() -> float:
    import pandas as pd
    import tea_tasting as tt

    frame = pd.DataFrame(people())
    experiment = tt.Experiment({f"m{k}": tt.Mean(f"m{k}", f"before{k}") for k in range(METRICS)})
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        experiment.analyze(frame)
        best = min(best, time.perf_counter() - began)
    return best


def larger(paths: int = 40_000) -> None:
    """How much larger than with one look an experiment must be for 80 % power: Brownian paths against the boundaries."""
    print(
        "\nTimes the size of one look, for the same power of 80 %\n\n| looks | planned end | no planned end |\n|---|---|---|"
    )
    rng = np.random.default_rng(5)
    for looks in (4, 8, 14, 20, 60):
        share = np.arange(1, looks + 1) / looks
        always = Always(tuned=10_000)
        bounds = [
            np.array(boundaries(tuple(share), 0.05)) if looks <= 20 else None,
            np.array([always.reach(Standing(0.0, 1.0, int(10_000 * x), int(5_000 * x), 1e6)) for x in share]),
        ]
        noise = np.cumsum(rng.normal(0, np.sqrt(1 / looks), (paths, looks)), axis=1)

        def power(drift: float, bound: np.ndarray, noise: np.ndarray = noise, share: np.ndarray = share) -> float:
            return float((np.abs((noise + drift * share) / np.sqrt(share)) >= bound).any(axis=1).mean())

        told = [
            "" if b is None else f"{(brentq(lambda d, b=b: power(d, b) - 0.8, 2, 6, xtol=1e-3) / 2.8016) ** 2:.2f}"
            for b in bounds
        ]
        print(f"| {looks} | {told[0]} | {told[1]} |")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--oracle", help="python of an environment with tea-tasting and pandas")
    asked.add_argument("--runs", type=int, default=10_000)
    asked.add_argument("--theirs", action="store_true", help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.theirs:
        print(theirs())
        return
    if said.oracle:
        mine = ours()
        told = subprocess.run([said.oracle, __file__, "--theirs"], capture_output=True, text=True, check=True)
        other = float(told.stdout)
        print(f"{PEOPLE:,} people, {METRICS} means with CUPED, best of five: ours {mine * 1e3:.0f} ms, tea-tasting {other * 1e3:.0f} ms: {other / mine:.1f} times")  # fmt: skip
    if said.runs:
        larger()
        shares(said.runs)
        fixed(said.runs)
        sequential(max(1, said.runs // 5))


if __name__ == "__main__":
    main()
