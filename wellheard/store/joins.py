"""Numbers that count as others because people say so: kept apart from what events say, and laid over it at read.

The whole list of a workspace is told at once and is short. Rows that no longer count lead to themselves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from .engine import Engine
from .writer import Writer

ROWS = "SELECT from, to FROM joins FINAL WHERE workspace = {w:UInt32} AND kind = {kind:UInt8} AND from != to"


def joined(engine: Engine, workspace: int, kind: int) -> dict[int, int]:
    rows = engine.rows(ROWS.replace("{kind:UInt8}", str(int(kind))), {"w": workspace})
    return {int(a): int(b) for a, b in rows}


def join(writer: Writer, workspace: int, kind: int, pairs: Mapping[int, int]) -> None:
    """From now on exactly these numbers count as others. In one block: a question sees all of it or nothing."""
    with writer.paused():
        held = joined(writer.engine, workspace, kind)
        told = {**{number: number for number in held if number not in pairs}, **pairs}
        writer.engine.insert("joins", len(told), [
            ("workspace", "UInt32", np.full(len(told), workspace)), ("kind", "UInt8", np.full(len(told), kind)),
            ("from", "UInt32", list(told)), ("to", "UInt32", list(told.values())),
            ("version", "UInt64", np.full(len(told), time.time_ns(), "u8")),
        ])  # fmt: skip
        writer.joined.setdefault(kind, set()).discard(workspace)
        if pairs:
            writer.joined[kind].add(workspace)
        writer.forget_answers()
