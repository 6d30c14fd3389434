"""Clients of the event engine: ClickHouse, inside this process (chDB) or on a server, through one client library.

A client serves one query at a time, so threads borrow one from a small pool instead of sharing one.
"""

from __future__ import annotations

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


class Engine:
    """A pool of at most `clients` clients. `url` empty: chDB in `folder`; else a clickhouse:// address."""

    def __init__(self, folder: Path, url: str = "", memory_mb: int = 1024, clients: int = 6) -> None:
        self._dsn = url or f"chdb://{folder.resolve()}"
        self._remote = bool(url)
        self._memory = memory_mb << 20
        self._limit = clients
        self._lock = threading.Condition()
        self._free: list[Client] = []
        self._out = 0
        self._closed = False
        if not url:
            folder.mkdir(parents=True, exist_ok=True)

    def _connect(self) -> Client:
        settings: dict[str, Any] = {
            "max_memory_usage": self._memory,
            "max_bytes_before_external_group_by": self._memory // 2,
            "max_bytes_before_external_sort": self._memory // 2,
            "max_query_size": 16 << 20,
            "max_partitions_per_insert_block": 1000,
        }
        if not self._remote:
            return clickhouse_connect.get_client(dsn=self._dsn, settings=settings, tz_mode="aware")
        return clickhouse_connect.get_client(
            dsn=self._dsn,
            settings=settings,
            tz_mode="aware",
            autogenerate_session_id=False,
            form_encode_query_params=True,
        )

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Borrow a client; waits while all are out."""
        with self._lock:
            while not self._free and self._out >= self._limit and not self._closed:
                self._lock.wait(1)
            if self._closed:
                raise Closed("the store is closed")
            self._out += 1
            client = self._free.pop() if self._free else None
        try:
            if client is None:
                client = self._connect()
            yield client
        finally:
            with self._lock:
                self._out -= 1
                if client is not None:
                    if self._closed:
                        client.close()
                    else:
                        self._free.append(client)
                self._lock.notify_all()

    def rows(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        """Raises StoreError with the engine's own words."""
        try:
            with self.client() as client:
                return [tuple(row) for row in client.query(sql, parameters=dict(params or {})).result_rows]
        except ClickHouseError as problem:
            raise StoreError(str(problem)) from problem

    def arrays(self, sql: str, params: Params | None = None, columns: int = 1) -> list[np.ndarray]:
        """Number columns as numpy arrays: `columns` of them, empty when the answer has no rows."""
        try:
            with self.client() as client:
                found = client.query_np(sql, parameters=dict(params or {}))
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
