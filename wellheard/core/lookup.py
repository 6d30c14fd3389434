"""A table of key → JSON value of any length, kept on disk and gone when closed: joins in constant memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Lookup:
    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # an unnamed on-disk database
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE kept (space TEXT, key TEXT, value TEXT)")
        self._db.execute("CREATE INDEX by_key ON kept (space, key)")

    def add(self, space: str, key: Any, value: Any) -> None:
        self._db.execute("INSERT INTO kept VALUES (?, ?, ?)", (space, str(key), json.dumps(value, default=str)))

    def one(self, space: str, key: Any) -> Any:
        """The first value under the key, or None."""
        found = self._db.execute(
            "SELECT value FROM kept WHERE space = ? AND key = ? ORDER BY rowid LIMIT 1", (space, str(key))
        ).fetchone()
        return json.loads(found[0]) if found else None

    def all(self, space: str, key: Any) -> list[Any]:
        rows = self._db.execute("SELECT value FROM kept WHERE space = ? AND key = ? ORDER BY rowid", (space, str(key)))
        return [json.loads(value) for (value,) in rows]


@contextmanager
def lookup() -> Iterator[Lookup]:
    held = Lookup()
    try:
        yield held
    finally:
        held._db.close()
