"""What may be said about a bet: did those who asked change, against people who asked for something else?

Pure arithmetic on arrays: no database, no clock, no settings. `judge` takes one bet's people and weeks and
returns a `Verdict`: a word, an interval, the pieces behind them and the people behind the pieces.
"""

from .method import judge
from .verdict import Counts, Estimate, Groups, Placebo, Verdict, Word

__all__ = ["Counts", "Estimate", "Groups", "Placebo", "Verdict", "Word", "judge"]
