"""Which aggregates may be shown: none of fewer than a floor of people or accounts, and none that can be worked out from
others by sums and differences. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOOR = 5
MOST = 300  # sums that can be held against each other in seconds; beyond, nothing more is shown
COLUMNS = 16  # people's columns looked at, for each sum, to find the bases among
PRIME = 2**31 - 1  # products of two remainders fit 64 bits


@dataclass(frozen=True, slots=True)
class Cell:
    """A set of people (or accounts) over which a sum is shown: these, or everybody but these."""

    members: frozenset[int]
    but: bool = False


EVERYBODY = Cell(frozenset(), but=True)


def cell(members: Collection[int], but: bool = False) -> Cell:
    return Cell(frozenset(int(m) for m in members), but)


def holds(shown: Sequence[Cell], floor: int = FLOOR) -> bool:
    """Whether no sum or difference of the sums shown, however many of them are taken, is one over fewer than `floor` people.

    Each set is a row of ones and zeros with a column a person. A mix of rows that leaves fewer than `floor` people would
    vanish once their columns are gone, so the rows' rank would fall. With `floor` bases among the columns that share no
    person, taking fewer than `floor` people away leaves one base whole: the rank stays, so there is no such mix. The bases
    are picked greedily among so many columns; where that fails although it could be done, we show less than we might.
    """
    if not shown:
        return True
    people = sorted(frozenset().union(*(c.members for c in shown)))
    place = {p: i for i, p in enumerate(people)}
    table = np.zeros((len(shown), len(people) + 1), np.int64)  # the last column is everybody in no list
    for row, c in enumerate(shown):
        table[row, [place[m] for m in c.members]] = 1
        if c.but:
            table[row] = 1 - table[row]
    kinds, left = (
        np.unique(table[:, :-1], axis=1, return_counts=True) if people else (table[:, :0], np.zeros(0, np.int64))
    )
    return holds_of(np.concatenate([kinds, table[:, -1:]], axis=1), np.append(left, floor), floor)


def holds_of(kinds: NDArray[np.int64], people: NDArray[np.int64], floor: int = FLOOR) -> bool:
    """The same of (sums × kinds of people) ones and zeros, with how many people are of each kind."""
    kinds, left = kinds[:, people > 0], people[people > 0]
    # Any columns do, if they hold the bases: a mix, not a corner.
    few = np.random.default_rng(0).permutation(kinds.shape[1])
    few = few[np.argsort(-np.minimum(left[few], floor), kind="stable")][: COLUMNS * len(kinds)]
    rank, kinds, left = _rank(kinds), kinds[:, few], left[few]
    for _ in range(floor):
        order = np.argsort(-left, kind="stable")
        base = _base(kinds[:, order[: int((left > 0).sum())]])
        if len(base) < rank:
            return False
        left[order[base]] -= 1
    return True


def choose(wanted: Mapping[str, Cell], already: Sequence[Cell] = (), floor: int = FLOOR) -> frozenset[str]:
    """Which of the cells wanted may be shown beside those shown already, the first ones first. Empty
    ones tell nothing."""
    told = {name: c for name, c in wanted.items() if c.members or c.but}
    taken, names = list(already), set[str]()
    if len(taken) + len(told) > MOST:
        return frozenset()
    if holds([*taken, *told.values()], floor):
        return frozenset(told)
    for name, c in told.items():
        if holds([*taken, c], floor):
            taken.append(c)
            names.add(name)
    return frozenset(names)


def _rank(table: NDArray[np.int64]) -> int:
    """Of a table of zeros and ones: that of as many random mixes of its columns as it has rows, and a few more."""
    chance = np.random.default_rng(1).integers(1, 2**20, (table.shape[1], len(table) + 8))
    mixed = table.astype(float) @ chance.astype(float)  # whole numbers below 2^53: exact
    return len(_base(mixed.astype(np.int64) % PRIME))


def _base(table: NDArray[np.int64]) -> list[int]:
    """The first columns that depend on none before them, by elimination modulo a prime."""
    rows, found = table.copy(), list[int]()
    for column in range(rows.shape[1]):
        at = len(found)
        if at == len(rows):
            break
        filled = at + np.flatnonzero(rows[at:, column])
        if not filled.size:
            continue
        rows[[at, filled[0]]] = rows[[filled[0], at]]
        rows[at] = rows[at] * pow(int(rows[at, column]), PRIME - 2, PRIME) % PRIME
        below = filled[1:]
        rows[below] = (rows[below] - rows[below, column][:, None] * rows[at]) % PRIME
        found.append(column)
    return found
