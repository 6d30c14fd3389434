"""From one bet's people and weeks to the strongest word they allow."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .design import level, weights
from .estimates import estimate_a, estimate_b, moved, placebo
from .groups import Division, divide, drawn
from .products import Floats, dot
from .reasons import (
    ACCOUNTS_NEEDED,
    ASKERS_NEEDED,
    NO_CHANGE,
    doubts,
    no_comparison,
    no_second_comparison,
    too_few,
)
from .record import Record, pooled_plans, record
from .verdict import Counts, Estimate, Groups, Ints, Placebo, Verdict, Word, proportion


def judge(
    weekly: ArrayLike,
    release_week: int,
    outcome_weeks: int | Sequence[int],
    account: ArrayLike,
    plan: ArrayLike,
    tenure: ArrayLike,
    asked_week: ArrayLike,
    asked_elsewhere_week: ArrayLike,
    *,
    wanted: Literal["up", "down"] = "up",
) -> Verdict:
    """What may be said about a bet, and on what grounds.

    The question: did those who asked change what they do, against what they would have done had they asked
    and nothing of theirs shipped?

    weekly: (people × weeks) counts or amounts of the declared metric, not negative, oldest week first; who
    left stays in with zeros. release_week: column t₀ of the week of the release; that week itself is neither
    before nor after. outcome_weeks: 5 means the sum over t₀+1 … t₀+5; (first, last) are offsets from t₀.
    account: (people,) labels; −1, None, NaN and "" are an account of one's own. plan: (people,) labels.
    tenure: (people,) weeks since joining at t₀, 0 where unknown. asked_week: (people,) column of the week in
    which each asked for this, −1 where they did not, 0 where they did before the first column.
    asked_elsewhere_week: the same for something else; the caller has taken out those whose other wish shipped
    within t₀−12 … the end of the outcome. wanted: whether more ("up") or less ("down") of the metric is what
    was hoped for; it only decides which change is called helped.

    The estimand is θ = log(Σ wY / Σ w·E[Y(0)]) over askers active in the four weeks before t₀, with w = 1/(1
    + 0.5·mean weekly count before t₀); what is shown is exp(θ)−1. Everyone got the release, so this is the
    *extra* change of those who asked, not the release's total effect.

    The word "likely" needs two comparisons with people who asked for something else to exclude no change on
    the same side, and the same comparison to find nothing in the weeks before the release. See `Verdict` for
    the rest.

    Raises ValueError, naming the argument, for input that is wrong; too little of the right input is a
    verdict.
    """
    if wanted not in ("up", "down"):
        raise ValueError(f'wanted must be "up" or "down", not {wanted!r}.')
    bet = record(weekly, release_week, outcome_weeks, account, plan, tenure, asked_week, asked_elsewhere_week)
    division = divide(bet, bet.release)
    silent = np.flatnonzero(division.silent)
    silent_used = drawn(silent)
    askers = np.flatnonzero(division.askers)
    before = level(bet.weeks[: bet.release, askers])
    weight = weights(before)
    counts = _counts(bet, division, askers, weight * before)
    afterwards = None if bet.missing_weeks() else moved(bet, askers, weight)
    a = b = early = late = None
    check: Placebo | None = None
    in_b = askers[:0]
    rank, reasons = 0, too_few(bet, counts)
    if not reasons:
        rank, reasons = 1, no_comparison(bet, counts)
    if not reasons:
        plans = pooled_plans(bet.plan, np.flatnonzero(division.active & ~division.askers))
        a, early, late = estimate_a(bet, division, silent_used, plans)
        b, in_b = estimate_b(bet, division, silent_used, plans)
        check = placebo(bet, plans)
        if a is None or b is None or b.people < ASKERS_NEEDED or b.df + 1 < ACCOUNTS_NEEDED:
            reasons = no_second_comparison(a)
        else:
            rank, reasons = 2, doubts(a, b, check)
    word = _word(rank, reasons, a, afterwards, wanted)
    if word == Word.NOT_SHOWN:
        reasons += (NO_CHANGE,)
    estimate, low, high = _shown(rank, a, b, afterwards)
    return Verdict(
        word=word,
        level=rank,
        estimate=estimate,
        low=low,
        high=high,
        moved=afterwards,
        a=a,
        b=b,
        placebo=check,
        early=early,
        late=late,
        counts=counts,
        groups=_groups(division, in_b, silent, silent_used),
        reasons=reasons,
    )


def _word(rank: int, reasons: tuple[str, ...], a: Estimate | None, afterwards: Estimate | None, wanted: str) -> Word:
    if rank == 0:
        return Word.TOO_FEW
    if a is not None and not reasons:
        return Word.HELPED if (a.theta > 0) == (wanted == "up") else Word.HURT
    if afterwards is not None and afterwards.excludes_no_change:
        return Word.MOVED
    return Word.NOT_SHOWN


def _shown(
    rank: int, a: Estimate | None, b: Estimate | None, afterwards: Estimate | None
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Estimate, low and high as proportions; at level 2 the outer hull, so that either comparison may be the
    right one."""
    if rank == 2 and a is not None and b is not None:
        logs = ((a.theta + b.theta) / 2, min(a.low, b.low), max(a.high, b.high))
    elif afterwards is not None:
        logs = (afterwards.theta, afterwards.low, afterwards.high)
    else:
        return None, None, None
    return proportion(logs[0]), proportion(logs[1]), proportion(logs[2])


def _counts(bet: Record, division: Division, askers: Ints, use: Floats) -> Counts:
    by_account = np.bincount(bet.account[askers], use, minlength=1).astype(np.float64)
    total = float(by_account.sum())
    return Counts(
        asked=int(division.everyone_asking.sum()),
        askers=len(askers),
        mirror=int(division.mirror.sum()),
        earlier=int(division.earlier.sum()),
        silent=int(division.silent.sum()),
        effective_accounts=float(total**2 / dot(by_account, by_account)) if total else 0.0,
    )


def _groups(division: Division, in_b: Ints, silent: Ints, silent_used: Ints) -> Groups:
    return Groups(
        askers=np.flatnonzero(division.askers),
        asked_inactive=np.flatnonzero(division.everyone_asking & ~division.active),
        askers_in_b=in_b,
        mirror=np.flatnonzero(division.mirror),
        earlier=np.flatnonzero(division.earlier),
        silent=silent,
        silent_used=silent_used,
    )
