"""What is known about a person before the release, as columns from which the outcome is predicted.

Two descriptions on purpose. `whole_history` (estimate A) uses every week up to the release and how the people
who ask differ; it is right if, given all that, asking for *this* rather than for something else is as good as
random. `history_before` (estimate B) stops three weeks before the asking, so that a passing dip that made
people ask is neither matched nor used; it is right if such a dip is what is special about them.
"""

import numpy as np

from .products import Floats
from .record import Record
from .verdict import Ints

OLDEST_ASK = 12
WEIGHT_PER_COUNT = 0.5
# About the log1p of a typical weekly mean: only centres, so that columns stay far from collinear.
TYPICAL_LEVEL = 1.5


def weights(mean_count: Floats) -> Floats:
    """1/(1 + 0.5·mean weekly count): a heavy user's counts vary more, so they may not decide alone."""
    return 1.0 / (1.0 + WEIGHT_PER_COUNT * mean_count)


def level(weeks: Floats) -> Floats:
    """Mean over the weeks given, (weeks × people) → (people); zero if there are none."""
    return weeks.mean(axis=0) if len(weeks) else np.zeros(weeks.shape[1])


def plan_columns(plan: Ints, usual: Floats) -> list[Floats]:
    """For each plan but the most common: whether a person is on it, and the same times their usual level."""
    columns: list[Floats] = []
    for code in range(1, int(plan.max(initial=0)) + 1):
        on = (plan == code).astype(np.float64)
        columns += [on, on * usual]
    return columns


def whole_history(record: Record, who: Ints, plan: Ints, asked: Ints, release: int) -> Floats:
    """Estimate A's columns for the people `who`, (columns × people).

    asked: per person in `who`, the week of asking anything before `release`, −1 if none. plan: pooled codes
    of all people. Lag k is the week release − k. Colleagues are everyone else in the account, active or not;
    who has none gets zeros there, and an account size of one.
    """
    past = record.weeks[:release]
    own = past[:, who]
    one, two = np.log1p(own[-1]), np.log1p(own[-2])
    lags34 = np.log1p(level(own[-4:-2]))
    usual = np.log1p(level(own))
    ones = np.ones(len(who))
    a = (asked >= 0).astype(np.float64)
    recency = np.log(np.clip(release - asked, 1, OLDEST_ASK))
    size = record.account_size[record.account]
    return np.array(
        [
            ones,
            one,
            two,
            lags34,
            np.log1p(level(own[-8:-4])),
            np.log1p(level(own[:-8])),
            usual,
            usual**2,
            ~own[-2:].any(axis=0),
            ~own[-4:].any(axis=0),
            *_colleagues(record, past, who),
            *plan_columns(plan[who], usual),
            np.log1p(np.maximum(record.tenure[who] - (record.release - release), 0)),
            np.log(size[who]),
            a,
            a * recency,
            a * (one - usual),
            a * (lags34 - usual),
            a * (usual - TYPICAL_LEVEL),
        ]
    )


def _colleagues(record: Record, past: Floats, who: Ints) -> list[Floats]:
    """How the others in the account use it: recent − mid, mid − old, level (logs of the mean per colleague).

    recent: lags 1–4, mid: 5–8, old: 9 and more.
    """
    account = record.account[who]
    others = np.maximum(record.account_size[account] - 1, 1)

    def of(weeks: Floats) -> Floats:
        each = level(weeks)
        total = np.bincount(record.account, each, minlength=record.accounts)
        # A difference of sums can end a hair below zero.
        return np.log1p(np.maximum(total[account] - each[who], 0) / others)

    recent, mid, usual = of(past[-4:]), of(past[-8:-4]), of(past)
    old = of(past[:-8]) if len(past) > 8 else mid
    return [recent - mid, mid - old, usual]


def history_before(
    record: Record, who: Ints, plan: Ints, past: Floats, in_bin: Floats, elsewhere_otherwise: Floats
) -> Floats:
    """Estimate B's columns for the people `who`, (columns × people).

    past: (weeks × people in `who`), the bin's history. in_bin: 1 for who asked in the bin.
    elsewhere_otherwise: 1 for who asked for something else in another week.
    """
    usual = np.log1p(level(past))
    size = record.account_size[record.account[who]]
    return np.array(
        [
            np.ones(len(who)),
            usual,
            usual**2,
            np.log1p(level(past[-3:])),
            np.log1p(level(past[:3])),
            ~past.any(axis=0),
            *plan_columns(plan[who], usual),
            np.log1p(np.maximum(record.tenure[who], 0)),
            np.log(size),
            in_bin,
            in_bin * (usual - TYPICAL_LEVEL),
            elsewhere_otherwise,
        ]
    )
