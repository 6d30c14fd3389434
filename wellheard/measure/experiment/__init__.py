"""Experiments: what a random half of the people did differently, and how sure that is.

Pure arithmetic on arrays and on their sums: no database, no clock, no settings. One row a person (or whatever was
randomised), entered when that person's window is full. The entry is report.judge_experiment.
"""

from .effect import Effect, Fixed, compare
from .looks import Planned, spent
from .metric import Mean, Proportion, Ratio
from .moments import Moments, pooled
from .report import Metric, Plan, Report, Table, judge_experiment
from .sequence import Always
from .share import Shares, shares_fit

__all__ = [
    "Always", "Effect", "Fixed", "Mean", "Metric", "Moments", "Plan", "Planned", "Proportion", "Ratio", "Report", "Shares",
    "Table", "compare", "judge_experiment", "pooled", "shares_fit", "spent",
]  # fmt: skip
