"""How often the outcome method is wrong, how often it sees what is there, and what it costs.

    .venv/bin/python bench/outcome.py --replications 200

Prints one table per question: false "likely" and coverage without effect by scenario (beside them how often
askers' after against before, the usual comparison with everybody else, and a plain matched one find something), coverage and
power with an effect, false "likely" and coverage by the number of askers, and CPU milliseconds a bet.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.measure.simulate import BEYOND, SCENARIOS, Product, simulate
from wellheard.measure.outcome import Verdict, Word, judge

LIKELY = (Word.HELPED, Word.HURT)


@dataclass
class Tally:
    """Running counts over replications of one setting."""

    runs: int = 0
    likely: int = 0
    right: int = 0
    covered: int = 0
    moved: int = 0
    naive: int = 0
    matched: int = 0
    placebo_failed: int = 0
    level_two: int = 0
    a_covered: int = 0
    b_covered: int = 0
    widths: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, product: Product, verdict: Verdict) -> None:
        self.runs += 1
        self.likely += verdict.word in LIKELY
        self.right += verdict.word == (Word.HELPED if product.theta > 0 else Word.HURT)
        self.moved += verdict.moved is not None and verdict.moved.excludes_no_change
        self.placebo_failed += verdict.placebo is not None and not verdict.placebo.passed
        self.naive += naive_difference(product)
        self.matched += matched_difference(product)
        if verdict.level == 2 and verdict.a and verdict.b and verdict.low is not None and verdict.high is not None:
            self.level_two += 1
            low, high = np.log1p(verdict.low), np.log1p(verdict.high)
            self.covered += bool(low <= product.theta <= high)
            self.a_covered += verdict.a.low <= product.theta <= verdict.a.high
            self.b_covered += verdict.b.low <= product.theta <= verdict.b.high
            self.widths.append((high - low) / 2)
            self.errors.append((verdict.a.theta + verdict.b.theta) / 2 - product.theta)


def naive_difference(product: Product) -> bool:
    """What most would compute: askers' change of log1p counts against everybody else's, as if all
    independent."""
    t0, last = product.release_week, product.release_week + product.outcome_weeks
    change = np.log1p(product.weekly[:, t0 + 1 : last + 1].mean(axis=1)) - np.log1p(
        product.weekly[:, t0 - 4 : t0].mean(axis=1)
    )
    asked = product.asked_week >= 0
    a, b = change[asked], change[~asked]
    se = np.sqrt(a.var() / len(a) + b.var() / len(b))
    return bool(abs(a.mean() - b.mean()) > 1.96 * se)


def matched_difference(product: Product) -> bool:
    """The plain matched comparison: for each asker the silent person of the same plan whose use before was most alike (mean of the
    last four weeks, of the eight before them), difference in differences over the pairs, and the usual look at the trend before."""
    weekly, t0 = np.log1p(product.weekly.astype(float)), product.release_week
    near, far = weekly[:, t0 - 4 : t0].mean(axis=1), weekly[:, t0 - 12 : t0 - 4].mean(axis=1)
    after = np.log1p(product.weekly[:, t0 + 1 : t0 + product.outcome_weeks + 1].mean(axis=1))
    before = np.log1p(product.weekly[:, t0 - 12 : t0].mean(axis=1))
    asked = np.flatnonzero(product.asked_week >= 0)
    silent = np.flatnonzero((product.asked_week < 0) & (product.asked_elsewhere_week < 0))
    alike = np.column_stack([near, far, 100.0 * np.unique(product.plan, return_inverse=True)[1]])
    pair = silent[cKDTree(alike[silent]).query(alike[asked])[1]]

    def excludes_none(change: np.ndarray) -> bool:
        gap = change[asked] - change[pair]
        return bool(abs(gap.mean()) > 1.96 * gap.std(ddof=1) / np.sqrt(len(gap)))

    return excludes_none(after - before) and not excludes_none(near - far)


def tally(
    scenario: str, replications: int, effect: float = 0.0, *, first_seed: int = 0, askers: int, mirror: int
) -> Tally:
    result = Tally()
    for seed in range(first_seed, first_seed + replications):
        product = simulate(scenario, effect=effect, seed=seed, askers=askers, mirror=mirror)
        result.add(product, judge(**product.arguments()))
    return result


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"\n{title}\n" + "".join(f"{head:>{30 if i == 0 else 12}}" for i, head in enumerate(heads)))
    for row in rows:
        print("".join(f"{cell!s:>{30 if i == 0 else 12}}" for i, cell in enumerate(row)), flush=True)


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def no_effect(names: Sequence[str], replications: int, askers: int, mirror: int) -> Iterable[Sequence[object]]:
    for name in names:
        t = tally(name, replications, askers=askers, mirror=mirror)
        yield (
            name,
            percent(t.likely, t.runs),
            percent(t.covered, t.level_two),
            percent(t.a_covered, t.level_two),
            percent(t.b_covered, t.level_two),
            percent(t.placebo_failed, t.runs),
            f"{np.mean(t.widths or [0]):.3f}",
            f"{np.mean(t.errors or [0]):+.3f}",
            percent(t.moved, t.runs),
            percent(t.naive, t.runs),
            percent(t.matched, t.runs),
        )


def with_effect(
    names: Sequence[str], effects: Sequence[float], replications: int, askers: int, mirror: int
) -> Iterable[Sequence[object]]:
    for name in names:
        for effect in effects:
            t = tally(name, replications, effect, first_seed=10_000, askers=askers, mirror=mirror)
            yield (
                name,
                f"{effect:+.0%}",
                percent(t.right, t.runs),
                percent(t.covered, t.level_two),
                percent(t.placebo_failed, t.runs),
                f"{np.mean(t.errors or [0]):+.3f}",
            )


def by_size(replications: int) -> Iterable[Sequence[object]]:
    for askers, mirror in ((40, 150), (60, 120), (100, 200), (400, 400)):
        for name in ("ask in a dip", "mixed"):
            t = tally(name, replications, first_seed=20_000, askers=askers, mirror=mirror)
            yield (
                f"{name}, {askers}/{mirror}",
                percent(t.likely, t.runs),
                percent(t.covered, t.level_two),
                percent(t.level_two, t.runs),
                f"{np.mean(t.widths or [0]):.3f}",
            )


def cost() -> Iterable[Sequence[object]]:
    for people, repeats in ((5_000, 20), (100_000, 5)):
        product = simulate("mixed", people=people, history=34, seed=1)
        arguments = product.arguments()
        times = []
        for _ in range(repeats):
            start = time.process_time()
            judge(**arguments)
            times.append(1000 * (time.process_time() - start))
        yield (
            f"{people:,} people × {product.weekly.shape[1]} weeks",
            f"{np.median(times):.0f} ms",
            f"{max(times):.0f} ms",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument(
        "--scenario", action="append", choices=list(SCENARIOS | BEYOND), help="only these (default: all)"
    )
    parser.add_argument("--askers", type=int, default=200)
    parser.add_argument("--mirror", type=int, default=400)
    parser.add_argument("--only", choices=["null", "power", "size", "cost"], help="only one of the tables")
    chosen = parser.parse_args()
    names = chosen.scenario or list(SCENARIOS)
    sizes = (chosen.replications, chosen.askers, chosen.mirror)
    if chosen.only in (None, "cost"):
        table("CPU a bet", ["", "median", "worst"], cost())
    if chosen.only in (None, "null"):
        heads = ["scenario", "likely", "coverage", "A alone", "B alone", "placebo ✗", "half width", "bias"]
        heads += ["moved", "naive", "matched"]
        table("No effect: how often wrong", heads, no_effect(names, *sizes))
        if not chosen.scenario:
            table("No effect, and nothing in the data could tell", heads, no_effect(list(BEYOND), *sizes))
    if chosen.only in (None, "power"):
        heads = ["scenario", "effect", "power", "coverage", "placebo ✗", "bias"]
        some = chosen.scenario or ["ask in a dip", "anyone asks", "leaving", "mixed"]
        table("A true effect", heads, with_effect(some, (0.2, 0.3, -0.25), *sizes))
    if chosen.only in (None, "size"):
        heads = ["scenario, askers/mirror", "likely", "coverage", "level 2", "half width"]
        table("No effect, by size", heads, by_size(chosen.replications))


if __name__ == "__main__":
    main()
