"""A question about a million people is the same question as one about three."""

from __future__ import annotations

import threading
from datetime import date

import numpy as np
import pytest

from tests.engine import Events, at
from wellheard.store import sets
from wellheard.store.reader import Chosen

MANY = 5_000  # more than are bound into a query


@pytest.fixture
def crowd(events: Events) -> Events:
    events.send(*[
        {"type": "track", "userId": f"u{n}", "event": "Seen", "timestamp": at("2026-03-02 10:00")} for n in range(60)
    ])  # fmt: skip
    return events


def counted(events: Events, chosen: Chosen) -> tuple[int, int]:
    """By a condition, and by bitmaps."""
    params = {"w": events.workspace, **chosen.params}
    rows = f"SELECT count() FROM events WHERE workspace = {{w:UInt32}} AND person IN {chosen.sql}"
    bits = f"""SELECT bitmapAndCardinality(groupBitmapMergeState(people), {chosen.bitmap}) FROM rollup
        WHERE workspace = {{w:UInt32}} AND name = ''"""
    return events.reader.rows(rows, params)[0][0], events.reader.rows(bits, params)[0][0]


def written(events: Events) -> int:
    return int(events.reader.rows("SELECT count() FROM sets", {})[0][0])


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([], 0),
        ([3, 4, 4, 1_000], 2),
        (np.array([60, 1]), 2),
        (range(41, 41 + MANY), 20),
        (np.arange(40, 40 - MANY, -1, dtype=np.int64) + MANY, 20),
        (np.tile(np.arange(31, 31 + MANY), 2), 30),
    ],
)
def test_any_length_order_and_repetition(crowd: Events, numbers: list[int], found: int) -> None:
    assert counted(crowd, crowd.reader.chosen(numbers, "seg")) == (found, found)


def test_a_list_is_written_once_and_two_stand_side_by_side(crowd: Events) -> None:
    before = written(crowd)
    first = crowd.reader.chosen(np.arange(7, 7 + MANY), "a")
    again = crowd.reader.chosen(np.arange(7, 7 + MANY)[::-1], "b")
    assert first.params["a"] == again.params["b"]
    assert written(crowd) == before + MANY
    other = crowd.reader.chosen(np.arange(11, 11 + MANY), "b")
    assert (counted(crowd, first), counted(crowd, other)) == ((54, 54), (50, 50))


def test_many_threads_write_it_once(crowd: Events) -> None:
    before, numbers = written(crowd), np.arange(20, 20 + MANY)
    threads = [threading.Thread(target=crowd.reader.chosen, args=(numbers, "a")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written(crowd) == before + MANY


def test_half_a_day_later_it_is_written_anew_before_the_old_one_goes(
    crowd: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = np.arange(2, 2 + MANY)
    first = crowd.reader.chosen(numbers, "a")
    moment = sets.time.time() + 43_200
    monkeypatch.setattr(sets.time, "time", lambda: moment)
    later = crowd.reader.chosen(numbers, "a")
    assert first.params != later.params
    assert counted(crowd, later) == (59, 59)


def test_an_erased_person_leaves_the_lists_and_other_lists_stay_whole(crowd: Events) -> None:
    numbers = np.arange(1, 1 + MANY)
    crowd.reader.chosen(numbers, "a")
    gone = crowd.number("u5")
    crowd.store.forget_person(crowd.workspace, [gone])
    held = "SELECT count() FROM sets WHERE number = {n:UInt32}"
    assert crowd.reader.rows(held, {"n": gone}) == [(0,)]
    # The same list may mean accounts, or people of another workspace: it is whole again for whoever asks with it.
    anew = crowd.reader.chosen(numbers, "a")
    assert crowd.reader.rows(f"SELECT count() FROM {anew.sql}", anew.params) == [(MANY,)]
    assert counted(crowd, anew) == (59, 59)
    period = (date(2026, 1, 1), date(2026, 12, 31))
    assert gone not in crowd.reader.people_behind(crowd.workspace, None, *period)
