"""The writer may fail before or after any single insert: the batch is stored once all the same."""

from __future__ import annotations

from datetime import date

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
