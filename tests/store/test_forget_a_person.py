"""Erasing somebody leaves nothing of them, and nothing replayed brings them back."""

from __future__ import annotations

from datetime import date

from tests.engine import Events, at
from wellheard.store.ids import PERSON

PERIOD = (date(2026, 1, 1), date(2026, 12, 31))


def story(events: Events) -> list[dict[str, object]]:
    day = at("2026-03-02 10:00")
    return [
        {"type": "track", "anonymousId": "d", "event": "Seen", "timestamp": day, "messageId": "1"},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day, "messageId": "2"},
        {"type": "identify", "userId": "ann", "anonymousId": "d", "traits": {"email": "ann@example.com"},
         "timestamp": day, "messageId": "3"},
        {"type": "group", "userId": "ann", "groupId": "acme", "timestamp": day, "messageId": "4"},
        {"type": "track", "userId": "ann", "event": "Only Ann", "timestamp": day, "messageId": "5"},
        {"type": "track", "userId": "bob", "event": "Seen", "timestamp": day, "messageId": "6"},
    ]  # fmt: skip


def test_nothing_of_them_is_left(events: Events) -> None:
    events.send(*story(events))
    ann, bob = events.number("ann"), events.number("bob")
    events.store.forget_person(events.workspace, [ann])
    space, reader = events.workspace, events.reader
    assert reader.numbers(space, "person", ["ann", "d", "bob"]) == {"bob": bob}
    assert [(n.name, n.count, n.people, n.accounts) for n in reader.event_names(space)] == [("Seen", 1, 1, 0)]
    assert reader.people_behind(space, None, *PERIOD).tolist() == [bob]
    assert reader.accounts_behind(space, None, *PERIOD).tolist() == []
    assert {n.id for n in reader.profiles_since(space, 0)} == {"bob", "acme"}
    for table in ("events", "ids", "members", "feed", "merges"):
        text = str(reader.rows(f"SELECT * FROM {table} WHERE workspace = {{w:UInt32}}", {"w": space}))
        assert "ann" not in text, table


def test_replays_do_not_bring_them_back_but_a_new_life_is_new(events: Events) -> None:
    events.send(*story(events))
    ann = events.number("ann")
    events.store.forget_person(events.workspace, [ann])
    events.send(*story(events), source="an older backup")
    assert events.reader.numbers(events.workspace, "person", ["ann", "d"]) == {}
    assert events.reader.rows(
        f"SELECT count() > 0 FROM forgotten WHERE workspace = {{w:UInt32}} AND kind = {PERSON}",
        {"w": events.workspace},
    ) == [(1,)]
    tomorrow = {"type": "track", "userId": "ann", "event": "Back", "timestamp": at("2026-03-02 10:00")}
    from datetime import UTC, datetime, timedelta

    tomorrow["timestamp"] = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    events.send(tomorrow)
    assert events.number("ann") > ann


def test_a_workspace_goes_whole_and_alone(events: Events) -> None:
    other = Events(events.store, events.workspace + 500_000)
    events.send(*story(events))
    other.send(*story(other))
    events.store.forget_workspace(events.workspace)
    assert events.reader.event_names(events.workspace) == []
    assert events.reader.profiles_since(events.workspace, 0) == []
    assert len(other.reader.event_names(other.workspace)) == 2
    events.send(*story(events))
    assert len(events.reader.event_names(events.workspace)) == 2
