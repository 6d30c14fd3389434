"""Long lists of numbers that a question is restricted to.

A short list is bound into the query. A long one would make the query itself megabytes long (parsed anew each time), so
it is written into a table once and read from there by every question that has the same list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from .engine import Engine

SHORT = 2_000
_HALF_DAY = 43_200  # rows live for a day, so one written in this half of it outlives every question asked in it


@dataclass(frozen=True, slots=True)
class Chosen:
    """`sql` is what stands after IN, `bitmap` SQL for a bitmap of the same numbers; a query with either must bind
    `params`."""

    sql: str
    bitmap: str
    params: dict[str, Any] = field(default_factory=dict)


class Sets:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()

    def chosen(self, numbers: Sequence[int] | np.ndarray, name: str) -> Chosen:
        wanted = np.asarray(numbers, np.uint32)
        if len(wanted) <= SHORT:
            bound = f"{{{name}:Array(UInt32)}}"
            return Chosen(bound, f"bitmapBuild({bound})", {name: wanted.tolist()})
        if not np.all(wanted[1:] > wanted[:-1]):
            wanted = np.sort(wanted)
            wanted = wanted[np.append(True, wanted[1:] != wanted[:-1])]
        mine = f"FROM sets WHERE key = {{{name}:UInt64}}"
        found = Chosen(f"(SELECT number {mine})", f"(SELECT groupBitmapState(number) {mine})")
        found.params[name] = self._key(wanted)
        return found

    def _key(self, wanted: np.ndarray) -> int:
        """Under which the numbers stand; they are written when they do not."""
        hashed, half, turn = blake2b(wanted.tobytes(), digest_size=16).digest(), int(time.time()) // _HALF_DAY, 0
        with self._lock:
            while True:
                said = blake2b(f"{half} {turn}".encode() + hashed, digest_size=8).digest()
                key = int.from_bytes(said, "little")
                held = int(self._engine.rows("SELECT count() FROM sets WHERE key = {k:UInt64}", {"k": key}, True)[0][0])
                if held and held % len(wanted) == 0:  # twice as many when two processes wrote at once
                    return key
                if not held:
                    self._write(key, wanted)
                    return key
                turn += 1  # somebody was erased from it, or its writing was cut short: another key

    def _write(self, key: int, wanted: np.ndarray) -> None:
        rows = len(wanted)
        self._engine.insert("sets", rows, [
            ("key", "UInt64", np.full(rows, key, "u8")), ("number", "UInt32", wanted),
            ("made", "DateTime", np.full(rows, int(time.time()))),
        ])  # fmt: skip
