"""A workspace's flags in memory, ready to be asked: read again when they change, kept when the database is away."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import cast

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Sum

from wellheard.measure.models_flags import Flag
from wellheard.people.models import Segment, Workspace
from wellheard.people.segments.evaluation import UnknownSegment, members
from wellheard.store import StoreError

from .definition import Kind, Unit, decode
from .evaluate import Ready
from .hashing import Algorithm

log = logging.getLogger(__name__)
LOOK_AGAIN = 2.0  # seconds: so long a change by another process may stay unseen
SEGMENTS_AGAIN = 60.0
AWAY = (DatabaseError, InterfaceError)

Mark = tuple[int, int, int]


class Unknown(RuntimeError):
    """The database is away, and this workspace's flags were never read by this process."""


@dataclass(slots=True)
class Snapshot:
    """`mark` changes with every change of a flag. `segments`: number → (of accounts?, primary keys of its members).
    `stale` while the database is away."""

    workspace: int
    mark: Mark
    flags: dict[str, Ready]
    segments: dict[int, tuple[bool, frozenset[int]]] = field(default_factory=dict)
    stale: bool = False
    cache: dict[str, object] = field(default_factory=dict)  # what others make of this snapshot, kept with it


class _Held:
    """One workspace's snapshot, and when it is to be looked at again."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.snapshot: Snapshot | None = None
        self.look_at = 0.0
        self.segments_at = 0.0


_held: dict[int, _Held] = {}
_making = threading.Lock()


def of(workspace: int) -> Snapshot:
    """The flags as they are now, give or take LOOK_AGAIN seconds. Raises Unknown."""
    held = _held.get(workspace)
    if held is None:
        with _making:
            held = _held.setdefault(workspace, _Held())
    found = held.snapshot
    if found is not None and time.monotonic() < held.look_at:
        return found
    # One reader looks; the others go on with what there is, unless there is nothing yet.
    if not held.lock.acquire(blocking=found is None):
        assert found is not None
        return found
    try:
        if held.snapshot is None or time.monotonic() >= held.look_at:
            _look(workspace, held)
        assert held.snapshot is not None
        return held.snapshot
    finally:
        held.lock.release()


def forget(workspace: int | None = None) -> None:
    """Look again at the next question; what is held is kept for when the database is away."""
    for pk, held in list(_held.items()):
        if workspace is None or pk == workspace:
            held.look_at = held.segments_at = 0.0


def clear() -> None:
    """Forget everything (tests)."""
    _held.clear()


def _look(workspace: int, held: _Held) -> None:
    try:
        _read_again(workspace, held)
    except AWAY as away:
        old = held.snapshot
        try:
            if connection.in_atomic_block:
                raise
            connection.close()  # perhaps only this connection is dead: nothing else closes it in front of Django
            _read_again(workspace, held)
        except AWAY:
            if old is None:
                raise Unknown("Flags cannot be read at the moment.") from away
            if not old.stale:
                log.warning("flags of workspace %s are served as they were last: %s", workspace, away)
            old.stale = True
    held.look_at = time.monotonic() + LOOK_AGAIN


def _read_again(workspace: int, held: _Held) -> None:
    old, mark = held.snapshot, _mark(workspace)
    if old is None or old.mark != mark:
        held.snapshot = found = _read(workspace, mark)
        found.segments = old.segments if old else {}
        held.segments_at = 0.0
    else:
        found = old
    if time.monotonic() >= held.segments_at:
        found.segments = _segments(workspace, found)
        held.segments_at = time.monotonic() + SEGMENTS_AGAIN
    found.stale = False


def _mark(workspace: int) -> Mark:
    found = Flag.objects.filter(workspace=workspace).aggregate(n=Count("pk"), versions=Sum("version"))
    return found["n"], found["versions"] or 0, workspace


def _read(workspace: int, mark: Mark) -> Snapshot:
    rows = Flag.objects.filter(workspace=workspace, archived_at=None).order_by("key")
    names = dict(Segment.objects.filter(workspace=workspace).values_list("pk", "name"))
    return Snapshot(workspace, mark, {row.key: ready(row, names) for row in rows})


def ready(flag: Flag, segments: dict[int, str] | None = None) -> Ready:
    """A row prepared for being asked. `segments`: their names, for the words."""
    kind = cast(Kind, flag.kind)
    return Ready(
        flag.key, kind, decode(kind, flag.definition), cast(Algorithm, flag.algorithm), cast(Unit, flag.unit),
        flag.pk, flag.version, flag.killed_at is None, segments,
    )  # fmt: skip


def _segments(workspace: int, snapshot: Snapshot) -> dict[int, tuple[bool, frozenset[int]]]:
    """Who is in each segment that a flag asks for. One that cannot be asked keeps its members, or has none."""
    wanted = {pk for flag in snapshot.flags.values() for pk in flag.segments}
    found: dict[int, tuple[bool, frozenset[int]]] = {}
    if not wanted:
        return found
    for row in Segment.objects.filter(workspace=workspace, pk__in=wanted).select_related("workspace"):
        try:
            found[row.pk] = row.of == Segment.Of.ACCOUNTS, members(row).keys
        except (UnknownSegment, StoreError) as no:
            log.warning("segment %s of workspace %s cannot be asked: %s", row.pk, workspace, no)
            if row.pk in snapshot.segments:
                found[row.pk] = snapshot.segments[row.pk]
    return found


def of_workspace(workspace: Workspace) -> Snapshot:
    """For pages and commands: what is read now, not what was held."""
    forget(workspace.pk)
    return of(workspace.pk)
