"""A message sent again is stored once; what looks alike but is not the same is kept."""

from __future__ import annotations

from datetime import date

from tests.engine import Events, at

DAY = at("2026-03-02 10:00")


def said(id_: str, event: str = "Seen", when: str = DAY) -> dict[str, str]:
    return {"type": "track", "userId": "ann", "event": event, "messageId": id_, "timestamp": when}


def how_many(events: Events) -> int:
    return sum(name.count for name in events.reader.event_names(events.workspace))


def test_repeats_within_a_batch_and_across_batches(events: Events) -> None:
    events.send(said("a"), said("a"), said("b"))
    events.send(said("b"), said("c"))
    assert how_many(events) == 3


def test_the_first_body_wins(events: Events) -> None:
    events.send(said("a"))
    events.send(said("a", event="Other", when=at("2026-03-09 10:00")))
    assert [name.name for name in events.reader.event_names(events.workspace)] == ["Seen"]


def test_the_same_id_from_another_source_is_another_message(events: Events) -> None:
    events.send(said("a"), source="web")
    events.send(said("a"), source="server")
    assert how_many(events) == 2


def test_messages_without_an_id_all_count(events: Events) -> None:
    message = {"type": "track", "userId": "ann", "event": "Seen", "timestamp": DAY}
    events.send(message, message)
    assert how_many(events) == 2


def test_an_old_message_is_recognised_after_the_short_memory_is_gone(events: Events) -> None:
    old = at("2025-01-05 10:00")
    traits = {"type": "identify", "userId": "ann", "messageId": "i", "traits": {"plan": "free"}, "timestamp": old}
    many = [said(f"m{n}", when=old) for n in range(2_500)]  # more than fit in a parameter
    events.send(*many, traits)
    news = len(events.reader.profiles_since(events.workspace, 0))
    events.store.writer.engine.command(  # type: ignore[union-attr]
        "ALTER TABLE seen DELETE WHERE workspace = {w:UInt32} SETTINGS mutations_sync = 2", {"w": events.workspace}
    )
    events.send(*many, traits)
    assert how_many(events) == 2_500
    assert len(events.reader.profiles_since(events.workspace, 0)) == news


def test_days_are_those_of_the_workspace(events: Events) -> None:
    events.zone = "America/New_York"
    events.send(said("a", when=at("2026-03-02 04:59")), said("b", when=at("2026-03-02 05:00")))
    found = events.reader.event_names(events.workspace)[0]
    assert (found.first, found.last) == (date(2026, 3, 1), date(2026, 3, 2))


def test_weekly_counts_tell_how_often_each_person_came(events: Events) -> None:
    events.send(
        *[events.track("ann", "Seen", f"2026-03-0{day} 10:00", account="acme") for day in (2, 8, 9)],
        events.track("bob", "Seen", "2026-03-16 10:00"),
        events.track("bob", "Other", "2026-03-16 10:00"),
        events.track("cid", "Seen", "2026-03-23 00:00"),
    )
    found = events.reader.weekly_counts(events.workspace, ["Seen"], date(2026, 3, 2), 3)
    assert found.persons.tolist() == [events.number("ann"), events.number("bob")]
    assert found.counts.tolist() == [[2, 1, 0], [0, 0, 1]]
    assert found.accounts.tolist() == [1, 0]
    anything = events.reader.weekly_counts(events.workspace, None, date(2026, 3, 2), 3)
    assert anything.counts.tolist() == [[2, 1, 0], [0, 0, 2]]
    nobody = events.reader.weekly_counts(events.workspace, ["Nothing"], date(2026, 3, 2), 3)
    assert nobody.counts.shape == (0, 3)
