"""Which repetition of the same row this is, for files of any length in constant memory."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any


def _digest(values: Any) -> bytes:
    raw = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=12).digest()


class Occurrences:
    """`key(values)` → "digest" for the first row like this, "digest-2" for the second, …

    Rows without an id of their own are told apart by it: twenty people who write "dark mode" in a file with no
    other column are twenty voices, and reading the file again finds the same twenty keys.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # an unnamed on-disk database, gone when closed
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def key(self, values: Any) -> str:
        digest, n = self._count(values)
        return f"row-{digest.hex()}" if n == 1 else f"row-{digest.hex()}-{n}"

    def add(self, values: Any) -> None:
        self._count(values)

    def has(self, values: Any) -> bool:
        return self._db.execute("SELECT 1 FROM seen WHERE digest = ?", (_digest(values),)).fetchone() is not None

    def _count(self, values: Any) -> tuple[bytes, int]:
        digest = _digest(values)
        (n,) = self._db.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n", (digest,)
        ).fetchone()
        return digest, n

    def close(self) -> None:
        self._db.close()
