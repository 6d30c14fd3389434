"""The aha finder: which early behaviour goes with staying, looked for in one half and confirmed in the other."""

from .finder import Candidate, Difference, Early, Findings, find
from .reading import Aha, early, find_aha
from .words import cannot_show, sentence, verdict

__all__ = [
    "Aha",
    "Candidate",
    "Difference",
    "Early",
    "Findings",
    "cannot_show",
    "early",
    "find",
    "find_aha",
    "sentence",
    "verdict",
]
