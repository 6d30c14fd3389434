"""How often the intervals of money beside a verdict cover the truth, and how often the difference from the mirror is called one
where there is none. Run: python bench/money_beside.py"""

from __future__ import annotations

import sys

import numpy as np

from wellheard.measure.revenue import difference, revenue

RUNS = 400
TRUTH = {"kept": 0.93, "grown": 0.06, "lost": 0.07, "change": -0.01}


def accounts(chance: np.random.Generator, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Cents a month: log-normal; 6 % leave, 4 % fall to three quarters, 20 % grow by 30 %: as in TRUTH, whatever they pay."""
    before = np.maximum(500, np.exp(chance.normal(9.5, spread, count))).astype(np.int64)
    turn = chance.random(count)
    factor = np.select([turn < 0.06, turn < 0.10, turn < 0.30], [0.0, 0.75, 1.3], 1.0)
    return before, (before * factor).astype(np.int64)


def drawn_anew(chance: np.random.Generator, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether the usual way holds the true change: the middle 95 % of draws of the accounts."""
    rows = chance.integers(0, len(before), (500, len(before)))
    low, high = np.quantile(after[rows].sum(axis=1) / before[rows].sum(axis=1) - 1, (0.025, 0.975))
    return bool(low <= TRUTH["change"] <= high)


def main(runs: int = RUNS) -> None:
    print(f"{runs} draws of accounts; share of 95 % intervals that hold the truth, of those that are told")
    print("accounts  spread   kept  grown   lost change  told  difference called  change, drawn anew")
    for count in (25, 60, 200, 1000):
        for spread in (0.7, 1.5):
            chance, draws = np.random.default_rng(count), np.random.default_rng(1)
            held, told = dict.fromkeys(TRUTH, 0), dict.fromkeys(TRUTH, 0)
            called = compared = naive = 0
            for _ in range(runs):
                mine, theirs = accounts(chance, count, spread), accounts(chance, count, spread)
                for name, part in (revenue(*mine).shares or {}).items():
                    if part.low is not None and part.high is not None:
                        told[name] += 1
                        held[name] += part.low <= TRUTH[name] <= part.high
                naive += drawn_anew(draws, *mine)
                more = difference(mine, theirs)
                if more is not None and more.low is not None and more.high is not None:
                    compared += 1
                    called += not more.low <= 0 <= more.high
            shares = "".join(f"{held[n] / told[n]:7.1%}" if told[n] else "      –" for n in TRUTH)
            print(
                f"{count:8}  {spread:6}{shares} {told['change'] / runs:5.0%} {called / max(1, compared):18.1%} {naive / runs:19.1%}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
