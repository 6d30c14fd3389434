"""Erasing people: from the events, the rollup, the ids, the feed, and from whatever is replayed later."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

import time

import numpy as np

from . import joins, schema
from .ids import PERSON
from .resolve import id_hash
from .writer import Writer


def forget_person(writer: Writer, workspace: int, numbers: list[int]) -> None:
    """Everything these people (and the numbers merged into them) did and were is gone when this returns.

    What remains is a hash of each id with the moment of erasure, so that an old file imported again, or a message
    sent again, does not bring them back. What they do after this moment makes a new person.
    """
    with writer.paused():
        engine = writer.engine
        where = {"w": workspace, "n": [int(n) for n in numbers]}
        # First who people say counts as them, then whom events merged into any of these.
        joined = [a for a, b in joins.joined(engine, workspace, PERSON).items() if b in set(numbers)]
        where["n"] = [*where["n"], *joined]  # type: ignore[misc]
        merged = engine.rows(
            "SELECT from FROM merges FINAL WHERE workspace = {w:UInt32} AND to IN {n:Array(UInt32)}", where
        )
        where["n"] = [*where["n"], *(int(n) for (n,) in merged)]  # type: ignore[misc]
        ids = engine.rows(
            f"SELECT DISTINCT id, number FROM ids WHERE workspace = {{w:UInt32}} AND kind = {PERSON} "
            "AND number IN {n:Array(UInt32)}",
            where,
        )
        now = int(time.time() * 1000)
        engine.insert("forgotten", len(ids), [
            ("workspace", "UInt32", np.full(len(ids), workspace)),
            ("kind", "UInt8", np.full(len(ids), PERSON)),
            ("hash", "UInt64", np.array([id_hash(str(id_)) for id_, _ in ids], "u8")),
            ("number", "UInt32", [int(number) for _, number in ids]),
            ("at", "DateTime64(3, 'UTC')", np.full(len(ids), now)),
        ])  # fmt: skip
        touched = engine.rows(
            "SELECT DISTINCT name, toUInt16(day) FROM events "
            "WHERE workspace = {w:UInt32} AND person IN {n:Array(UInt32)}",
            where,
        )
        here = "workspace = {w:UInt32} AND"
        mine = "IN {n:Array(UInt32)}"
        for table, condition in {
            "events": f"{here} person {mine}",
            "members": f"{here} person {mine}",
            "joins": f"{here} kind = {PERSON} AND (from {mine} OR to {mine})",
            "merges": f"{here} kind = {PERSON} AND (from {mine} OR to {mine})",
            "feed": f"{here} what != 'account' AND (number {mine} OR (what = 'merge' AND other {mine}))",
            "ids": f"{here} kind = {PERSON} AND number {mine}",
        }.items():
            engine.command(f"ALTER TABLE {table} DELETE WHERE {condition} SETTINGS mutations_sync = 2", where)
        names = sorted({str(name) for name, _ in touched})
        days = sorted({int(day) for _, day in touched})
        schema.recount(engine, workspace, ["", *names], days)
        engine.command("ALTER TABLE sets DELETE WHERE number IN {n:Array(UInt32)} SETTINGS mutations_sync = 2", where)
        writer.forget_caches()


def forget_workspace(writer: Writer, workspace: int) -> None:
    """Every row of a workspace is gone when this returns, and its numbers begin at 1 again."""
    with writer.paused():
        for table in schema.TABLES:
            if table not in schema.SHARED:
                writer.engine.command(
                    f"ALTER TABLE {table} DELETE WHERE workspace = {{w:UInt32}} SETTINGS mutations_sync = 2",
                    {"w": workspace},
                )
        writer.merged.discard(workspace)
        for held in writer.joined.values():
            held.discard(workspace)
        writer.forget_caches()
