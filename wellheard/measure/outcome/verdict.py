"""The words an outcome may use, and the numbers and people behind each."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]

# expm1 of more than this says nothing a page could show, and of 710 it overflows.
LARGEST_LOG = 50.0


class Word(StrEnum):
    """A verdict's word, weakest claim first. Each compares equal to its plain string."""

    TOO_FEW = "too few to say"
    NOT_SHOWN = "not shown"
    MOVED = "moved together"
    HELPED = "likely helped"
    HURT = "likely hurt"


def proportion(theta: float) -> float:
    """A difference of logs as a proportional change: 0.1 is ten per cent more. Finite for every input."""
    return float(np.expm1(min(theta, LARGEST_LOG)))


@dataclass(frozen=True)
class Estimate:
    """A change on the log scale with its standard error by account and its 95 % interval (Student's t, `df`).

    `people` counts the askers it rests on. `change`, `change_low` and `change_high` are the same three
    numbers as proportions: exp(θ) − 1.
    """

    theta: float
    se: float
    df: float
    low: float
    high: float
    people: int

    @property
    def change(self) -> float:
        return proportion(self.theta)

    @property
    def change_low(self) -> float:
        return proportion(self.low)

    @property
    def change_high(self) -> float:
        return proportion(self.high)

    @property
    def excludes_no_change(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Placebo(Estimate):
    """Estimate A repeated on weeks in which nothing had shipped yet; it should find nothing. Its interval is of 99 %, not 95: a
    check that fails one time in twenty where all is well would take that share of the power away (docs/decisions/011)."""

    @property
    def passed(self) -> bool:
        return not self.excludes_no_change


@dataclass(frozen=True)
class Counts:
    """How many people each part rests on; all but `asked` count only people active in the four weeks before.

    asked: everyone who asked for this before the release, active or not. askers: the active ones among them.
    mirror: asked for something else, unshipped, in the same weeks. earlier: asked for something else before
    those weeks. silent: never asked. effective_accounts: Kish's (Σs)²/Σs² over the askers' accounts, s their
    weighted use before the release: how many equally large accounts the askers are worth.
    """

    asked: int
    askers: int
    mirror: int
    earlier: int
    silent: int
    effective_accounts: float


@dataclass(frozen=True, eq=False)
class Groups:
    """Who was in which group, as row numbers of `weekly`, ascending. The page behind every count.

    asked_inactive: asked for this, but not active in the four weeks before the release, so in no number.
    askers_in_b: the askers on whom estimate B rests. silent_used: the silent people drawn for the fits (all
    of them unless there are very many).
    """

    askers: Ints
    asked_inactive: Ints
    askers_in_b: Ints
    mirror: Ints
    earlier: Ints
    silent: Ints
    silent_used: Ints


@dataclass(frozen=True, eq=False)
class Verdict:
    """What may be said about a bet.

    level says which comparison `estimate`, `low` and `high` come from: 2, the outer hull of A's and B's
    intervals and the mean of their logs; 1, askers after against before; 0, too few to say (the numbers of
    level 1 where they exist, for the curious; they claim nothing). They are proportions: 0.2 is twenty per
    cent more. They are None only where not even after against before can be computed.

    word is the strongest word the numbers allow; "likely helped" and "likely hurt" only ever come at level 2.
    reasons says in plain sentences why no stronger word is allowed, and is empty beside a "likely". early and
    late are estimate A for the first two outcome weeks and the rest: a large early and a small late change is
    novelty.
    """

    word: Word
    level: int
    estimate: float | None
    low: float | None
    high: float | None
    moved: Estimate | None
    a: Estimate | None
    b: Estimate | None
    placebo: Placebo | None
    early: Estimate | None
    late: Estimate | None
    counts: Counts
    groups: Groups
    reasons: tuple[str, ...]
