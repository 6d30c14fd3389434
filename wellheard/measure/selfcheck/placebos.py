"""The outcome method on releases that never were: how often does it say "likely" where nothing happened?

Pure arithmetic on arrays. A placebo is a problem people spoke of, a week and a metric: the week is taken for the week of a
release. Nothing had shipped for the problem by the end of the weeks compared, so every "likely" is false.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..outcome import Verdict, Word, judge
from ..outcome.reasons import ASKERS_NEEDED, HISTORY_NEEDED, MIRROR_NEEDED

LEAST = 100  # comparisons under which nothing is said
MOST = 200  # more would teach little and cost time
ALLOWED = 0.05
SURE = 1.64  # standard errors
HISTORY = 40  # weeks looked back at, as for a bet
BEFORE = 12  # weeks before a release in which another wish that came true spoils a comparison
LIKELY = frozenset({Word.HELPED, Word.HURT})


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A workspace's people, weeks and wishes.

    weekly: metric → (people × weeks) counts. account, plan, tenure: (people,), tenure in weeks at the last column.
    ask_person, ask_topic, ask_week: one row a voice: row of the person, number of the problem, column of the week (0 for
    all before the first). shipped: problem → columns of the weeks in which something shipped for it, negative before the
    first.
    """

    weekly: Mapping[str, NDArray[np.int64]]
    account: NDArray[np.int64]
    plan: NDArray[np.str_]
    tenure: NDArray[np.int64]
    ask_person: NDArray[np.int64]
    ask_topic: NDArray[np.int64]
    ask_week: NDArray[np.int64]
    shipped: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return len(self.account)

    @property
    def weeks(self) -> int:
        return min((w.shape[1] for w in self.weekly.values()), default=0)


@dataclass(frozen=True, slots=True)
class Placebo:
    """A release that never was: of `topic`, in the week of column `week`, measured by `metric`."""

    topic: int
    week: int
    metric: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a placebo. `compared` says whether the comparison behind "likely" could be made at all."""

    placebo: Placebo
    compared: bool
    likely: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The placebos tried, in order; `short` when time ran out before all were."""

    tried: tuple[Tried, ...]
    seconds: float
    short: bool

    @property
    def compared(self) -> int:
        return sum(t.compared for t in self.tried)

    @property
    def likely(self) -> int:
        return sum(t.likely for t in self.tried)


def limit(compared: int) -> float:
    """The share of false "likely" above which it is more than chance makes of 5 %."""
    return ALLOWED + SURE * float(np.sqrt(ALLOWED * (1 - ALLOWED) / compared)) if compared else 1.0


def too_often(likely: int, compared: int) -> bool | None:
    """Whether the word is to be switched off; None: too few comparisons to say."""
    return likely / compared > limit(compared) if compared >= LEAST else None


def came_true(ground: Ground, topic: int, first: int, last: int) -> bool:
    return any(first <= week <= last for week in ground.shipped.get(topic, ()))


def candidates(ground: Ground, window: int, seed: int) -> list[Placebo]:
    """Placebos worth trying, in an order drawn by `seed`. Of one problem and metric the weeks compared never overlap: what
    chance did in a week counts once."""
    draw = np.random.default_rng(seed)
    found = []
    for topic in np.unique(ground.ask_topic):
        here = ground.ask_topic == topic
        phase = int(draw.integers(0, window + 1))
        for week in range(HISTORY_NEEDED + phase, ground.weeks - window, window + 1):
            if came_true(ground, int(topic), -(10**6), week + window):
                break
            before = ground.ask_week < week
            askers = np.unique(ground.ask_person[here & before])
            others = np.setdiff1d(ground.ask_person[~here & before], askers)
            if len(askers) >= ASKERS_NEEDED and len(others) >= MIRROR_NEEDED:
                found += [Placebo(int(topic), week, metric) for metric in sorted(ground.weekly)]
    return [found[i] for i in draw.permutation(len(found))]


def try_placebo(ground: Ground, placebo: Placebo, window: int) -> Verdict:
    """Judge it as a bet would be. Left out are people whose other wish came true in the weeks compared, also of those who
    asked for this: what they got really happened."""
    end = placebo.week + window
    start = max(0, placebo.week - HISTORY)
    counts = ground.weekly[placebo.metric][:, start : end + 1]
    active = np.flatnonzero(counts.any(axis=0))
    skip = int(min(active[0] if active.size else 0, placebo.week - start))
    start, counts = start + skip, counts[:, skip:]
    asked = np.full(ground.people, -1, np.int64)
    elsewhere = np.full(ground.people, -1, np.int64)
    before = ground.ask_week < placebo.week
    here = ground.ask_topic == placebo.topic
    column = np.maximum(0, ground.ask_week - start)
    np.maximum.at(asked, ground.ask_person[before & here], column[before & here])
    np.maximum.at(elsewhere, ground.ask_person[before & ~here], column[before & ~here])
    granted = [t for t in ground.shipped if t != placebo.topic and came_true(ground, t, placebo.week - BEFORE, end)]
    keep = np.ones(ground.people, bool)
    keep[ground.ask_person[before & np.isin(ground.ask_topic, granted)]] = False
    return judge(
        counts[keep],
        placebo.week - start,
        window,
        ground.account[keep],
        ground.plan[keep],
        np.maximum(0, ground.tenure[keep] - (ground.weeks - 1 - placebo.week)),
        asked[keep],
        elsewhere[keep],
    )


def check(ground: Ground, window: int, *, seed: int = 0, seconds: float = 120.0, most: int = MOST) -> Checked:
    """Try placebos until `most` comparisons were made or `seconds` of processor time are used."""
    begun = time.process_time()
    tried: list[Tried] = []
    short = False
    for placebo in candidates(ground, window, seed):
        if time.process_time() - begun > seconds:
            short = True
            break
        verdict = try_placebo(ground, placebo, window)
        tried.append(Tried(placebo, verdict.level == 2, verdict.word in LIKELY))
        if sum(t.compared for t in tried) >= most:
            break
    return Checked(tuple(tried), time.process_time() - begun, short)


def without_likely(verdict: Verdict, why: str) -> Verdict:
    """The verdict where "likely" is switched off: no more than after against before, with the reason."""
    if verdict.level != 2:
        return verdict
    moved = verdict.moved
    word = Word.MOVED if moved is not None and moved.excludes_no_change else Word.NOT_SHOWN
    numbers = (moved.change, moved.change_low, moved.change_high) if moved is not None else (None, None, None)
    return replace(
        verdict,
        word=word,
        level=1,
        estimate=numbers[0],
        low=numbers[1],
        high=numbers[2],
        reasons=(why, *verdict.reasons),
    )


def by_topic(checked: Checked) -> Iterator[tuple[int, int, int]]:
    """Problem, comparisons, "likely" among them; problems without a comparison are left out."""
    for topic in sorted({t.placebo.topic for t in checked.tried if t.compared}):
        mine = [t for t in checked.tried if t.compared and t.placebo.topic == topic]
        yield topic, len(mine), sum(t.likely for t in mine)
