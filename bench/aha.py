"""How often the aha finder finds what is not there, and what is: python bench/aha.py [runs]

Simulated products of 1,800 people in 300 accounts whose staying depends on how active they are; in some, doing one of
twelve events in the first seven days adds to it. Beside it, how often the plain difference would have "found" one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.measure.products import product
from wellheard.measure.aha import Early, find
from wellheard.measure.aha.regression import difference, holm


def plainly(seen: Early) -> bool:
    """Any event whose doers stay more often, by Holm over all of them, without looking at other activity."""
    p_values = []
    for event in range(len(seen.events)):
        rows = seen.event == event
        did = np.bincount(seen.person[rows], seen.times[rows], len(seen.stayed)) >= 1
        found = difference(did, seen.stayed, seen.account - 1)
        p_values.append(found.exceeds(0.03) if found else 1.0)
    return min(holm(p_values)) <= 0.05


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{runs} products each")
    print(f"{'true effect':>12} {'found it':>9} {'found another':>14} {'plainly, any':>13} {'ms each':>8}")
    for effect in (0.0, 0.05, 0.10, 0.15, 0.20):
        right = wrong = plain = 0
        spent = 0.0
        for seed in range(runs):
            seen = product(seed, effect)
            began = time.process_time()
            names = [c.event for c in find(seen).confirmed]
            spent += time.process_time() - began
            right += effect > 0 and "Event 5" in names
            wrong += any(name != "Event 5" for name in names) or (effect == 0 and bool(names))
            plain += plainly(seen)
        shares = [f"{100 * n / runs:.1f} %" for n in (right, wrong, plain)]
        points = f"{100 * effect:+.0f} points"
        print(f"{points:>12} {shares[0]:>9} {shares[1]:>14} {shares[2]:>13} {1000 * spent / runs:8.0f}")


if __name__ == "__main__":
    main()
