"""Ids that belong to one person lead to one number, in whatever order they arrive."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import Events, at, fresh
from wellheard.store.ids import Members, People

USERS, DEVICES = ["u1", "u2", "u3"], ["d1", "d2", "d3", "u3"]
Said = tuple[str, str, str]  # (what, user or "", anonymous or previous or "")

seen = st.tuples(st.just("seen"), st.sampled_from(["", *USERS]), st.sampled_from(["", *DEVICES])).filter(
    lambda said: said[1] or said[2]
)
alias = st.tuples(st.just("alias"), st.sampled_from(USERS), st.sampled_from([*USERS, *DEVICES]))


class Retold:
    """The same rules with nothing but sets."""

    def __init__(self) -> None:
        self.groups: list[set[str]] = []
        self.known: set[str] = set()

    def of(self, id_: str) -> set[str]:
        for group in self.groups:
            if id_ in group:
                return group
        self.groups.append({id_})
        return self.groups[-1]

    def has(self, id_: str) -> bool:
        return any(id_ in group for group in self.groups)

    def join(self, a: set[str], b: set[str]) -> None:
        if a is not b:
            self.groups.remove(b)
            a |= b

    def say(self, said: Said) -> None:
        what, user, other = said
        if what == "alias":
            self.known.add(user)
            self.join(self.of(user), self.of(other))
        elif not user or not other:
            self.known |= {user} - {""}
            self.of(user or other)
        elif not self.has(other):
            self.known.add(user)
            mine = self.of(user)
            mine.add(other)
        else:
            free = not self.of(other) & self.known
            self.known.add(user)
            if free:
                self.join(self.of(user), self.of(other))
            else:
                self.of(user)


def tell(people: People, said: Said) -> None:
    what, user, other = said
    if what == "alias":
        people.alias(other, user)
    else:
        people.person(user, other)


def groups_of(numbers: dict[str, int]) -> set[frozenset[str]]:
    return {frozenset(i for i, n in numbers.items() if n == number) for number in numbers.values()}


def messages_of(story: list[Said]) -> list[dict[str, Any]]:
    when, messages = at("2026-03-02 10:00"), []
    for what, user, other in story:
        base = {"userId": user, "timestamp": when}
        if what == "alias":
            messages.append(base | {"type": "alias", "previousId": other})
        else:
            messages.append(base | {"type": "track", "event": "Seen", "anonymousId": other})
    return messages


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(seen, alias), max_size=14))
def test_the_same_people_as_in_a_plain_retelling(story: list[Said]) -> None:
    people, retold = People(), Retold()
    for said in story:
        tell(people, said)
        retold.say(said)
    numbers = {id_: people.root(held >> 1) for id_, held in people.ids.items()}
    assert groups_of(numbers) == {frozenset(group) for group in retold.groups}
    assert all(people.merges.get(to) is None for to in people.merges.values()), "merges are never chained"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.one_of(seen, alias), min_size=1, max_size=10), st.integers(1, 4))
@pytest.mark.usefixtures("event_store")
def test_the_same_people_however_the_events_fall_into_batches(story: list[Said], size: int) -> None:
    events = fresh()
    for start in range(0, len(story), size):
        events.send(*messages_of(story[start : start + size]))
        events.store.writer.forget_caches()  # type: ignore[union-attr]
    retold = Retold()
    for said in story:
        retold.say(said)
    ids = {id_ for _, user, other in story for id_ in (user, other)} - {""}
    assert groups_of(events.reader.numbers(events.workspace, "person", ids)) == {
        frozenset(group) for group in retold.groups
    }


def test_what_somebody_did_before_signing_in_is_theirs(events: Events) -> None:
    day = at("2026-03-02 10:00")
    events.send(
        {"type": "track", "anonymousId": "d", "event": "Seen", "timestamp": day},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day},
    )
    assert events.number("d") != events.number("ann")
    events.send({"type": "identify", "userId": "ann", "anonymousId": "d", "traits": {"plan": "pro"}, "timestamp": day})
    assert events.number("d") == events.number("ann")
    assert len(events.reader.person_events(events.workspace, [events.number("ann")])) == 2
    assert events.reader.event_names(events.workspace)[0].people == 1
    assert events.reader.ids_of(events.workspace, "person", [events.number("ann")]) == {
        events.number("ann"): ["ann", "d"]
    }


def test_two_people_on_one_device_stay_two(events: Events) -> None:
    day = at("2026-03-02 10:00")
    events.send(
        {"type": "identify", "userId": "ann", "anonymousId": "d", "timestamp": day},
        {"type": "identify", "userId": "bob", "anonymousId": "d", "timestamp": day},
    )
    assert events.number("ann") != events.number("bob")
    assert events.number("d") == events.number("ann")


def test_an_event_counts_for_the_account_joined_last_before_it(events: Events) -> None:
    events.send(
        events.track("ann", "Seen", "2026-03-01 10:00"),
        {"type": "group", "userId": "ann", "groupId": "acme", "timestamp": at("2026-03-02 10:00")},
        events.track("ann", "Seen", "2026-03-03 10:00"),
        {"type": "group", "userId": "ann", "groupId": "globex", "timestamp": at("2026-03-04 10:00")},
        events.track("ann", "Seen", "2026-03-05 10:00"),
        events.track("ann", "Seen", "2026-03-03 12:00"),  # arrives late
        events.track("ann", "Seen", "2026-03-06 10:00", account="initech"),
    )
    number = events.reader.numbers(events.workspace, "account", ["acme", "globex", "initech"])
    found = events.reader.person_events(events.workspace, [events.number("ann")])
    wanted = [number["initech"], number["globex"], number["acme"], number["acme"], 0]
    assert [row.account for row in found] == wanted


def test_news_of_people_can_be_read_in_order(events: Events) -> None:
    day = at("2026-03-02 10:00")
    events.send(
        {"type": "track", "anonymousId": "d", "event": "Seen", "timestamp": day},
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": day},
        {"type": "identify", "userId": "ann", "anonymousId": "d", "traits": {"plan": "pro"}, "timestamp": day},
        {"type": "group", "userId": "ann", "groupId": "acme", "traits": {"mrr": "1200"}, "timestamp": day},
    )
    news = events.reader.profiles_since(events.workspace, 0)
    assert [(n.what, n.number, n.other, n.id, n.traits) for n in news] == [
        ("person", 1, 0, "d", {}),
        ("person", 2, 0, "ann", {}),
        ("merge", 1, 2, "", {}),
        ("person", 2, 0, "ann", {"plan": "pro"}),
        ("account", 1, 0, "acme", {}),
        ("account", 1, 0, "acme", {"mrr": "1200"}),
        ("member", 2, 1, "", {}),
    ]
    assert events.reader.profiles_since(events.workspace, news[3].position, limit=2) == news[4:6]


def test_naming_an_account_again_is_no_news() -> None:
    members = Members()
    assert members.join(1, 7, 100, called=False)
    assert not members.join(1, 7, 200, called=False)
    assert members.join(1, 7, 300, called=True)
    assert not members.join(1, 7, 400, called=True)
    assert (members.at(1, 299), members.at(1, 300)) == (0, 7)
