"""The writer may fail before or after any single insert: the batch is stored once all the same."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.engine import Events, at
from wellheard.store.engine import Engine

TABLES = ("feed", "members", "merges", "ids", "events", "seen")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_failed_insert_is_made_good(
    events: Events, table: str, after: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = Engine.insert
    failed: list[str] = []

    def insert(self: Engine, name: str, rows: int, columns: list) -> None:  # type: ignore[type-arg]
        if name == table and rows and not failed:
            failed.append(name)
            if after:
                real(self, name, rows, columns)
            raise RuntimeError("the lights went out")
        real(self, name, rows, columns)

    day = at("2026-03-02 10:00")
    events.send({"type": "track", "userId": "zoe", "anonymousId": "z", "event": "Seen", "timestamp": day})
    monkeypatch.setattr(Engine, "insert", insert)
    events.send(
        {"type": "track", "anonymousId": "d", "event": "Seen", "timestamp": day, "messageId": "1"},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day, "messageId": "2"},
        {"type": "identify", "userId": "ann", "anonymousId": "d", "timestamp": day, "messageId": "3"},
        {"type": "group", "userId": "ann", "groupId": "acme", "timestamp": day, "messageId": "4"},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day, "messageId": "5"},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day, "messageId": "5"},
        {"type": "track", "userId": "bob", "anonymousId": "z", "event": "Seen", "timestamp": day, "messageId": "6"},
    )
    assert failed == [table]
    assert "trying again" in caplog.text
    space, reader = events.workspace, events.reader
    numbers = reader.numbers(space, "person", ["zoe", "z", "ann", "d", "bob"])
    assert numbers == {"zoe": 1, "z": 1, "ann": 3, "d": 3, "bob": 4}
    found = reader.event_names(space)
    assert [(name.count, name.people, name.accounts) for name in found] == [(5, 3, 1)]
    assert [n.what for n in reader.profiles_since(space, 0)] == [
        "person", "person", "person", "person", "merge", "person", "account", "account", "member", "person",
    ]  # fmt: skip
    period = (date(2026, 1, 1), date(2026, 12, 31))
    assert reader.people_behind(space, None, *period).tolist() == [1, 3, 4]
    assert reader.accounts_behind(space, "Seen", *period).tolist() == [1]


FIRST = """
import os, sys
from wellheard.store import Envelope, Row, Store, message_hash
from wellheard.store.engine import Engine
folder, table, after = sys.argv[1], sys.argv[2], sys.argv[3] == "after"
real = Engine.insert
def insert(self, name, rows, columns):
    if name == table and rows:
        if after:
            real(self, name, rows, columns)
        os.kill(os.getpid(), 9)
    real(self, name, rows, columns)
Engine.insert = insert
store = Store.open(folder, keep_free_mb=1)
rows = [Row(0, message_hash("s", str(n)), 1772445600000 + n, user=f"u{n}", name="Seen") for n in range(20)]
store.append(Envelope(1, "UTC", "s", 1772445600000, rows))
store.flush(60)
"""

SECOND = """
import sys
from wellheard.store import Store
store = Store.open(sys.argv[1], keep_free_mb=1)
store.flush(60)
found = store.reader.event_names(1)[0]
print(found.count, found.people)
store.close()
"""


@pytest.mark.parametrize(
    ("table", "when"), [("feed", "after"), ("ids", "after"), ("events", "before"), ("events", "after")]
)
def test_a_crash_in_the_very_first_batch_loses_nothing(tmp_path: Path, table: str, when: str) -> None:
    died = subprocess.run([sys.executable, "-c", FIRST, str(tmp_path), table, when], check=False, timeout=60)
    assert died.returncode == -9
    told = subprocess.run(
        [sys.executable, "-c", SECOND, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.split() == ["20", "20"]
