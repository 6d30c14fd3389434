"""Golden numbers of GrowthBook's statistics. Run with the python of an environment that has gbstats 0.8.0:
python tests/measure/oracles/generate_gbstats.py > tests/measure/oracles/gbstats.json"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.measure.oracles.generate import ROWS, SEED, table


def main() -> None:
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import (
        ProportionStatistic,
        RatioStatistic,
        RegressionAdjustedStatistic,
        SampleMeanStatistic,
        compute_theta,
    )  # fmt: skip
    from gbstats.utils import check_srm

    rows = table()

    def mean(arm: int, column: str) -> SampleMeanStatistic:
        x = rows[column][rows["variant"] == arm]
        return SampleMeanStatistic(n=len(x), sum=float(x.sum()), sum_squares=float((x**2).sum()))

    def product(arm: int, a: str, b: str) -> float:
        mine = rows["variant"] == arm
        return float((rows[a][mine] * rows[b][mine]).sum())

    def share(arm: int) -> ProportionStatistic:
        x = rows["bought"][rows["variant"] == arm]
        return ProportionStatistic(n=len(x), sum=int(x.sum()))

    def ratio(arm: int) -> RatioStatistic:
        m, d = mean(arm, "orders"), mean(arm, "sessions")
        return RatioStatistic(
            n=m.n, m_statistic=m, d_statistic=d, m_d_sum_of_products=product(arm, "orders", "sessions")
        )

    def leant(arm: int) -> RegressionAdjustedStatistic:
        post, pre = mean(arm, "value"), mean(arm, "before")
        return RegressionAdjustedStatistic(
            n=post.n,
            post_statistic=post,
            pre_statistic=pre,
            post_pre_sum_of_products=product(arm, "value", "before"),
            theta=0.0,
        )

    told = {}
    for name, arm in (("mean", lambda a: mean(a, "value")), ("share", share), ("ratio", ratio), ("cuped", leant)):
        pair = [arm(0), arm(1)]
        if name == "cuped":
            theta = compute_theta(*pair)
            pair = [replace(one, theta=theta) for one in pair]
        config = FrequentistConfig(difference_type="absolute", alpha=0.05)
        found = TwoSidedTTest(*pair, config).compute_result()
        told[name] = {"difference": found.expected, "low": found.ci[0], "high": found.ci[1], "p": found.p_value}
    srm = {"counts": [4900, 5100, 5050], "shares": [1, 1, 1]}
    srm["p"] = check_srm(srm["counts"], [1 / 3] * 3)
    print(json.dumps({"gbstats": version("gbstats"), "numpy": np.__version__, "seed": SEED, "rows": ROWS, "metrics": told, "srm": srm}, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
