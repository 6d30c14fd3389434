"""The event engine: what people did, stored once and asked often.

    store = Store.open(Path("data"))
    store.append(envelope)          # on disk when it returns
    store.flush()                   # everything acknowledged so far can be asked
    store.reader.event_names(1)
    store.close()

Knows nothing of the product's own tables: workspaces, people and accounts are numbers here.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path

from . import rows, schema
from .engine import Engine
from .erase import forget_person, forget_workspace
from .errors import Closed, HeldElsewhere, NoEngine, SpoolFull, StoreError
from .joins import join
from .reader import KINDS, Reader
from .rows import Envelope, Row, message_hash
from .spool import Spool
from .writer import Writer, _load, tag_path

__all__ = [
    "Closed", "Envelope", "HeldElsewhere", "NoEngine", "Row", "SpoolFull", "Store", "StoreError",
    "get", "message_hash", "use",
]  # fmt: skip


class Store:
    """Spool, writer and reader over one data folder. Made by `Store.open`."""

    def __init__(self, spool: Spool, engine: Engine | None, writer: Writer | None, lock: int) -> None:
        self.spool = spool
        self.writer = writer
        self._engine = engine
        self._reader = Reader(engine, writer) if engine else None
        self._lock = lock
        self._closed = False

    @classmethod
    def open(
        cls,
        data_dir: Path | str,
        url: str = "",
        memory_mb: int = 1024,
        write: bool = True,
        keep_free_mb: int = 100,
    ) -> Store:
        """`url` empty: the engine lives in `data_dir`/events; else a clickhouse:// address.

        write=True also moves the spool into the engine; one process per data folder may do that, any other gets
        HeldElsewhere and can open with write=False, to append (and, with a `url`, to ask).
        """
        folder = Path(data_dir)
        folder.mkdir(parents=True, exist_ok=True)
        spool = Spool(folder / "spool", keep_free=keep_free_mb << 20)
        if not write:
            return cls(spool, Engine(folder / "events", url, memory_mb) if url else None, None, -1)
        lock = _hold(folder / "events.lock")
        try:
            engine = Engine(folder / "events", url, memory_mb)
            schema.migrate(engine)
            writer = Writer(engine, spool)
            writer.start()
        except BaseException:
            os.close(lock)
            raise
        store = cls(spool, engine, writer, lock)
        atexit.register(store.close)
        return store

    @property
    def reader(self) -> Reader:
        if self._reader is None:
            raise NoEngine("a running server holds the events of this data folder: ask it")
        return self._reader

    def append(self, envelope: Envelope, lane: str = "") -> None:
        """Returns when the rows are safe on disk. Raises SpoolFull or Closed; then nothing was accepted.

        `lane` other than "" keeps bulk work from holding up live events (a word without dashes).
        """
        if self._closed:
            raise Closed("the store is closed")
        self.spool.append([rows.encode(envelope)], lane)

    def flush(self, timeout: float = 60.0) -> None:
        """Returns when everything acknowledged before can be asked. Raises StoreError after `timeout` seconds."""
        if self.writer is not None:
            self.writer.flush(timeout)
            return
        target, end = self.spool.ends(), time.monotonic() + timeout
        while any(self._done(name) < size for name, size in target.items()):
            if time.monotonic() > end:
                raise StoreError("events are still being stored: is the server running?")
            time.sleep(0.05)

    def _done(self, name: str) -> int:
        if not (self.spool.folder / name).exists():
            return 1 << 62
        return int(_load(self.spool.folder / "position.json").get("done", {}).get(name, 0))

    def counted(self, tag: str) -> tuple[int, int, int]:
        """(stored, repeated, refused) so far of the rows appended under `tag`."""
        stored, repeated, refused = _load(tag_path(self.spool.folder, tag)).get("now", (0, 0, 0))
        return stored, repeated, refused

    def end_tag(self, tag: str) -> None:
        """Forgets the counts of a finished import."""
        tag_path(self.spool.folder, tag).unlink(missing_ok=True)

    def join(self, workspace: int, kind: str, pairs: Mapping[int, int]) -> None:
        """From now on exactly these numbers ("person" or "account") count as others, whatever events say. Raises
        NoEngine where another process writes the events."""
        if self.writer is None:
            raise NoEngine("this needs the process that writes the events")
        join(self.writer, workspace, KINDS[kind], pairs)

    def forget_person(self, workspace: int, numbers: list[int]) -> None:
        """Erases people: their events, ids, traits and merges, and whatever is replayed from before now."""
        if self.writer is None:
            raise NoEngine("erasing needs the process that writes the events")
        self.writer.flush()
        forget_person(self.writer, workspace, numbers)

    def forget_workspace(self, workspace: int) -> None:
        """Erases every event, id and trait of a workspace."""
        if self.writer is None:
            raise NoEngine("erasing needs the process that writes the events")
        self.writer.flush()
        forget_workspace(self.writer, workspace)

    def close(self) -> None:
        """Finishes the batch under way and lets go of the folder. What is still in the spool is stored next time."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        self.spool.close()
        stopped = self.writer.stop() if self.writer else True
        if self._engine and stopped:
            self._engine.close()
        if self._lock >= 0:
            os.close(self._lock)


def _hold(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(fd, 20).decode(errors="replace").strip()
        os.close(fd)
        raise HeldElsewhere(f"a running server holds the data folder {path.parent} (process {holder})") from None
    os.ftruncate(fd, 0)
    os.write(fd, str(os.getpid()).encode())
    return fd


_store: Store | None = None


def use(store: Store | None) -> None:
    """Makes `store` the one this process works with."""
    global _store
    _store = store


def get() -> Store:
    """The process's store. Raises Closed when none is in use."""
    if _store is None:
        raise Closed("no event store is open in this process")
    return _store
