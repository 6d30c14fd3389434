"""One bet's people and weeks, checked once, so that the arithmetic behind can trust its input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .products import Floats
from .verdict import Ints

Mask = NDArray[np.bool_]

# A plan gets a coefficient of its own only when this many people can teach it.
PLAN_PEOPLE = 30
PLANS_APART = 8


@dataclass(frozen=True, eq=False)
class Record:
    """Checked input. weeks is (weeks × people): one week's counts lie together, so sums over weeks are quick.

    first, last: the outcome's first and last column. account, plan: codes from 0. asked, elsewhere: column of
    the week of asking, −1 for none.
    """

    weeks: Floats
    release: int
    first: int
    last: int
    account: Ints
    account_size: Ints
    plan: Ints
    tenure: Floats
    asked: Ints
    elsewhere: Ints

    @property
    def people(self) -> int:
        return len(self.account)

    @property
    def accounts(self) -> int:
        return len(self.account_size)

    def missing_weeks(self) -> int:
        return max(0, self.last + 1 - len(self.weeks))


def record(
    weekly: ArrayLike,
    release_week: int,
    outcome_weeks: int | Sequence[int],
    account: ArrayLike,
    plan: ArrayLike,
    tenure: ArrayLike,
    asked_week: ArrayLike,
    asked_elsewhere_week: ArrayLike,
) -> Record:
    """Check and tidy the arguments of `judge`; every ValueError names the argument and says what to pass."""
    counts = _weekly(weekly)
    people, columns = counts.shape
    release = _whole(release_week, "release_week")
    if not 0 <= release < columns:
        raise ValueError(
            f"release_week is {release}, but weekly has columns 0 to {columns - 1}; "
            "pass the column of the week of the release."
        )
    first, last = _offsets(outcome_weeks)
    codes, accounts = _codes(account, "account", people)
    alone = codes < 0
    codes[alone] = accounts + np.arange(alone.sum())
    plans, _ = _codes(plan, "plan", people)
    years = _vector(tenure, "tenure", people)
    try:
        ages = years.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("tenure must be numbers: weeks since joining, 0 where unknown.") from None
    if not np.isfinite(ages).all():
        raise ValueError("tenure must be finite; pass 0 where the joining date is unknown.")
    return Record(
        weeks=np.ascontiguousarray(counts.T, dtype=np.float64),
        release=release,
        first=release + first,
        last=release + last,
        account=codes,
        account_size=np.bincount(codes).astype(np.intp),
        plan=plans + 1,
        tenure=ages,
        asked=_week_columns(asked_week, "asked_week", people, columns),
        elsewhere=_week_columns(asked_elsewhere_week, "asked_elsewhere_week", people, columns),
    )


def pooled_plans(plan: Ints, taught: Ints) -> Ints:
    """Plan codes in which rare plans share one code, counted among the people `taught` (row numbers).

    0 is the most common plan, the one the others are set against. Plans beyond the largest eight, and those
    with fewer than 30 people, become one; if that one is still too small it joins the most common.
    """
    sizes = np.bincount(plan[taught], minlength=int(plan.max(initial=0)) + 1)
    order = np.argsort(-sizes, kind="stable")
    kept = [int(p) for p in order[:PLANS_APART] if sizes[p] >= PLAN_PEOPLE]
    rest = sizes.sum() - sizes[kept].sum() if kept else 0
    codes = np.full(len(sizes), len(kept) if rest >= PLAN_PEOPLE else 0, dtype=np.intp)
    codes[kept] = np.arange(len(kept))
    return codes[plan]


def _weekly(weekly: ArrayLike) -> NDArray[Any]:
    try:
        counts = np.asarray(weekly)
    except ValueError:
        raise ValueError("weekly must be a table of people × weeks; its rows differ in length.") from None
    if counts.ndim != 2 or counts.shape[1] == 0:
        raise ValueError(
            f"weekly has shape {counts.shape}; pass a table with one row a person and one column a week, oldest first."
        )
    if counts.dtype == object or counts.dtype.kind not in "biuf":
        try:
            counts = counts.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError("weekly must hold numbers: each person's count of the metric in each week.") from None
    if counts.dtype.kind == "f" and not np.isfinite(counts).all():
        raise ValueError("weekly must be finite; pass 0 for a week without activity.")
    if counts.dtype.kind != "b" and counts.size and counts.min() < 0:
        raise ValueError("weekly must not be negative: it holds counts (or amounts) of the metric.")
    return counts


def _whole(value: object, name: str) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def _offsets(outcome_weeks: int | Sequence[int]) -> tuple[int, int]:
    """First and last week of the outcome, counted from the release. 5 means weeks 1 to 5."""
    if isinstance(outcome_weeks, (int, np.integer)):
        first, last = 1, _whole(outcome_weeks, "outcome_weeks")
    else:
        ends = list(outcome_weeks)
        if len(ends) != 2:
            raise ValueError("outcome_weeks must be a number of weeks, or (first, last) counted from the release.")
        first, last = (_whole(end, "outcome_weeks") for end in ends)
    if not 1 <= first <= last:
        raise ValueError(
            f"outcome_weeks is {outcome_weeks!r}; the outcome starts at least one week after the release "
            "and lasts at least one week."
        )
    return first, last


def _vector(values: ArrayLike, name: str, people: int) -> NDArray[Any]:
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if array.shape != (people,):
        raise ValueError(f"{name} has shape {array.shape}, but weekly has {people} people; pass one value a person.")
    return array


def _codes(values: ArrayLike, name: str, people: int) -> tuple[Ints, int]:
    """Labels as codes from 0, −1 where missing (−1, None, NaN or empty), and how many labels there are."""
    array = _vector(values, name, people)
    if array.dtype.kind in "biuf":
        missing = np.isnan(array) | (array == -1) if array.dtype.kind == "f" else array == -1
    elif array.dtype.kind in "US":
        missing = array == np.zeros((), array.dtype)
    else:
        seen: dict[object, int] = {}
        try:
            found = [-1 if _is_missing(label) else seen.setdefault(label, len(seen)) for label in array.tolist()]
        except TypeError:
            raise ValueError(f"{name} must hold plain labels: strings, numbers or None.") from None
        return np.array(found, dtype=np.intp).reshape(people), len(seen)
    codes = np.full(people, -1, dtype=np.intp)
    labels, codes[~missing] = np.unique(array[~missing], return_inverse=True)
    return codes, len(labels)


def _is_missing(label: object) -> bool:
    return label is None or label == "" or label == -1 or label != label  # NaN differs from itself


def _week_columns(values: ArrayLike, name: str, people: int, columns: int) -> Ints:
    array = _vector(values, name, people)
    if array.dtype == object:
        array = np.array([-1 if week is None else week for week in array.tolist()])
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), -1, array)
        if (array != np.floor(array)).any():
            raise ValueError(f"{name} must be whole column numbers of weekly, -1 where there is none.")
    if people and (array.dtype.kind not in "iuf" or array.min() < -1 or array.max() >= columns):
        raise ValueError(
            f"{name} must be column numbers of weekly, 0 to {columns - 1}, and -1 for who did not ask; "
            "pass 0 for who asked before the first column."
        )
    return array.astype(np.intp)
