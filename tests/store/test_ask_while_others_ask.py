"""Somebody's long question takes neither all memory nor everybody else's turn."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from wellheard.store import Store
from wellheard.store.engine import LONGS, Engine
from wellheard.store.errors import Closed


def test_the_engine_keeps_to_its_memory(event_store: Store) -> None:
    rows = event_store.reader.rows("SELECT name, toUInt64(value) FROM system.server_settings WHERE changed AND name LIKE "
        "'max\\_server\\_memory\\_usage'", {})  # fmt: skip
    assert rows == [("max_server_memory_usage", 512 << 20)]


def test_little_memory_is_no_reason_to_ask_with_one_thread(event_store: Store) -> None:
    sql = "SELECT toUInt64(value) FROM system.settings WHERE name = 'max_threads_min_free_memory_per_thread'"
    assert event_store.reader.rows(sql, {})[0][0] * 8 <= 512 << 20


class Counted(Engine):
    """Clients that only tell how many were out."""

    def _connect(self) -> object:  # type: ignore[override]
        return object()


def test_long_questions_never_take_every_client(tmp_path: Path) -> None:
    engine = Counted(tmp_path, url="clickhouse://nowhere", clients=LONGS + 1)
    hold, out, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    def ask() -> None:
        with engine.client(long=True):
            with lock:
                out[0] += 1
                most[0] = max(most[0], out[0])
            hold.wait(10)
            with lock:
                out[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(LONGS * 3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 10
    while out[0] < LONGS and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.05)
    assert out[0] == LONGS
    with engine.client():  # a short one does not wait for them
        assert out[0] == LONGS
    hold.set()
    for thread in threads:
        thread.join()
    assert most[0] == LONGS


def test_a_closed_engine_lets_nobody_wait(tmp_path: Path) -> None:
    engine = Counted(tmp_path, url="clickhouse://nowhere", clients=1)
    engine._closed = True
    with pytest.raises(Closed), engine.client(long=True):
        pass


def test_what_reads_events_is_long_and_bitmaps_are_short(event_store: Store) -> None:
    ranked = "SELECT toUInt8(value) FROM system.settings WHERE name = 'priority'"
    assert event_store.reader.rows(ranked, {}) == [(1,)]
    assert event_store.reader.rows(f"{ranked} UNION ALL SELECT 9 FROM events WHERE 0", {}) == [(2,)]
    assert event_store.reader.engine.rows(ranked) == [(0,)]
