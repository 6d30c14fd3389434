"""From one bet's people and weeks to the strongest word they allow."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .design import level, weights
from .estimates import Draw, estimate_a, estimate_b, moved, placebo
from .groups import Division, divide, drawn
from .record import Record, pooled_plans, record
from .verdict import Counts, Estimate, Groups, Ints, Placebo, Verdict, Word, proportion

ASKERS_NEEDED = 30
OTHERS_NEEDED = 30
ACCOUNTS_NEEDED = 10
MIRROR_NEEDED = 100
HISTORY_NEEDED = 12


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
    """What may be said about a bet: did those who asked change, against what they would have done had they asked and
    nothing of theirs shipped?

    weekly: (people × weeks) counts or amounts of the declared metric, not negative, oldest week first; who left stays
    in with zeros. release_week: column t₀ of the week of the release; that week itself is neither before nor after.
    outcome_weeks: 5 means the sum over t₀+1 … t₀+5; (first, last) are offsets from t₀. account: (people,) labels; −1,
    None, NaN and "" are an account of one's own. plan: (people,) labels. tenure: (people,) weeks since joining at t₀, 0
    where unknown. asked_week: (people,) column of the week in which each asked for this, −1 where they did not, 0 where
    they did before the first column. asked_elsewhere_week: the same for something else; the caller has taken out those
    whose other wish shipped within t₀−12 … the end of the outcome. wanted: whether more ("up") or less ("down") of the
    metric is what was hoped for; it only decides which change is called helped.

    The estimand is θ = log(Σ wY / Σ w·E[Y(0)]) over askers active in the four weeks before t₀, with
    w = 1/(1 + 0.5·mean weekly count before t₀); what is shown is exp(θ)−1. Everyone got the release, so this is the
    *extra* change of those who asked, not the release's total effect.

    The word "likely" needs two comparisons with people who asked for something else to exclude no change on the same
    side, and the same comparison to find nothing in the weeks before the release. See `Verdict` for the rest.

    Raises ValueError, naming the argument, for input that is wrong; too little of the right input is a verdict.
    """
    if wanted not in ("up", "down"):
        raise ValueError(f'wanted must be "up" or "down", not {wanted!r}.')
    bet = record(
        weekly, release_week, outcome_weeks, account, plan, tenure, asked_week, asked_elsewhere_week
    )
    division = divide(bet, bet.release)
    silent = np.flatnonzero(division.silent)
    silent_used = drawn(silent)
    askers = np.flatnonzero(division.askers)
    before = level(bet.weeks[: bet.release, askers])
    weight = weights(before)
    counts = _counts(bet, division, askers, weight * before)
    missing = bet.missing_weeks()
    first = None if missing else moved(bet, askers, weight)
    too_few = _too_few(bet, counts, missing)
    too_thin = too_few or _no_comparison(bet, counts)
    a = b = early = late = None
    check: Placebo | None = None
    in_b = askers[:0]
    if not too_thin:
        taught = np.concatenate([silent_used, np.flatnonzero(division.mirror | division.earlier)])
        plans = pooled_plans(bet.plan, taught)
        a, early, late = estimate_a(bet, division, silent_used, plans)
        b, in_b = estimate_b(bet, division, silent_used, plans)
        check = placebo(bet, plans, Draw(silent, silent_used, bet.people))
        if b is not None and (b.people < ASKERS_NEEDED or b.df + 1 < ACCOUNTS_NEEDED):
            b = None
    if a is not None and b is not None:
        low, high, theta = min(a.low, b.low), max(a.high, b.high), (a.theta + b.theta) / 2
        shown = (proportion(theta), proportion(low), proportion(high))
        reasons = _doubts(a, b, check)
        rank = 2
    else:
        shown = (first.change, first.change_low, first.change_high) if first else (None, None, None)
        reasons = too_thin or (_no_second_comparison(a),)
        rank = 0 if too_few else 1
    if too_few:
        word = Word.TOO_FEW
    elif not reasons and a is not None:
        word = Word.HELPED if (a.theta > 0) == (wanted == "up") else Word.HURT
    elif first is not None and first.excludes_no_change:
        word = Word.MOVED
    else:
        word = Word.NOT_SHOWN
    return Verdict(
        word=word,
        level=rank,
        estimate=shown[0],
        low=shown[1],
        high=shown[2],
        moved=first,
        a=a,
        b=b,
        placebo=check,
        early=early,
        late=late,
        counts=counts,
        groups=_groups(division, in_b, silent, silent_used),
        reasons=reasons,
    )


def _counts(bet: Record, division: Division, askers: Ints, use: np.ndarray) -> Counts:
    by_account = np.bincount(bet.account[askers], use, minlength=1)
    total = float(by_account.sum())
    return Counts(
        asked=int(division.everyone_asking.sum()),
        askers=len(askers),
        mirror=int(division.mirror.sum()),
        earlier=int(division.earlier.sum()),
        silent=int(division.silent.sum()),
        effective_accounts=float(total**2 / (by_account @ by_account)) if total else 0.0,
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


def _too_few(bet: Record, counts: Counts, missing: int) -> tuple[str, ...]:
    found = []
    if missing:
        length = bet.last - bet.first + 1
        gone = min(missing, length)
        found.append(
            f"The outcome is the {_weeks(length)} from week {bet.first - bet.release} after the release; "
            f"the last {gone} of them {'is' if gone == 1 else 'are'} not recorded yet."
        )
    elif counts.askers and not bet.weeks[bet.first : bet.last + 1].any():
        found.append("Nobody at all did this in the weeks after the release; check that it is still recorded.")
    if counts.askers < ASKERS_NEEDED:
        found.append(
            f"{counts.askers} of those who asked were active in the four weeks before the release; "
            f"at least {ASKERS_NEEDED} are needed."
        )
    others = counts.mirror + counts.earlier + counts.silent
    if others < OTHERS_NEEDED:
        found.append(
            f"{others} other people were active in the four weeks before the release; "
            f"at least {OTHERS_NEEDED} are needed."
        )
    if counts.askers and counts.effective_accounts < ACCOUNTS_NEEDED:
        found.append(
            f"Those who asked are worth {counts.effective_accounts:.1f} equally large accounts; "
            f"at least {ACCOUNTS_NEEDED} are needed."
        )
    return tuple(found)


def _no_comparison(bet: Record, counts: Counts) -> tuple[str, ...]:
    found = []
    if bet.release < HISTORY_NEEDED:
        found.append(
            f"There {'is' if bet.release == 1 else 'are'} {_weeks(bet.release)} of history before the release; "
            f"a comparison with others needs at least {HISTORY_NEEDED}."
        )
    if counts.mirror < MIRROR_NEEDED:
        found.append(
            f"{counts.mirror} active people asked for something else in the same weeks; "
            f"a comparison needs at least {MIRROR_NEEDED}."
        )
    return tuple(found)


def _no_second_comparison(a: Estimate | None) -> str:
    if a is None:
        return "What those who asked would have done cannot be predicted: the others did nothing in those weeks."
    return (
        "Too few of those who asked have enough others who asked for something else within the same two weeks, "
        "so the second comparison cannot be made."
    )


def _doubts(a: Estimate, b: Estimate, check: Placebo | None) -> tuple[str, ...]:
    found = []
    if not (a.excludes_no_change or b.excludes_no_change):
        found.append("Neither comparison with those who asked for something else excludes no change.")
    elif not (a.excludes_no_change and b.excludes_no_change):
        found.append("Only one of the two comparisons excludes no change; both must.")
    elif (a.theta > 0) != (b.theta > 0):
        found.append("The two comparisons point in opposite directions.")
    if check is None:
        found.append("The same comparison could not be tried on weeks before the release: too few had asked by then.")
    elif not check.passed:
        found.append(
            "The same comparison already finds a difference in the weeks before the release "
            f"({check.change_low:+.0%} to {check.change_high:+.0%}), so it cannot be trusted after it."
        )
    return tuple(found)


def _weeks(number: int) -> str:
    return f"{number} week{'' if number == 1 else 's'}"
