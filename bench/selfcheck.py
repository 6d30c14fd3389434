"""How often the self-check switches "likely" off where it should not, and how often where it should; what it costs.

    .venv/bin/python bench/selfcheck.py --workspaces 100

Fair workspaces: people ask in a dip, nothing ever ships. Unfair ones: half of the people have good and bad months when the
others have not, and ask for problems of their own, which no comparison can tell from an effect.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.measure.grounds import ground
from wellheard.measure.selfcheck.placebos import check, too_often


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspaces", type=int, default=100)
    asked = parser.parse_args()
    print(f"{'seasons apart':>14}{'workspaces':>12}{'compared':>10}{'likely':>9}{'switched off':>14}{'CPU s each':>12}")
    for season in (0.0, 0.2, 0.4):
        off, likely, compared, seconds = 0, 0, [], []
        for seed in range(asked.workspaces):
            done = check(ground(seed, season=season), 5, seed=seed)
            off += bool(too_often(done.likely, done.compared))
            likely += done.likely
            compared.append(done.compared)
            seconds.append(done.seconds)
        print(
            f"{season:>14}{asked.workspaces:>12}{np.mean(compared):>10.0f}{100 * likely / sum(compared):>7.1f} %"
            f"{100 * off / asked.workspaces:>12.1f} %{np.mean(seconds):>12.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
