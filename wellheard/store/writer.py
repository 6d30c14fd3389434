"""One thread moves the spool into the engine, batch by batch, each exactly once.

    1. read whole records up to a size, write down which (`intent`), fsync
    2. resolve (resolve.py) and insert: feed, members, merges, ids, events, seen; every row carries the batch number
    3. write down how far every segment is done (`position`), fsync; delete finished segments

After a crash anywhere the intent names exactly the rows under way. They are resolved again against rows of earlier
batches only, events already stored under this batch number are left out, and the batch's share of the rollup is
added once more, which changes nothing where it was complete: bitmaps are sets.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from operator import attrgetter
from pathlib import Path

import msgspec
import numpy as np

from . import schema
from .engine import Engine
from .errors import StoreError
from .ids import ACCOUNT, PERSON
from .resolve import DAY, Given, Resolved, Workspace, days_of
from .rows import decode
from .spool import Spool, is_finished, owner, read, write_whole

log = logging.getLogger(__name__)

BATCH_ROWS = 100_000
GATHER_SECONDS = 0.4  # how long a small batch waits for company: few large inserts are cheaper than many small
REFUSED_KEPT = 1_000
WORKSPACES_KEPT = 200

Ranges = dict[str, tuple[int, int]]


class Writer:
    """Start it once; `flush` and `paused` may be called from any thread."""

    def __init__(self, engine: Engine, spool: Spool) -> None:
        self.engine = engine
        self.spool = spool
        self.error: str = ""  # why the last attempt failed, "" when all is well
        self.merged: set[int] = set()  # workspaces known to have merges
        self.joined: dict[int, set[int]] = {}  # kind → workspaces where people said that numbers count as others
        self._workspaces: dict[int, Workspace] = {}
        self._zones: dict[int, str] = {}
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._moved = threading.Condition()
        self._engine_lock = threading.Lock()  # batches and maintenance never overlap
        self._position_path = spool.folder / "position.json"
        self._intent_path = spool.folder / "intent.json"
        self._done: dict[str, int] = {}
        self._batch = 0
        self._erased = 0
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)

    def start(self) -> None:
        position = _load(self._position_path)
        self._done = {str(name): int(end) for name, end in position.get("done", {}).items()}
        self._batch = int(position.get("batch", 0)) or self._batch_before()
        self.merged = {int(w) for (w,) in self.engine.rows("SELECT DISTINCT workspace FROM merges")}
        for kind, workspace in self.engine.rows("SELECT DISTINCT kind, workspace FROM joins FINAL WHERE from != to"):
            self.joined.setdefault(int(kind), set()).add(int(workspace))
        self._thread.start()

    def _batch_before(self) -> int:
        """The last finished batch when no position tells: the one before an intent, for what that batch has already
        inserted must be replayed and not be taken for an earlier, finished one; else the highest stored."""
        intended = int(_load(self._intent_path).get("batch", 0))
        if intended:
            return intended - 1
        found = self.engine.rows(
            "SELECT max(b) FROM (SELECT max(batch) AS b FROM events UNION ALL SELECT max(batch) FROM feed)"
        )
        return int(found[0][0])

    def stop(self, timeout: float = 20.0) -> bool:
        """Finishes the batch under way; what waits in the spool stays there. False when it did not end in time."""
        self._stop.set()
        self._hurry.set()
        self.spool.arrived.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def flush(self, timeout: float = 60.0) -> None:
        """Returns when everything acknowledged before this call can be queried.

        Raises StoreError after `timeout` seconds, with the reason if there is one.
        """
        target = self.spool.ends()
        end = time.monotonic() + timeout
        self._hurry.set()
        self.spool.arrived.set()
        with self._moved:
            while self._behind(target):
                left = end - time.monotonic()
                if left <= 0 or self._stop.is_set():
                    raise StoreError(f"events are still being stored{': ' + self.error if self.error else ''}")
                self._moved.wait(min(left, 0.5))

    def _behind(self, target: dict[str, int]) -> bool:
        present = self.spool.ends()
        return any(self._done.get(name, 0) < size for name, size in target.items() if name in present and size)

    def _run(self) -> None:
        again = self._intent_path.exists()
        pause = 0.2
        while not self._stop.is_set():
            try:
                with self._engine_lock:
                    moved = self._step(again)
                again, pause, self.error = False, 0.2, ""
            except Exception as problem:  # the spool keeps the events, so trying for ever loses nothing
                log.exception("storing a batch of events failed, trying again")
                self.error = str(problem)
                again = self._intent_path.exists()
                self._workspaces.clear()
                self._stop.wait(pause)
                pause = min(pause * 2, 30.0)
                continue
            if not moved:
                self._hurry.clear()
                self.spool.arrived.wait(0.5)
                self.spool.arrived.clear()
            if moved < BATCH_ROWS // 4:
                self._hurry.wait(GATHER_SECONDS)

    def paused(self) -> threading.Lock:
        """Hold this while changing rows: no batch is under way meanwhile."""
        return self._engine_lock

    def forget_caches(self) -> None:
        self._workspaces.clear()
        self.forget_answers()

    def forget_answers(self) -> None:
        """What is stored counts differently from now on."""
        self._erased += 1

    @property
    def state(self) -> tuple[int, int]:
        """Changes whenever what is stored has changed, so an answer may be kept as long as it does not."""
        return self._batch, self._erased

    # one batch ---------------------------------------------------------------------------------------------

    def _step(self, again: bool) -> int:
        """→ how many rows moved."""
        if again:
            intent = _load(self._intent_path)
            batch = int(intent.get("batch", 0))
            ranges: Ranges = {name: (int(a), int(b)) for name, (a, b) in intent.get("ranges", {}).items()}
            if batch == self._batch + 1:
                return self._store(batch, ranges, self._read(ranges), again=True)
        ranges, given = self._gather()
        if not ranges:
            self._sweep()
            return 0
        batch = self._batch + 1
        write_whole(self._intent_path, json.dumps({"batch": batch, "ranges": ranges}).encode())
        return self._store(batch, ranges, given, again=False)

    def _gather(self) -> tuple[Ranges, dict[int, list[Given]]]:
        """Whole records from every lane in equal shares, each lane oldest first."""
        segments = self.spool.segments()
        share = BATCH_ROWS // max(1, len({owner(path.name) for path in segments}))
        used: dict[str, int] = {}
        ranges: Ranges = {}
        given: dict[int, list[Given]] = {}
        for path in segments:
            lane, start = owner(path.name), self._done.get(path.name, 0)
            end = start
            for record, after in read(path, start):
                if used.get(lane, 0) >= share:
                    break
                used[lane] = used.get(lane, 0) + self._take(record, given)
                end = after
            if end > start:
                ranges[path.name] = (start, end)
        return ranges, given

    def _read(self, ranges: Ranges) -> dict[int, list[Given]]:
        given: dict[int, list[Given]] = {}
        for name, (start, end) in ranges.items():
            path = self.spool.folder / name
            for record, after in read(path, start):
                if after > end:
                    break
                self._take(record, given)
        return given

    def _take(self, record: bytes, given: dict[int, list[Given]]) -> int:
        """Sorts one record's rows by workspace; → how many rows."""
        try:
            envelope = decode(record)
        except msgspec.DecodeError:
            bad = self.spool.folder / "unreadable"
            bad.mkdir(exist_ok=True)
            (bad / f"{time.time_ns()}.record").write_bytes(record)
            log.error("a record in the spool cannot be read; it was put into %s", bad)
            return 0
        self._zones[envelope.workspace] = envelope.zone
        mine = given.setdefault(envelope.workspace, [])
        ordinal = len(mine)
        received, source, tag = envelope.received, envelope.source, envelope.tag
        mine += [Given(row, at, received, source, tag) for at, row in enumerate(envelope.rows, ordinal)]
        return len(envelope.rows)

    def _store(self, batch: int, ranges: Ranges, given: dict[int, list[Given]], again: bool) -> int:
        recent = int(time.time()) // 86_400 - schema.SEEN_DAYS + 2
        parts: list[Resolved] = []
        for number, items in given.items():
            if number not in self._workspaces:
                if len(self._workspaces) >= WORKSPACES_KEPT:
                    self._workspaces = {n: w for n, w in self._workspaces.items() if n in given}
                self._workspaces[number] = Workspace(self.engine, number)
            parts.append(self._workspaces[number].resolve(items, batch, recent))
        self._insert_news(batch, parts)
        present: set[int] = set()
        if again:
            hits = self.engine.arrays("SELECT message FROM events WHERE batch = {b:UInt64}", {"b": batch})
            present = set(hits[0].tolist())
        for part in parts:
            self._insert_events(batch, part, present)
        if again:
            self.engine.command(
                f"INSERT INTO rollup {schema.ROLLUP} WHERE batch = {{b:UInt64}} GROUP BY workspace, one, day",
                {"b": batch},
            )
        self._insert_seen(batch, parts)
        self._count(batch, parts)
        for part in parts:
            self._workspaces[part.workspace].trim()
        self._commit(batch, ranges)
        return max(1, sum(len(items) for items in given.values()))

    def _commit(self, batch: int, ranges: Ranges) -> None:
        done = {name: end for name, end in self._done.items() if (self.spool.folder / name).exists()}
        done.update({name: end for name, (_, end) in ranges.items()})
        write_whole(self._position_path, json.dumps({"batch": batch, "done": done}).encode())
        self._intent_path.unlink(missing_ok=True)
        with self._moved:
            self._batch, self._done = batch, done
            self._moved.notify_all()
        self._sweep()

    def _sweep(self) -> None:
        """Deletes segments nobody writes to and whose every whole record is stored."""
        for path in self.spool.segments():
            if is_finished(path) and next(read(path, self._done.get(path.name, 0)), None) is None:
                path.unlink(missing_ok=True)  # what is left, if anything, was torn and never acknowledged

    # inserts -----------------------------------------------------------------------------------------------

    def _insert_news(self, batch: int, parts: list[Resolved]) -> None:
        for part in parts:
            space = self._workspaces[part.workspace]
            people, members = space.people, space.members
            feed = part.feed
            times = np.array([entry[6] for entry in feed], np.int64)
            self.engine.insert("feed", len(feed), _with(part.workspace, batch, len(feed), [
                ("position", "UInt64", [e[0] for e in feed]), ("what", "String", [e[1] for e in feed]),
                ("number", "UInt32", [e[2] for e in feed]), ("other", "UInt32", [e[3] for e in feed]),
                ("id", "String", [e[4] for e in feed]), ("traits", "String", [e[5] for e in feed]),
                ("time", "DateTime64(3, 'UTC')", times), ("message", "UInt64", np.array([e[7] for e in feed], "u8")),
                ("day", "Date", times // DAY),
            ]))  # fmt: skip
            new = members.new
            self.engine.insert("members", len(new), _with(part.workspace, batch, len(new), [
                ("person", "UInt32", [m[0] for m in new]), ("account", "UInt32", [m[1] for m in new]),
                ("since", "DateTime64(3, 'UTC')", [m[2] for m in new]), ("called", "UInt8", [m[3] for m in new]),
            ]))  # fmt: skip
            merges = people.new_merges
            if merges:
                self.merged.add(part.workspace)
            self.engine.insert("merges", len(merges), _with(part.workspace, batch, len(merges), [
                ("kind", "UInt8", [PERSON] * len(merges)),
                ("from", "UInt32", list(merges)), ("to", "UInt32", list(merges.values())),
            ]))  # fmt: skip
            ids = [(PERSON, id_, people.ids[id_]) for id_ in people.new_ids]
            ids += [(ACCOUNT, id_, people.accounts[id_] * 2 + 1) for id_ in people.new_accounts]
            self.engine.insert("ids", len(ids), _with(part.workspace, batch, len(ids), [
                ("kind", "UInt8", [i[0] for i in ids]), ("id", "String", [i[1] for i in ids]),
                ("number", "UInt32", [i[2] >> 1 for i in ids]), ("known", "UInt8", [i[2] & 1 for i in ids]),
            ]))  # fmt: skip
            self._insert_refused(batch, part)

    def _insert_refused(self, batch: int, part: Resolved) -> None:
        if not part.refused:
            return
        last = part.refused[-REFUSED_KEPT:]
        self.engine.insert("refused", len(last), [
            ("workspace", "UInt32", np.full(len(last), part.workspace)),
            ("position", "UInt64", [batch << 24 | item.ordinal << 4 for item in last]),
            ("received", "DateTime64(3, 'UTC')", [item.received for item in last]),
            ("source", "String", [item.source for item in last]),
            ("reason", "String", [item.row.name for item in last]),
            ("message", "String", [item.row.properties for item in last]),
        ])  # fmt: skip
        self.engine.command(
            "DELETE FROM refused WHERE workspace = {w:UInt32} AND position < (SELECT min(position) FROM "
            "(SELECT position FROM refused WHERE workspace = {w:UInt32} ORDER BY position DESC LIMIT {kept:UInt32}))",
            {"w": part.workspace, "kept": REFUSED_KEPT},
        )

    def _insert_events(self, batch: int, part: Resolved, present: set[int]) -> None:
        events, people, accounts = part.events, part.people, part.accounts
        if present:
            missing = [at for at, item in enumerate(events) if item.row.message not in present]
            events = [events[at] for at in missing]
            people, accounts = ([people[at] for at in missing], [accounts[at] for at in missing])
        rows = [item.row for item in events]
        times = np.array([row.time for row in rows], np.int64)
        texts = ("name", "session", "url", "path", "referrer", "title", "properties", "context")
        self.engine.insert("events", len(rows), _with(part.workspace, batch, len(rows), [
            ("day", "Date", days_of(times, self._zones[part.workspace])),
            ("person", "UInt32", people), ("account", "UInt32", accounts),
            ("time", "DateTime64(3, 'UTC')", times),
            ("message", "UInt64", np.array([row.message for row in rows], "u8")),
            ("received", "DateTime64(3, 'UTC')", [item.received for item in events]),
            ("flags", "UInt8", [row.flags for row in rows]), ("source", "String", [item.source for item in events]),
            ("duration", "Float32", [row.duration for row in rows]),
            *[(text, "String", map(attrgetter(text), rows)) for text in texts],
        ]))  # fmt: skip

    def _insert_seen(self, batch: int, parts: list[Resolved]) -> None:
        today = int(time.time()) // 86_400
        for part in parts:
            count = len(part.fresh)
            self.engine.insert("seen", count, _with(part.workspace, batch, count, [
                ("message", "UInt64", np.array(part.fresh, "u8")), ("received", "Date", np.full(count, today)),
            ]))  # fmt: skip

    def _count(self, batch: int, parts: list[Resolved]) -> None:
        """Adds up what became of each tagged import; the file also tells an import in another process."""
        for part in parts:
            for tag, counts in part.counts.items():
                if not tag:
                    continue
                path = tag_path(self.spool.folder, tag)
                path.parent.mkdir(exist_ok=True)
                told = _load(path)
                before = told.get("before", [0, 0, 0]) if told.get("batch") == batch else told.get("now", [0, 0, 0])
                now = [before[0] + counts.stored, before[1] + counts.repeated, before[2] + counts.refused]
                write_whole(path, json.dumps({"batch": batch, "before": before, "now": now}).encode())


def tag_path(folder: Path, tag: str) -> Path:
    return folder / "tags" / f"{tag}.json"


def _with(workspace: int, batch: int, rows: int, columns: list) -> list:  # type: ignore[type-arg]
    fixed = [("workspace", "UInt32", np.full(rows, workspace)), ("batch", "UInt64", np.full(rows, batch))]
    return [*fixed, *columns]


def _load(path: Path) -> dict:  # type: ignore[type-arg]
    try:
        return dict(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return {}
