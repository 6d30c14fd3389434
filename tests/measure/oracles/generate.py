"""Golden numbers of other libraries for the tests of experiments. Run with the python of an environment that has
tea-tasting 1.14.0 and pandas: python tests/measure/oracles/generate.py > tests/measure/oracles/tea_tasting.json"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

SEED, ROWS = 7, 4000


def table(seed: int = SEED, rows: int = ROWS) -> dict[str, np.ndarray]:
    """One row a person; `variant` is 0 or 1."""
    rng = np.random.default_rng(seed)
    variant = (rng.random(rows) < 0.5).astype(int)
    before = rng.gamma(2, 3, rows)
    return {
        "variant": variant,
        "before": before,
        "orders": rng.poisson(1 + 0.1 * before).astype(float),
        "value": before * 1.5 + rng.normal(0, 4, rows) + variant * 0.6 + 5,
        "sessions": 1.0 + rng.poisson(3, rows),
        "sessions_before": 1.0 + rng.poisson(3, rows),
        "orders_before": rng.poisson(1 + 0.1 * before).astype(float),
        "bought": (rng.random(rows) < 0.2 + 0.03 * variant).astype(float),
    }


def main() -> None:
    import pandas as pd
    import tea_tasting as tt

    experiment = tt.Experiment(
        mean=tt.Mean("value"), cuped=tt.Mean("value", "before"), share=tt.Mean("bought"), ratio=tt.RatioOfMeans("orders", "sessions"),
        ratio_cuped=tt.RatioOfMeans("orders", "sessions", "orders_before", "sessions_before"),
    )  # fmt: skip
    found = experiment.analyze(pd.DataFrame(table()))
    keys = (
        "control",
        "treatment",
        "effect_size",
        "effect_size_ci_lower",
        "effect_size_ci_upper",
        "pvalue",
        "rel_effect_size",
    )
    told = {name: {k: float(getattr(r, k)) for k in keys} for name, r in found.items()}
    print(
        json.dumps(
            {"tea_tasting": tt.__version__, "numpy": np.__version__, "seed": SEED, "rows": ROWS, "metrics": told},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
