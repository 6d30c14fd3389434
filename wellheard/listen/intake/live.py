"""The newest messages of each workspace as they came, kept in memory so that a developer can watch them arrive.

Nothing here is asked for numbers: it forgets, each process has its own, and a restart empties it.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msgspec.structs import replace

from wellheard.store.rows import Row

__all__ = ["Live", "Seen", "Told", "live"]

KEPT = 200
WORKSPACES = 500
TEXT = 2_000


class Seen(NamedTuple):
    """One message: when it was received (UTC ms), by which key, as what row, and the time it claimed for itself."""

    received: int
    source: str
    row: Row
    said: Any


@dataclass
class Told:
    """`turned` counts by rule what was turned away since the process started."""

    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=KEPT))
    accepted: int = 0
    refused: int = 0
    turned: Counter[str] = field(default_factory=Counter)


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

    def note(
        self,
        workspace: int,
        source: str,
        received: int,
        taken: Iterable[tuple[Row, Any]],
        counts: tuple[int, int],
        turned: Counter[str],
    ) -> None:
        """`taken`: the last rows of a request, accepted or refused, each with the time it claimed."""
        told = self.of(workspace)
        told.seen.extend([Seen(received, source, _light(row), said) for row, said in taken])
        told.accepted += counts[0]
        told.refused += counts[1]
        if turned:
            told.turned.update(turned)

    def newest(self, workspace: int) -> list[Seen]:
        """Newest first; a copy, for messages go on arriving."""
        return list(self.of(workspace).seen.copy())[::-1]


def _light(row: Row) -> Row:
    """The row itself unless it would weigh on memory."""
    if len(row.properties) < TEXT and len(row.context) < TEXT:
        return row
    return replace(row, properties=row.properties[:TEXT], context=row.context[:TEXT])


live = Live()
