"""The log on disk between a request and the engine: what it has accepted survives kill -9 and power loss.

Any process may append. Each writes segment files of its own and holds a lock on the one it is writing, so the
single consumer knows whether a short last frame is still being written or was torn by a crash. Threads that append at
the same moment share one fsync (group commit).

    segment = frames;  frame = length (4 bytes) + crc32 (4 bytes) + record
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .errors import Closed, SpoolFull

_HEAD = struct.Struct("<II")
SEGMENT_BYTES = 8 << 20
MAX_RECORD = 256 << 20
SUFFIX = ".log"


class _Waiting:
    __slots__ = ("data", "done", "error")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.done = False
        self.error: Exception | None = None


class Lane:
    """One sequence of segments written by this process. Lanes are consumed side by side in equal shares, so a
    large import in one does not hold up live events in another."""

    def __init__(self, spool: Spool, name: str) -> None:
        self._spool = spool
        self._name = name
        self._queue_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._fd = -1
        self._path: Path | None = None
        self._size = 0
        self._count = 0
        self._closed = False

    def append(self, records: list[bytes]) -> None:
        """Returns when every record is on disk; raises SpoolFull or Closed, and then none of them counts."""
        frames: list[bytes] = []
        for record in records:
            frames += (_HEAD.pack(len(record), zlib.crc32(record)), record)
        mine = _Waiting(b"".join(frames))
        with self._queue_lock:
            self._queue.append(mine)
        with self._write_lock:  # whoever gets here first writes for all who queued meanwhile
            if not mine.done:
                self._write_queued()
        if mine.error is not None:
            raise mine.error

    def _write_queued(self) -> None:
        with self._queue_lock:
            queue, self._queue = self._queue, []
        error: Exception | None = None
        try:
            self._spool.check_room()
            if self._closed:
                raise Closed("the store is closed")
            self._write(b"".join([w.data for w in queue]))
        except OSError as problem:
            self._abandon()
            error = SpoolFull(f"cannot write to {self._spool.folder}: {problem.strerror or problem}")
        except (SpoolFull, Closed) as problem:
            error = problem
        for waiting in queue:
            waiting.done, waiting.error = True, error
        if error is None:
            self._spool.arrived.set()

    def _write(self, data: bytes) -> None:
        if self._fd < 0 or self._size >= SEGMENT_BYTES:
            self._open_next()
        view, start = memoryview(data), time.perf_counter()
        while view:
            view = view[os.write(self._fd, view) :]
        os.fdatasync(self._fd)
        self._spool.sync_seconds += time.perf_counter() - start
        self._spool.sync_count += 1
        self._size += len(data)

    def _open_next(self) -> None:
        self._release()
        self._count += 1
        path = self._spool.folder / f"{time.time_ns():020d}-{os.getpid()}{self._name}-{self._count}{SUFFIX}"
        # Born under another name and locked before it gets its own: the consumer never sees it unlocked and empty.
        young = path.with_suffix(".new")
        fd = os.open(young, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            young.rename(path)
            sync_folder(self._spool.folder)
        except BaseException:
            os.close(fd)
            raise
        self._fd, self._path, self._size = fd, path, 0

    def _abandon(self) -> None:
        """After a failed write: cut back to what was acknowledged and never write to that file again."""
        if self._fd >= 0:
            with suppress(OSError):
                os.ftruncate(self._fd, self._size)
        self._release()

    def _release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)  # closing drops the lock: the consumer may delete the segment once read
        self._fd, self._path, self._size = -1, None, 0

    def close(self) -> None:
        with self._write_lock:
            self._closed = True
            self._release()


class Spool:
    """Appending and reading. `keep_free` bytes of disk stay untouched and at most `limit` bytes wait unread:
    beyond either, append raises SpoolFull and the sender keeps its events."""

    def __init__(self, folder: Path, keep_free: int = 100 << 20, limit: int = 4 << 30) -> None:
        self.folder = folder
        self.keep_free = keep_free
        self.limit = limit
        self.arrived = threading.Event()
        self.sync_seconds = 0.0
        self.sync_count = 0
        self._room_checked = 0.0
        self._lanes: dict[str, Lane] = {}
        self._lanes_lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, records: list[bytes], lane: str = "") -> None:
        self.lane(lane).append(records)

    def lane(self, name: str = "") -> Lane:
        with self._lanes_lock:
            if name not in self._lanes:
                self._lanes[name] = Lane(self, name)
            return self._lanes[name]

    def check_room(self) -> None:
        """Looks at the disk twice a second at most."""
        now = time.monotonic()
        if now - self._room_checked < 0.5:
            return
        disk = os.statvfs(self.folder)
        if disk.f_bavail * disk.f_frsize < self.keep_free:
            raise SpoolFull(f"less than {self.keep_free >> 20} MiB free under {self.folder}")
        if self.waiting_bytes() > self.limit:
            raise SpoolFull(f"more than {self.limit >> 20} MiB of events wait to be stored")
        self._room_checked = now

    def segments(self) -> list[Path]:
        """Oldest first."""
        return sorted(path for path in self.folder.iterdir() if path.suffix == SUFFIX)

    def waiting_bytes(self) -> int:
        return sum(self.ends().values())

    def ends(self) -> dict[str, int]:
        """Segment name → bytes written, for waiting until all of it has been consumed."""
        sizes = {}
        for path in self.segments():
            try:
                sizes[path.name] = path.stat().st_size
            except FileNotFoundError:  # consumed meanwhile
                continue
        return sizes

    def close(self) -> None:
        with self._lanes_lock:
            for lane in self._lanes.values():
                lane.close()


def owner(name: str) -> str:
    """The lane a segment belongs to, from its file name."""
    return name.split("-")[1]


def read(path: Path, offset: int) -> Iterator[tuple[bytes, int]]:
    """Whole records from `offset`, each with the offset after it; stops before a torn or half-written frame."""
    with path.open("rb") as file:
        file.seek(offset)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, crc = _HEAD.unpack(head)
            if length > MAX_RECORD:
                return
            record = file.read(length)
            if len(record) < length or zlib.crc32(record) != crc:
                return
            offset += _HEAD.size + length
            yield record, offset


def is_finished(path: Path) -> bool:
    """True when no process writes to this segment any more."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_whole(path: Path, data: bytes) -> None:
    """Replaces a small file so that after a crash it holds either the old bytes or the new."""
    young = path.with_suffix(".new")
    with young.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    young.rename(path)
    sync_folder(path.parent)
