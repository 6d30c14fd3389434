"""Numbers count as others because people say so, over what events say, and stop doing so when they say so."""

from __future__ import annotations

from datetime import date

import pytest

from tests.engine import Events, at
from wellheard.store import Store

DAY = date(2026, 3, 2)


def _people(events: Events, event: str = "Seen") -> list[int]:
    return events.reader.people_behind(events.workspace, event, DAY, DAY).tolist()


@pytest.fixture
def three(event_store: Store, events: Events) -> Events:
    events.send(*(events.track(who, "Seen", "2026-03-02 10:00", account=f"of-{who}") for who in ("a", "b", "c")))
    return events


def test_two_count_as_one_and_as_two_again(three: Events) -> None:
    a, b, c = (three.number(x) for x in "abc")
    three.store.join(three.workspace, "person", {b: a})
    assert _people(three) == sorted([a, c])
    assert three.reader.event_names(three.workspace)[0].people == 2
    assert {e.person for e in three.reader.person_events(three.workspace, [a])} == {a}
    assert len(three.reader.person_events(three.workspace, [a])) == 2
    assert three.number("b") == a
    three.store.join(three.workspace, "person", {})
    assert _people(three) == sorted([a, b, c])
    assert three.number("b") == b


def test_what_events_merge_and_people_join_adds_up(three: Events) -> None:
    a, b, c = (three.number(x) for x in "abc")
    three.store.join(three.workspace, "person", {b: a})
    three.send({"type": "alias", "previousId": "c", "userId": "b", "timestamp": at("2026-03-02 11:00")})
    assert _people(three) == [a]
    assert three.number("c") == a
    three.store.join(three.workspace, "person", {})
    assert _people(three) == sorted([a, b])
    assert c not in _people(three)


def test_accounts_are_joined_the_same_way(three: Events) -> None:
    numbers = three.reader.numbers(three.workspace, "account", ["of-a", "of-b", "of-c"])
    a, b, c = (numbers[f"of-{x}"] for x in "abc")
    three.store.join(three.workspace, "account", {b: a})
    found = three.reader.accounts_behind(three.workspace, "Seen", DAY, DAY).tolist()
    assert found == sorted([a, c])
    assert three.reader.event_names(three.workspace)[0].accounts == 2
    assert len(three.reader.account_events(three.workspace, [a])) == 2
    assert _people(three) == sorted(three.number(x) for x in "abc")


def test_who_is_forgotten_takes_along_who_was_joined(three: Events) -> None:
    a, b, c = (three.number(x) for x in "abc")
    three.store.join(three.workspace, "person", {b: a})
    three.store.forget_person(three.workspace, [a])
    assert _people(three) == [c]
    assert three.reader.joined(three.workspace, "person") == {}
