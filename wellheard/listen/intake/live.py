"""The newest messages of each workspace as they came, kept in memory so that a developer can watch them arrive.

Nothing here is asked for numbers: it forgets, each process has its own, and a restart empties it.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msgspec.structs import replace

from wellheard.store.rows import Row

from .arrival import Arrival

__all__ = ["Live", "Seen", "Told", "live"]

KEPT = 200
WORKSPACES = 500
TEXT = 2_000


class Seen(NamedTuple):
    """One message: when it was received (UTC ms), by which key, as what row, and the time it claimed where that was
    not taken as it stands."""

    received: int
    source: str
    row: Row
    said: Any


class _Group(NamedTuple):
    """What one request brought: kept together, because taking it apart would cost every request."""

    received: int
    source: str
    rows: list[Row]
    said: dict[int, Any]
    first: int


@dataclass
class Told:
    """`turned` counts by rule what was turned away since the process started."""

    groups: deque[_Group] = field(default_factory=deque)
    held: int = 0
    accepted: int = 0
    refused: int = 0
    turned: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Live:
    def __init__(self) -> None:
        self._told: OrderedDict[int, Told] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, workspace: int) -> Told:
        found = self._told.get(workspace)
        if found is None:
            with self._lock:
                found = self._told.setdefault(workspace, Told())
                if len(self._told) > WORKSPACES:
                    self._told.popitem(last=False)
        return found

    def turn_away(self, workspace: int, turned: Mapping[str, int]) -> None:
        told = self.of(workspace)
        with told.lock:
            told.turned.update(turned)

    def note(self, workspace: int, source: str, received: int, arrival: Arrival) -> None:
        accepted = len(arrival.rows)
        first = max(0, accepted - KEPT)
        rows = arrival.rows[first:] + arrival.refused
        for row in rows:
            if len(row.properties) > TEXT or len(row.context) > TEXT:
                rows = [_light(row) for row in rows]
                break
        told = self.of(workspace)
        with told.lock:
            told.accepted += accepted
            told.refused += arrival.refused_count
            if arrival.turned:
                told.turned.update(arrival.turned)
            if not rows:
                return
            told.groups.append(_Group(received, source, rows, arrival.said, first))
            told.held += len(rows)
            while told.held - len(told.groups[0].rows) >= KEPT:
                told.held -= len(told.groups.popleft().rows)

    def newest(self, workspace: int) -> list[Seen]:
        """Newest first; a copy, for messages go on arriving."""
        told = self.of(workspace)
        with told.lock:
            groups = list(told.groups)
        found = [
            Seen(group.received, group.source, row, group.said.get(group.first + at))
            for group in groups
            for at, row in enumerate(group.rows)
        ]
        return found[: -KEPT - 1 : -1]


def _light(row: Row) -> Row:
    """Without the part of a large message that would weigh on memory and is not shown."""
    return replace(row, properties=row.properties[:TEXT], context=row.context[:TEXT])


live = Live()
