"""What rose more than chance explains: pure statistics of weekly counts.

The question: of the problems watched, does one have more voices in the last week than its share of all voices in the twelve weeks
before makes likely? Three things are taken out first. Weekly seasons: only whole weeks are compared. Volume: a louder inbox
lifts every problem, so what is expected of a week grows with all voices of that week, as far as the volume varies beyond
chance. Bursts: voices come in clusters, so counts vary more than a Poisson's; the surplus is estimated from how neighbouring
weeks differ, so that a problem that came or went long ago does not count as noise, and shared between problems.

Per problem and week: given how many voices it has in that week and the twelve before together, those of the week follow a
beta-binomial law (negative binomial counts, conditioned on their sum), which needs no estimate of the problem's rate and holds
for few voices. Then two bars, and both must be passed: Holm over all problems; and the record of this very workspace. For each
earlier week the most extreme problem of that week is found in the same way, and against the eight weeks after as well, so that
a rise that lasted does not count as a burst; while nothing changes, the last week's most extreme one is as likely to be the
highest as any other week's (as Westfall and Young's permutations, over weeks). Whatever shape the bursts have, an alarm over
all problems is then raised by chance in at most one week of twenty: bench/signals.py tries it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ALARM = 0.05
RECORD = 0.04  # of earlier weeks, at most so many may stand out as much: under the 5 % that is promised, for weeks are not quite alike
BEFORE = 12  # weeks that the last one is held against; without them nothing is said
AFTER = 8  # weeks by which a rise is told from a burst, once they are over
LEAST_BAND = 4  # weeks before, from which on a drawing shows what was expected
LEAST_VOICES = 3
PRIOR = 20.0  # weeks that the other problems' surplus variance counts beside a problem's own
LEAST_SURPLUS = 1.02
TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Risen:
    """One problem in the week looked at. `low` to `high` held nine of ten weeks if nothing had changed. `alone` is the problem's own
    p, `p` that over all problems watched together. In `record` of `of` earlier weeks some problem stood out as much."""

    count: int
    expected: float
    low: int
    high: int
    alone: float
    p: float
    record: int
    of: int
    surplus: float

    @property
    def alarm(self) -> bool:
        return self.p <= ALARM and self.count >= LEAST_VOICES and self.unmatched

    @property
    def unmatched(self) -> bool:
        """No more than so many earlier weeks stood out as much; with too few weeks for that, none did."""
        return self.record == 0 or (1 + self.record) / (1 + self.of) <= RECORD

    @property
    def word(self) -> str:
        if self.alarm:
            return "rose"
        if self.p <= ALARM and self.count >= LEAST_VOICES:
            return "high, as happens here"
        return "high, may be chance" if self.count > self.high else "as usual"


def exposure(volume: np.ndarray) -> np.ndarray:
    """What each week's volume lets expect, relative: drawn to its mean as far as chance explains that it varies."""
    mean = float(volume.mean())
    if mean <= 0:
        return np.ones(len(volume))
    true = max(0.0, float(volume.var(ddof=1)) - mean) if len(volume) > 1 else 0.0
    weight = true / (true + mean)
    return np.asarray(np.maximum(mean + weight * (volume - mean), 0.05 * mean) / mean)


def surplus(counts: np.ndarray, exposed: np.ndarray) -> np.ndarray:
    """(problems × weeks): the variance of a problem's counts over a Poisson's, from the differences of neighbouring weeks, those
    that touch the week itself left out, drawn to that of all problems. `exposed`: each week's exposure, per problem."""
    rate = counts / exposed
    inverse = 1 / exposed[:, 1:] + 1 / exposed[:, :-1]
    square = np.diff(rate, axis=1) ** 2
    chance = (counts[:, 1:] + counts[:, :-1]) / (exposed[:, 1:] + exposed[:, :-1]) * inverse  # a Poisson's
    own, voices = _without(square), _without(chance)
    heard_at_all = voices > 1e-6  # else what is left of the sum is rounding
    of_own = np.where(heard_at_all, own / np.where(heard_at_all, voices, 1.0), 1.0)
    voices = np.where(heard_at_all, voices, 0.0)
    heard = np.minimum(voices, 50.0)
    pooled = (of_own * heard).sum(axis=0) / np.maximum(heard.sum(axis=0), TINY)
    informed = np.minimum(voices / 2, counts.shape[1])  # a problem of three voices tells little of its own variance
    usual = np.maximum((of_own * informed + PRIOR * pooled) / (informed + PRIOR), LEAST_SURPLUS)
    # Where rates themselves vary, louder weeks vary more: growth must not look like a rise.
    return np.asarray(1 + (usual - 1) * np.maximum(1.0, exposed / exposed.mean(axis=1, keepdims=True)))


def _without(pairs: np.ndarray) -> np.ndarray:
    """Sums over all pairs of neighbouring weeks, without those that each week belongs to."""
    total = pairs.sum(axis=1, keepdims=True)
    nothing = np.zeros((len(pairs), 1))
    return np.asarray(total - np.hstack([nothing, pairs]) - np.hstack([pairs, nothing]))


def around(values: np.ndarray, after: bool = False) -> np.ndarray:
    """(problems × weeks): the sum over the up to twelve weeks before each; or over the up to `AFTER` weeks after it."""
    weeks = values.shape[1]
    summed = np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])
    at = np.arange(weeks)
    if after:
        return np.asarray(summed[:, np.minimum(weeks, at + 1 + AFTER)] - summed[:, at + 1])
    return np.asarray(summed[:, at] - summed[:, np.maximum(0, at - BEFORE)])


def tails(counts: np.ndarray, exposed: np.ndarray, over: np.ndarray, after: bool = False) -> np.ndarray:
    """(problems × weeks): how likely at least so many of the voices of a week and those around it fall into that week; 1 where no
    more came than expected, or fewer than three, and in the weeks before which too few are known."""
    from scipy.special import gammaln  # slow to load

    rest, weeks = around(counts, after), around(exposed, after)
    share = exposed / (weeks + exposed)
    total = rest + counts
    found = np.ones(counts.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        ask = (counts >= LEAST_VOICES) & (counts > rest * share / (1 - share))
    ask[:, :BEFORE] = False
    if not ask.any():
        return found
    k, n, e, phi = counts[ask].astype(float), total[ask], share[ask], over[ask]
    shape = (rest[ask] + 0.5) / (1 - e) / (phi - 1)
    a, b = shape * e, shape * (1 - e)
    log_term = (
        gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + gammaln(a + k) + gammaln(b + n - k) - gammaln(a + b + n)
        + gammaln(a + b) - gammaln(a) - gammaln(b)
    )  # fmt: skip
    term = np.exp(log_term)
    summed = term.copy()
    j = k.copy()
    for _ in range(int((n - k).max())):
        ratio = np.maximum(n - j, 0) * (a + j) / ((j + 1) * np.maximum(b + n - j - 1, 1e-12))
        term = np.where(j < n, term * ratio, 0.0)
        summed += term
        j += 1
        if (term <= 1e-9 * summed).all():
            break
    found[ask] = np.clip(summed, TINY, 1.0)
    return found


def exposures(counts: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """(problems × weeks): each week's exposure, from the voices that are not a problem's own."""
    rest = np.maximum(volume[None, :] - counts, 0)
    return np.stack([exposure(v) for v in rest]) if len(rest) else np.ones(counts.shape)


def look(counts: np.ndarray, volume: np.ndarray) -> list[Risen]:
    """One row per problem. `counts` (problems × weeks) and `volume` (weeks, all voices), oldest week first; the last is looked at.
    Raises ValueError with fewer than twelve earlier weeks."""
    if counts.shape[1] != len(volume):
        raise ValueError("Counts and volume are of different weeks.")
    if len(volume) - 1 < BEFORE:
        raise ValueError(f"Only {max(0, len(volume) - 1)} earlier weeks; from {BEFORE} on this can be said.")
    if not len(counts):
        return []
    exposed = exposures(counts, volume)
    over = surplus(counts, exposed)
    now = tails(counts, exposed, over)[:, -1]
    earlier = tails(counts, exposed, over)
    lasted = tails(counts, exposed, over, after=True)
    highest = np.maximum(earlier, lasted)[:, BEFORE:-1].min(axis=0)
    record = (highest[None, :] <= now[:, None]).sum(axis=1)
    together = _holm(now)
    low, high, expected = band(counts, exposed, over)
    return [
        Risen(
            int(counts[i, -1]), float(expected[i, -1]), int(low[i, -1]), int(high[i, -1]), float(now[i]), float(together[i]),
            int(record[i]), len(highest), float(over[i, -1]),
        )
        for i in range(len(counts))
    ]  # fmt: skip


def band(counts: np.ndarray, exposed: np.ndarray, over: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per problem and week, from the up to twelve weeks before: nine of ten weeks lie between the first two; and what is expected.
    The first week has nothing before it."""
    from scipy.stats import nbinom

    expected = around(counts, False) * exposed / np.maximum(around(exposed, False), TINY)
    size = np.maximum(expected, 1e-9) / (over - 1)
    return (*(np.asarray(nbinom.ppf(q, size, 1 / over)) for q in (0.05, 0.95)), expected)


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    found = np.empty(len(p))
    found[order] = np.minimum(stepped, 1.0)
    return found
