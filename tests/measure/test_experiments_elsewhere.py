"""The same numbers as GrowthBook's statistics where the methods are the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.measure.oracles.generate import table
from wellheard.measure.experiment import Fixed, Mean, Moments, Ratio, compare, shares_fit

GOLD = json.loads((Path(__file__).parent / "oracles" / "gbstats.json").read_text())
METRICS = {"mean": Mean("value"), "share": Mean("bought"), "ratio": Ratio("orders", "sessions"), "cuped": Mean("value", "before")}  # fmt: skip


@pytest.mark.parametrize("name", list(METRICS))
def test_T36_agrees_with_gbstats(name: str) -> None:
    rows = table()
    arms = Moments.by_arm(rows["variant"], {k: v for k, v in rows.items() if k != "variant"}, 2)
    found, gold = compare(METRICS[name], arms[0], arms[1], Fixed()), GOLD["metrics"][name]
    mine = (found.difference, found.low, found.high, found.p)
    # Theirs takes a share's variance over n and not n − 1, and theta from the arms' own covariances and not over all rows.
    close = {"mean": 1e-6, "ratio": 1e-6, "share": 4e-3, "cuped": 2e-2}[name]
    assert mine == pytest.approx([gold[k] for k in ("difference", "low", "high", "p")], rel=close)


def test_T36_agrees_with_gbstats_on_shares() -> None:
    assert shares_fit(GOLD["srm"]["counts"], GOLD["srm"]["shares"]).p == pytest.approx(GOLD["srm"]["p"], rel=1e-6)
