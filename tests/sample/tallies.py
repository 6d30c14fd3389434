"""Twenty simulated Tallys and what the outcome method says about them. Run it to print the table:
`python -m tests.sample.tallies`."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from wellheard.measure.outcome import Verdict, judge
from wellheard.sample.tally import judge_arguments, simulate
from wellheard.sample.tally.world import BetTruth

SEEDS = range(1, 21)
BETS = ("clean-exports", "promotion-calendar", "one-clock", "new-start-page")
UNTIL = date(2026, 11, 19)
ASKING_WEEKS = 10


@dataclass(frozen=True)
class Judged:
    seed: int
    truth: BetTruth
    verdict: Verdict
    asked_only_elsewhere: int  # in the ten weeks before the release, active or not

    def holds(self, theta: float) -> bool:
        """Whether the interval shown contains this log change."""
        return self.verdict.low <= np.expm1(theta) <= self.verdict.high


def judged() -> dict[str, list[Judged]]:
    table: dict[str, list[Judged]] = {bet: [] for bet in BETS}
    for seed in SEEDS:
        world = simulate(seed, UNTIL)
        for bet in BETS:
            given = judge_arguments(world, bet)
            elsewhere = given["asked_elsewhere_week"] >= given["release_week"] - ASKING_WEEKS
            mirror = int((elsewhere & (given["asked_week"] < 0)).sum())
            table[bet].append(Judged(seed, world.truth[bet], judge(**given), mirror))
    return table


def main() -> None:
    for bet, rows in judged().items():
        print(f"\n{bet}: true {rows[0].truth.effect:+.0%}")
        for row in rows:
            v = row.verdict
            print(
                f"  {row.seed:3d} {v.word:15s} {v.estimate:+5.0%} ({v.low:+5.0%} to {v.high:+5.0%})"
                f"  realised {np.expm1(row.truth.theta):+5.0%}  naive {np.expm1(row.truth.naive):+5.0%}"
                f"  asked {v.counts.askers:3d}  compared {v.counts.mirror:3d}"
            )


if __name__ == "__main__":
    main()
