"""The event store for tests: one engine per test process (it allows one folder), one workspace number per test."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wellheard import store as stores
from wellheard.listen.sources.events import append_messages
from wellheard.store import Store
from wellheard.store.reader import Reader

__all__ = ["Events", "at", "event_store", "events", "fresh"]

_numbers = itertools.count(1_000_000)


def fresh() -> Events:
    """Another workspace of its own, for tests that need several (each example of a property, say)."""
    return Events(stores.get(), next(_numbers))


def at(text: str) -> str:
    """ "2026-03-02 10:00" → the same moment in UTC as clients write it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()


@dataclass
class Events:
    """The events of one test's own workspace."""

    store: Store
    workspace: int
    zone: str = "UTC"

    @property
    def reader(self) -> Reader:
        return self.store.reader

    def send(self, *messages: dict[str, Any], source: str = "test") -> None:
        """Stores Segment messages and waits until they can be asked. Raises AssertionError when one is refused."""
        _, refused = append_messages(self.store, self.workspace, self.zone, messages, source=source)
        assert not refused, refused
        self.store.flush()

    def track(
        self, person: str, event: str, when: str, account: str = "", session: str = "", **properties: Any
    ) -> dict[str, Any]:
        """A message, to be given to send()."""
        said: dict[str, Any] = {"type": "track", "userId": person, "event": event, "timestamp": at(when)}
        said["context"] = {"groupId": account, "sessionId": session}
        return said | {"properties": properties}

    def number(self, person: str) -> int:
        return self.reader.numbers(self.workspace, "person", [person])[person]


@pytest.fixture(scope="session")
def event_store() -> Iterator[Store]:
    """The process's store, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="wellheard-events-") as folder:
        store = Store.open(Path(folder), keep_free_mb=1)
        stores.use(store)
        yield store
        stores.use(None)
        store.close()


@pytest.fixture
def events(event_store: Store) -> Events:
    return fresh()
