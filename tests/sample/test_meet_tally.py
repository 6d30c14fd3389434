"""Somebody starts the demo and meets Tally: is it large, alive and consistent enough to believe?"""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import numpy as np
import pytest

from wellheard.sample.tally import World, messages, simulate, weekly

UNTIL = date(2026, 11, 19)  # a Thursday


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(7, UNTIL)


def test_it_is_as_large_as_a_living_product(world: World) -> None:
    assert len(world.accounts) >= 400
    assert len(world.people) >= 5_000
    assert 500_000 <= len(world.events) <= 600_000
    assert len(world.voices) >= 2_500
    assert len(world.topics) >= 14
    assert 6 <= len(world.colleagues) <= 7
    recurring = sum(account.cents_on(UNTIL) for account in world.accounts)
    assert 60_000_00 < recurring < 120_000_00


def test_the_same_seed_is_the_same_world_and_another_is_not(world: World) -> None:
    again, other = simulate(7, UNTIL), simulate(8, UNTIL)
    assert again.accounts == world.accounts
    assert again.people == world.people
    assert again.voices == world.voices
    for column in ("person", "time", "name", "page", "stores", "session"):
        assert np.array_equal(getattr(again.events, column), getattr(world.events, column))
    assert other.people != world.people


def test_the_past_does_not_depend_on_the_weekday_it_is_seen_from(world: World) -> None:
    later = simulate(7, UNTIL + timedelta(days=3))
    assert later.start == world.start
    assert later.people == world.people
    assert np.array_equal(weekly(later, "Stores Compared")[:, :40], weekly(world, "Stores Compared")[:, :40])
    assert {key: truth.theta for key, truth in later.truth.items()} == {k: t.theta for k, t in world.truth.items()}


def test_without_a_date_nothing_lies_in_the_future() -> None:
    now = datetime.now(UTC)
    world = simulate(3)
    assert world.end <= now
    assert world.end > now - timedelta(hours=2)
    assert max(voice.said_at for voice in world.voices) < world.end


def test_everything_refers_to_something(world: World) -> None:
    topics = {topic.key for topic in world.topics}
    names = {colleague.name for colleague in world.colleagues}
    for person in world.people:
        account = world.accounts[person.account]
        assert person.email.endswith("@" + account.domain)
        assert account.domain.endswith(".example")
        assert person.roles
        assert person.joined >= account.signed_up
    for voice in world.voices:
        assert world.people[voice.author].account == voice.account
        assert voice.topic is None or voice.topic in topics
        assert voice.relayed_by is None or voice.relayed_by in names
        assert voice.account_state == world.accounts[voice.account].state_on(voice.said_at.date())
    for bet in world.bets:
        assert set(bet.problems) <= topics
        assert bet.metric_event in world.events.names
        assert bet.owner in names
        assert (bet.release is not None) == (bet.stage == "shipped") == (bet.key in world.truth)
    for decision in world.decisions:
        assert decision.key in (topics if decision.about == "problem" else {bet.key for bet in world.bets})
        assert {decision.by, *(opinion.by for opinion in decision.opinions)} <= names
    assert {decision.answer for decision in world.decisions} == {"yes", "not now", "no"}
    assert {account.owner for account in world.accounts} <= names
    for ids in (world.accounts, world.people, world.voices):
        assert len({row.id for row in ids}) == len(ids)
    assert len({person.email for person in world.people}) == len(world.people)
    assert len({account.name for account in world.accounts}) == len(world.accounts)


def test_money_reconciles(world: World) -> None:
    for account in world.accounts:
        before = 0
        for at, span in enumerate(account.money):
            following = account.money[at + 1].since if at + 1 < len(account.money) else None
            assert span.until == following
            assert span.movement == {
                (True, True): "new",
                (True, False): "reactivation",
            }.get((before == 0, at == 0), _moved(before, span.cents))
            before = span.cents
        assert (account.cents_on(UNTIL) > 0) == (bool(account.money) and account.state == "active")


def _moved(before: int, after: int) -> str:
    return "churn" if after == 0 else "expansion" if after > before else "contraction"


def test_times_are_within_the_forty_weeks_and_the_current_one(world: World) -> None:
    assert world.start.weekday() == 0
    assert world.monday(world.weeks) <= UNTIL < world.monday(world.weeks + 1)
    assert world.events.time[0] >= np.datetime64(world.start)
    assert world.events.time[-1] < np.datetime64(UNTIL + timedelta(days=1))
    assert (np.diff(world.events.time.astype(np.int64)) >= 0).all()
    hours = (world.events.time.astype("datetime64[h]").astype(np.int64) % 24).astype(int)
    assert (hours < 3).mean() < 0.003
    voices = [voice.said_at for voice in world.voices]
    assert voices == sorted(voices)
    assert voices[0].date() >= world.start
    assert voices[-1].date() <= UNTIL
    week = (world.events.time - np.datetime64(world.start, "ms")).astype(np.int64) // (7 * 86_400_000)
    joined = np.array([(person.joined - world.start).days // 7 for person in world.people])
    assert (week >= joined[world.events.person]).all()


def test_releases_leave_room_before_and_after(world: World) -> None:
    due = [bet.release.week for bet in world.bets if bet.release and world.truth[bet.key].theta is not None]
    assert len(due) == 4
    assert min(due) >= 16
    assert max(due) + 6 <= world.weeks


def test_voices_read_like_different_people(world: World) -> None:
    texts = [voice.text for voice in world.voices]
    assert len(set(texts)) >= 0.9 * len(texts)
    assert not any(re.search(r"lorem|ipsum|[{}]", text, re.IGNORECASE) for text in texts)
    assert all(len(text) > 8 for text in texts)
    languages = {language: sum(v.language == language for v in world.voices) for language in ("en", "de", "fr", "es")}
    assert languages["en"] > 0.8 * len(texts)
    assert min(languages.values()) > 40
    assert {voice.channel for voice in world.voices} == {
        "portal", "email", "interview", "support", "sales", "survey", "app review", "widget"
    }  # fmt: skip
    assert {voice.kind for voice in world.voices} == {"request", "bug", "praise", "question"}
    loose = sum(voice.topic is None for voice in world.voices) / len(texts)
    assert 0.05 < loose < 0.1


def test_users_and_customers_disagree(world: World) -> None:
    users: dict[str, set[int]] = defaultdict(set)
    customers: dict[str, set[int]] = defaultdict(set)
    for voice in world.voices:
        if voice.topic is None or world.topic(voice.topic).confirmed is None:
            continue
        roles = world.people[voice.author].roles
        if "uses" in roles:
            users[voice.topic].add(voice.author)
        if "buys" in roles:
            customers[voice.topic].add(voice.account)

    def paid(topic: str) -> int:
        return sum(world.accounts[account].cents_on(UNTIL) for account in customers[topic])

    by_users = sorted(users, key=lambda topic: -len(users[topic]))
    by_customers = sorted(users, key=lambda topic: -paid(topic))
    assert by_users.index("tablet-till") + 6 <= by_customers.index("tablet-till")
    assert by_customers.index("invoice-per-location") + 6 <= by_users.index("invoice-per-location")


def test_something_is_rising_this_week(world: World) -> None:
    for topic in ("signin-link", "refunds-missing"):
        said = [(world.end - voice.said_at).days // 7 for voice in world.voices if voice.topic == topic]
        assert said.count(0) >= 2 * np.mean([said.count(week) for week in range(1, 9)])


def test_messages_are_what_an_sdk_would_send(world: World) -> None:
    first = list(islice(messages(world), 1_000))
    assert first == list(islice(messages(world), 1_000))
    assert len({message["messageId"] for message in first}) == 1_000
    assert [message["timestamp"] for message in first] == sorted(message["timestamp"] for message in first)
    ids = {person.id for person in world.people}
    for message in first:
        assert message["userId"] in ids
        if message["type"] == "page":
            assert message["context"]["page"]["path"].startswith("/")
        else:
            assert message["type"] == "track"
            assert message["event"] in world.events.names
        assert message["context"]["groupId"].startswith("shop-")
        assert datetime.fromisoformat(message["timestamp"]).tzinfo is not None
    assert {message["type"] for message in first} == {"page", "track"}
    assert sum(1 for _ in messages(world, len(world.events) - 10)) == 10


def test_weeks_add_up_to_the_events(world: World) -> None:
    for name in ("Report Opened", "Signed In"):
        matrix = weekly(world, name)
        assert matrix.shape == (len(world.people), 41)
        assert matrix.sum() == (world.events.name == world.events.names.index(name)).sum()
