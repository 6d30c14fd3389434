"""What may be shown beside each other, so that no sums and differences tell of a few (T29)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard.measure.floors import EVERYBODY, FLOOR, Cell, cell, choose, holds

CROWD = 14  # people of the small worlds; those in no list are `FLOOR` more


def tells_of_few(shown: list[Cell], people: int = CROWD, floor: int = FLOOR) -> bool:
    """By trying: is there a set of fewer than `floor` people such that some mix of the sums shown rests on them alone?"""
    table = np.zeros((len(shown), people + floor))
    for row, c in enumerate(shown):
        table[row, sorted(c.members)] = 1
        if c.but:
            table[row] = 1 - table[row]
    rank = np.linalg.matrix_rank(table)
    kinds, counts = np.unique(table, axis=1, return_counts=True)  # a mix is the same for all whom the sums treat alike
    few = np.flatnonzero(counts < floor)
    for size in range(1, floor):
        for taken in combinations(few, size):
            if counts[list(taken)].sum() < floor and np.linalg.matrix_rank(np.delete(kinds, taken, axis=1)) < rank:
                return True
    return False


sets = st.builds(cell, st.sets(st.integers(0, CROWD - 1), max_size=CROWD), st.booleans())


@settings(max_examples=150, deadline=None)
@given(st.lists(sets, max_size=6))
def test_t29_what_holds_tells_of_no_few(shown: list[Cell]) -> None:
    if holds(shown):
        assert not tells_of_few(shown)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), sets, max_size=3), max_size=4))
def test_t29_no_sequence_of_views_tells_of_few(views: list[dict[str, Cell]]) -> None:
    """Whatever is asked for one after the other, by whomever: what was permitted together gives no few away."""
    permitted = [EVERYBODY]
    for wanted in views:
        permitted += [wanted[name] for name in choose(wanted, permitted)]
    assert not tells_of_few(permitted)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], True),
        ([range(20)], True),
        ([range(4)], False),
        ([range(20), range(20)], True),
        ([range(20), range(25)], True),
        ([range(20), range(21)], False),  # the twenty-first
        ([range(20), range(17, 40)], True),  # the three in both cannot be told from these two
        ([range(10), range(10, 20), range(21)], False),  # a whole less its parts
        ([range(10), range(10, 20), range(25)], True),
        ([[0, 1, *range(10, 20)], [1, 2, *range(10, 20)]], False),  # one less another
    ],
)
def test_t29_examples(shown: list[list[int]], expected: bool) -> None:
    cells = [cell(s) for s in shown]
    assert holds(cells) is expected
    assert tells_of_few(cells, 40) is not expected


def test_t29_beside_everybody_a_small_group_hides_the_next_too() -> None:
    groups = {"asked": cell(range(60)), "told": cell(range(60, 63)), "others": cell(range(63), but=True)}
    assert choose(groups, [EVERYBODY]) == {"asked"}
    groups["told"] = cell(range(60, 66))
    groups["others"] = cell(range(66), but=True)
    assert choose(groups, [EVERYBODY]) == {"asked", "told", "others"}
    assert choose({"nobody": cell([])}) == frozenset()


def test_many_overlapping_groups_of_a_large_crowd_are_all_shown_quickly() -> None:
    """Forty verdicts over a thousand accounts: a floor that hid them all would be useless."""
    chance = np.random.default_rng(3)
    cells = [cell(chance.choice(1000, 80, replace=False).tolist()) for _ in range(40)]
    assert choose({str(i): c for i, c in enumerate(cells)}, [EVERYBODY]) == {str(i) for i in range(40)}
