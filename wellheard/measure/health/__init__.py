"""How accounts fare: a handful of signals, each with its evidence and its weight, and their sum. Nothing is guessed: a
signal that is not known counts nothing, and with too few of them the sum says nothing."""

from .judge import CHECKED, Facts, Health, Signal, judge
from .reading import health_of, healths

__all__ = ["CHECKED", "Facts", "Health", "Signal", "health_of", "healths", "judge"]
