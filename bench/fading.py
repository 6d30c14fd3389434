"""How often an alarm says that a lasting effect is gone, and how often it sees one that is.

    .venv/bin/python bench/fading.py --replications 200

One row a kind of product and effect: bets that were called "likely helped", and of those the share with an alarm in any of
the eleven later looks of a year, when the effect lasts and when it ends with the first five weeks; by how many
standard errors the rule asks for.
"""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.measure.simulate import Product, simulate
from wellheard.measure.fading.rule import LAST, gone, windows
from wellheard.measure.outcome import Verdict, judge

SURES = (1.64, 2.0, 2.3, 2.6)
FIRST = 5


def pieces(verdict: Verdict) -> dict[str, Any]:
    return {
        name: dataclasses.asdict(e) if (e := getattr(verdict, name)) is not None and verdict.level == 2 else None
        for name in ("a", "b")
    } | {"moved": dataclasses.asdict(verdict.moved) if verdict.moved else None}


def looks(product: Product) -> tuple[Verdict, list[Verdict]]:
    return judge(**product.arguments(outcome_weeks=FIRST)), [
        judge(**product.arguments(outcome_weeks=w)) for w in windows(FIRST)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=200)
    asked = parser.parse_args()
    names = ("ask in a dip", "plan trend", "season", "account growth", "account dips", "heavy tails", "mixed")
    heads = "".join(f"{f'lasts {s}':>12}{f'ends {s}':>12}" for s in SURES)
    print(f"{'':>20}{'effect':>8}{'likely':>8}{heads}")
    for effect in (0.2, 0.3, 0.5):
        for name in names:
            alarms = {(s, kind): 0 for s in SURES for kind in ("lasts", "ends")}
            likely = 0
            for seed in range(asked.replications):
                lasting = simulate(name, effect=effect, seed=seed, after=LAST, people=4000)
                first, later = looks(lasting)
                if first.word != "likely helped":
                    continue
                likely += 1
                weekly = lasting.weekly.copy()
                end = lasting.release_week + FIRST + 1
                weekly[:, end:] = simulate(name, seed=seed, after=LAST, people=4000).weekly[:, end:]
                _, ended = looks(dataclasses.replace(lasting, weekly=weekly))
                for kind, found in (("lasts", later), ("ends", ended)):
                    for s in SURES:
                        said = [gone(pieces(first), first.word, pieces(v), sure=s) for v in found]
                        alarms[s, kind] += any(x is True for x in said)
            cells = [100 * alarms[s, k] / max(1, likely) for s in SURES for k in ("lasts", "ends")]
            print(f"{name:>20}{effect:>+8.0%}{likely:>8}" + "".join(f"{c:>10.1f} %" for c in cells), flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
