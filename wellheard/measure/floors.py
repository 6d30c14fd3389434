"""Which aggregates may be shown: none of fewer than a floor of people or accounts, and none that can be worked out from
others by sums and differences. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOOR = 5
MOST = 400  # sums that can be held against each other in a second or two; beyond, nothing more is shown
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
    are picked greedily; where that fails although it could be done, we show less than we might.
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
    kinds, inverse = np.unique(table, axis=1, return_inverse=True)
    left = np.bincount(inverse.ravel(), minlength=kinds.shape[1])
    left[inverse.ravel()[-1]] += floor
    rank = 0
    for turn in range(floor):
        order = np.argsort(-left, kind="stable")
        base = _base(kinds[:, order[: int((left > 0).sum())]])
        if turn and len(base) < rank:
            return False
        rank = len(base)
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
