"""Clients of the event engine: ClickHouse, inside this process (chDB) or on a server, through one client library.

A client serves one query at a time, so threads borrow one from a small pool instead of sharing one.

Questions that read the events can take seconds, those that read only bitmaps take milliseconds, and people wait for
both. So the engine lets the first wait whenever one of the second is there (its `priority`: 21 ms at the 99th of a
hundred beside two long questions of one thread each, against 36 without), and of the pool's clients the first never
get all.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import numpy as np
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from . import native
from .errors import Closed, StoreError

Params = Mapping[str, Any]

LONG = re.compile(r"\bFROM events\b")
LONGS = 3  # questions of that kind at once: on two cores more of them only make each other slow
OUTSIDE_MB = 600  # the program, its libraries and what the writer remembers of ids, beside the engine's own memory

# What the engine inside this process may hold. Of a server its operator decides.
_SETTINGS = """<clickhouse>
    <max_server_memory_usage>{memory}</max_server_memory_usage>
    <mark_cache_size>{cache}</mark_cache_size>
    <index_mark_cache_size>{cache}</index_mark_cache_size>
    <primary_index_cache_size>{cache}</primary_index_cache_size>
    <query_condition_cache_size>{cache}</query_condition_cache_size>
    <vector_similarity_index_cache_size>0</vector_similarity_index_cache_size>
    <text_index_tokens_cache_size>0</text_index_tokens_cache_size>
    <compiled_expression_cache_size>{cache}</compiled_expression_cache_size>
</clickhouse>
"""


class Engine:
    """A pool of at most `clients` clients. `url` empty: chDB in `folder`; else a clickhouse:// address.

    `memory_mb` is what the whole process should stay within (of a server: what one query may take).
    """

    def __init__(self, folder: Path, url: str = "", memory_mb: int = 1024, clients: int = 6) -> None:
        self._dsn = url or f"chdb://{folder.resolve()}"
        self._folder = folder
        self._remote = bool(url)
        self._memory = memory_mb << 20
        self._limit = clients
        self._lock = threading.Condition()
        self._free: list[Client] = []
        self._out = 0
        self._long = 0
        self._closed = False
        if not url:
            folder.mkdir(parents=True, exist_ok=True)
            self._memory = max(memory_mb - OUTSIDE_MB, memory_mb // 2) << 20
            told = _SETTINGS.format(memory=self._memory, cache=self._memory // 32)
            (folder / "settings.xml").write_text(told)

    def _connect(self) -> Client:
        # A question that would need more goes on on disk, so that LONGS of them, the writer and merging fit.
        settings: dict[str, Any] = {
            "max_memory_usage": self._memory * 4 // 5,
            "max_bytes_before_external_group_by": self._memory // 5,
            "max_bytes_before_external_sort": self._memory // 5,
            # Left to itself the engine takes one thread when less than a GiB per thread is free.
            "max_threads_min_free_memory_per_thread": self._memory // 16,
            "max_query_size": 16 << 20,
            "max_partitions_per_insert_block": 1000,
        }
        if not self._remote:
            options = {"config-file": str(self._folder.resolve() / "settings.xml")}
            return clickhouse_connect.get_client(
                dsn=self._dsn, settings=settings, tz_mode="aware", chdb_options=options
            )
        return clickhouse_connect.get_client(
            dsn=self._dsn,
            settings=settings,
            tz_mode="aware",
            autogenerate_session_id=False,
            form_encode_query_params=True,
        )

    @contextmanager
    def client(self, long: bool = False) -> Iterator[Client]:
        """Borrow a client; waits while all are out, or while enough long questions are under way."""
        with self._lock:
            while not self._closed and (
                (not self._free and self._out >= self._limit) or (long and self._long >= LONGS)
            ):
                self._lock.wait(1)
            if self._closed:
                raise Closed("the store is closed")
            self._out += 1
            self._long += long
            client = self._free.pop() if self._free else None
        try:
            if client is None:
                client = self._connect()
            yield client
        finally:
            with self._lock:
                self._out -= 1
                self._long -= long
                if client is not None:
                    if self._closed:
                        client.close()
                    else:
                        self._free.append(client)
                self._lock.notify_all()

    def rows(self, sql: str, params: Params | None = None, question: bool = False) -> list[tuple[Any, ...]]:
        """`question`: somebody asked and waits; else it is the writer's work. Raises StoreError with the engine's own
        words."""
        long, settings = _ranked(sql, question)
        try:
            with self.client(long) as client:
                found = client.query(sql, parameters=dict(params or {}), settings=settings)
                return [tuple(row) for row in found.result_rows]
        except ClickHouseError as problem:
            raise StoreError(str(problem)) from problem

    def arrays(
        self, sql: str, params: Params | None = None, columns: int = 1, question: bool = False
    ) -> list[np.ndarray]:
        """Number columns as numpy arrays: `columns` of them, empty when the answer has no rows."""
        long, settings = _ranked(sql, question)
        try:
            with self.client(long) as client:
                found = client.query_np(sql, parameters=dict(params or {}), settings=settings)
        except ClickHouseError as problem:
            raise StoreError(str(problem)) from problem
        if not found.size:
            return [np.zeros(0, np.int64) for _ in range(columns)]
        if found.dtype.names is None:
            return [found[:, at] for at in range(found.shape[1])]
        return [np.ascontiguousarray(found[name]) for name in found.dtype.names]

    def command(self, sql: str, params: Params | None = None) -> None:
        try:
            with self.client() as client:
                client.command(sql, parameters=dict(params or {}))
        except ClickHouseError as problem:
            raise StoreError(str(problem)) from problem

    def insert(self, table: str, rows: int, columns: list[tuple[str, str, Iterable[Any] | np.ndarray]]) -> None:
        """One block, which the engine stores whole or not at all."""
        if not rows:
            return
        data = native.block(rows, columns)
        try:
            with self.client() as client:
                names = [name for name, _, _ in columns]
                client.raw_insert(table, column_names=names, insert_block=data, fmt="Native")
        except ClickHouseError as problem:
            raise StoreError(str(problem)) from problem

    def close(self, timeout: float = 5.0) -> None:
        """Waits `timeout` seconds for borrowed clients; those still out are closed by their borrower. Never hangs."""
        end = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            self._lock.notify_all()
            free, self._free = self._free, []
        for client in free:
            client.close()
        with self._lock:
            while self._out and time.monotonic() < end:
                self._lock.wait(0.1)


def _ranked(sql: str, question: bool) -> tuple[bool, dict[str, Any] | None]:
    """Whether it may take long, and its rank; work has none, so that it neither waits nor makes others wait."""
    if not question:
        return False, None
    long = LONG.search(sql) is not None
    # Ranks take effect between blocks: smaller ones let a short question in sooner.
    return long, {"priority": 2, "max_block_size": 16_384} if long else {"priority": 1}
