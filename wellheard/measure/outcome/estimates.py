"""The estimates a verdict rests on: after against before, A, B, and A on weeks without a release."""

from dataclasses import asdict, dataclass

import numpy as np

from .comparison import Cell, cell, clustered, compare, wider
from .design import history_before, level, weights, whole_history
from .groups import Division, divide, drawn
from .products import Floats, dot
from .record import Mask, Record
from .verdict import Estimate, Ints, Placebo

BEFORE_WEEKS = 8
PLACEBO_WEEKS = 4
BIN_WEEKS = 2
BIN_HISTORY = 10
BIN_GAP = 3
BIN_REACH = 6
BIN_MIRROR = 15
EARLY_WEEKS = 2
# Below this many other people who did anything afterwards, a mean of theirs is a guess.
MIRROR_WITH_COUNTS = 5


def moved(record: Record, askers: Ints, weight: Floats) -> Estimate | None:
    """Level 1: log of the askers' weighted weekly mean after over before; it compares with nobody.

    Before is t₀−8 … t₀−1 without the week of asking and its two neighbours, so weeks differ by person and
    means are taken first. Who has no week left there is out. The ratio is one of sums, as in the other
    estimates: zeros need no special care and one quiet person's ratio cannot decide. If all stopped, half a
    count stands for none. None without a before.
    """
    start = max(0, record.release - BEFORE_WEEKS)
    columns = np.arange(start, record.release)[:, None]
    counted = np.abs(columns - record.asked[askers]) > 1
    usable = counted.any(axis=0)
    askers, counted, weight = askers[usable], counted[:, usable], weight[usable]
    if not len(askers):
        return None
    before = weight * (record.weeks[start : record.release, askers] * counted).sum(axis=0) / counted.sum(axis=0)
    after = weight * level(record.weeks[record.first : record.last + 1, askers])
    if not before.sum() > 0:
        return None
    if not after.any():
        after = weight * (0.5 / len(askers) / (record.last + 1 - record.first))
    share = before / before.sum()
    at = record.account[askers]
    influence = np.bincount(at, after / after.sum() - share, minlength=record.accounts).astype(np.float64)
    by_account = np.bincount(at, share, minlength=record.accounts).astype(np.float64)
    return clustered(float(np.log(after.sum() / before.sum())), influence, by_account, len(askers))


@dataclass(frozen=True, eq=False)
class WholeHistory:
    """Estimate A, set up once and asked for several outcomes."""

    record: Record
    who: Ints
    controls: int
    rows: Floats
    weight: Floats
    usual: Floats

    @classmethod
    def at(cls, record: Record, groups: Division, silent: Ints, plan: Ints, release: int) -> "WholeHistory":
        controls = np.concatenate([silent, np.flatnonzero(groups.mirror | groups.earlier)])
        who = np.concatenate([controls, np.flatnonzero(groups.askers)])
        rows = whole_history(record, who, plan, groups.asked[who], release)
        usual = level(record.weeks[:release, who])
        return cls(record, who, len(controls), rows, weights(usual), usual)

    def cell(self, first: int, last: int, like: Cell | None = None) -> Cell:
        """Fit and predict the sum over the columns first … last; a similar fit makes a good start."""
        y = self.record.weeks[first : last + 1, self.who].sum(axis=0)
        beta = None
        if like is not None and y[: self.controls].any():
            known = self.weight[: self.controls]
            beta = like.fit.beta.copy()
            beta[0] += np.log(dot(known, y[: self.controls]) / dot(known, like.y[: self.controls]))
        floor = 0.1 * self.usual.mean()
        return cell(self.who, self.controls, self.rows, self.weight, y, self.usual + floor, beta)

    def estimate(self, part: Cell) -> Estimate | None:
        return compare([part], self.record.account, self.record.accounts)


def estimate_a(
    record: Record, groups: Division, silent: Ints, plan: Ints
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """Estimate A of the whole outcome, its first two weeks and its later weeks; None where not computable."""
    setting = WholeHistory.at(record, groups, silent, plan, record.release)
    try:
        whole = setting.cell(record.first, record.last)
    except ValueError:
        return None, None, None
    parts: list[Estimate | None] = []
    turn = record.release + EARLY_WEEKS
    for first, last in ((record.first, min(turn, record.last)), (max(turn + 1, record.first), record.last)):
        try:
            parts.append(setting.estimate(setting.cell(first, last, whole)) if first <= last else None)
        except ValueError:
            parts.append(None)
    return setting.estimate(whole), parts[0], parts[1]


def placebo(record: Record, plan: Ints) -> Placebo | None:
    """Estimate A as if released four weeks earlier, with the three weeks before the real release as outcome.

    None when it cannot be run: too little history, or nobody asked that early, or nobody else did.
    """
    release = record.release - PLACEBO_WEEKS
    if release < PLACEBO_WEEKS:
        return None
    groups = divide(record, release)
    if groups.mirror.sum() < BIN_MIRROR or not groups.askers.any():
        return None
    setting = WholeHistory.at(record, groups, drawn(np.flatnonzero(groups.silent)), plan, release)
    try:
        found = setting.estimate(setting.cell(release + 1, record.release - 1))
    except ValueError:
        return None
    return Placebo(**asdict(wider(found))) if found else None


def estimate_b(record: Record, groups: Division, silent: Ints, plan: Ints) -> tuple[Estimate | None, Ints]:
    """Estimate B and the askers it rests on.

    One cell per two weeks of asking, counted back from the release. A cell's history is up to ten weeks
    ending three weeks before it; cells whose history does not reach back six weeks before them, or with fewer
    than 15 mirror people, are skipped. Everyone who did not ask for this teaches; the cell's own mirror tells
    what asking then means.
    """
    others = np.concatenate([silent, np.flatnonzero(groups.mirror | groups.earlier)])
    asker_rows = np.flatnonzero(groups.askers)
    outcome = record.weeks[record.first : record.last + 1].sum(axis=0)
    cells: list[Cell] = []
    for start in range(record.release - BIN_WEEKS, BIN_REACH - 1, -BIN_WEEKS):
        in_bin = asker_rows[_within(groups.asked[asker_rows], start)]
        mirror = groups.mirror[others] & _within(groups.elsewhere[others], start)
        if not len(in_bin) or mirror.sum() < BIN_MIRROR:
            continue
        if np.count_nonzero(outcome[others[mirror]]) < MIRROR_WITH_COUNTS:
            continue
        who = np.concatenate([others, in_bin])
        asked_now = np.concatenate([mirror, np.ones(len(in_bin), dtype=bool)])
        asked_otherwise = (groups.elsewhere[who] >= 0) & ~_within(groups.elsewhere[who], start)
        past = record.weeks[max(0, start - BIN_GAP - BIN_HISTORY + 1) : start - BIN_GAP + 1, who]
        usual = level(past)
        rows = history_before(record, who, plan, past, asked_now.astype(float), asked_otherwise.astype(float))
        start_mu = usual + 0.1 * usual.mean() + 1e-9
        cells.append(cell(who, len(others), rows, weights(usual), outcome[who], start_mu))
    if not cells:
        return None, asker_rows[:0]
    covered = np.sort(np.concatenate([part.askers for part in cells]))
    return compare(cells, record.account, record.accounts), covered


def _within(week: Ints, start: int) -> Mask:
    return (week >= start) & (week < start + BIN_WEEKS)
