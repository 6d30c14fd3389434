"""Twenty Tallys, each with four releases whose true effect is known: does the ledger find it, and only it?"""

from collections import Counter

import numpy as np
import pytest

from tests.sample.tallies import BETS, SEEDS, Judged, judged
from wellheard.measure.outcome import Word


@pytest.fixture(scope="module")
def table() -> dict[str, list[Judged]]:
    return judged()


def words(rows: list[Judged]) -> Counter[str]:
    return Counter(row.verdict.word for row in rows)


def test_a_strong_help_and_a_strong_harm_are_found(table: dict[str, list[Judged]]) -> None:
    assert words(table["one-clock"])[Word.HELPED] >= 17
    assert words(table["new-start-page"])[Word.HURT] >= 17


def test_no_bet_is_called_the_opposite(table: dict[str, list[Judged]]) -> None:
    assert words(table["one-clock"])[Word.HURT] == 0
    assert words(table["new-start-page"])[Word.HELPED] == 0
    assert words(table["clean-exports"])[Word.HURT] == 0


def test_a_release_without_effect_is_rarely_called_likely(table: dict[str, list[Judged]]) -> None:
    found = words(table["promotion-calendar"])
    assert found[Word.HELPED] + found[Word.HURT] <= 2


@pytest.mark.parametrize("bet", BETS)
def test_intervals_hold_the_truth(bet: str, table: dict[str, list[Judged]]) -> None:
    for truth in ("theta", "theta_expected"):
        held = sum(row.holds(getattr(row.truth, truth)) for row in table[bet])
        assert held >= 17, f"{truth}: {held} of {len(SEEDS)}"


def test_before_and_after_would_have_called_it_a_success(table: dict[str, list[Judged]]) -> None:
    naive = [row.truth.naive for row in table["promotion-calendar"]]
    assert np.mean(naive) > 0.04
    assert sum(value > 0 for value in naive) >= 15


@pytest.mark.parametrize("bet", BETS)
def test_there_are_enough_who_asked_and_enough_to_compare_with(bet: str, table: dict[str, list[Judged]]) -> None:
    for row in table[bet]:
        assert row.verdict.level == 2
        assert row.verdict.counts.askers >= 80
        assert row.verdict.counts.askers == row.truth.eligible.sum()
        assert row.verdict.counts.mirror >= 100
        assert row.asked_only_elsewhere >= 150


@pytest.mark.parametrize("bet", BETS)
def test_what_happened_is_close_to_what_was_meant_to(bet: str, table: dict[str, list[Judged]]) -> None:
    gaps = [row.truth.theta - row.truth.theta_expected for row in table[bet]]
    assert abs(np.mean(gaps)) < 0.03
    assert np.max(np.abs(gaps)) < 0.2
