"""A product manager asks what people do early on who stay, and is not told what is not there."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import Events, fresh
from tests.measure.products import product
from wellheard.measure.aha import Aha, Early, cannot_show, early, find, find_aha, sentence, verdict
from wellheard.measure.aha.reading import Crowd
from wellheard.measure.aha.regression import difference, holm
from wellheard.measure.question import Period, Unaskable

FIRST = date(2026, 1, 5)
PERIOD = Period(FIRST, FIRST + timedelta(days=20))


def test_a_behaviour_that_helps_is_found_and_said_in_points() -> None:
    found = find(product(seed=3, effect=0.25))
    assert [c.event for c in found.confirmed] == ["Event 5"]
    (best,) = found.confirmed
    assert best.adjusted.low > 0.03
    assert best.adjusted.low < 0.25 < best.adjusted.high
    assert best.raw.value > best.adjusted.value, "activity goes with staying as well, so the plain difference is larger"
    assert sentence(best, 7).startswith("Of the people who did “Event 5” at least once in their first 7 days, ")
    assert "also among people equally active: +" in sentence(best, 7)
    assert verdict(found) == "One early behaviour goes with staying, also among people equally active."
    assert "not what makes people stay" in cannot_show(found)
    assert "makes people stay" not in sentence(best, 7)


def test_where_staying_depends_on_activity_alone_little_is_found_though_everything_goes_with_it() -> None:
    runs = [product(seed=seed, effect=0) for seed in range(20)]
    assert sum(bool(find(run).confirmed) for run in runs) <= 2
    plainly = []
    for run in runs[:5]:
        did = np.bincount(run.person[run.event == 0], run.times[run.event == 0], len(run.stayed)) >= 3
        found = difference(did, run.stayed, np.arange(len(did)))
        assert found
        plainly.append(found.exceeds(0.03) < 0.05)
    assert all(plainly), "looked at plainly, each run has a finding"


def test_the_confirming_half_is_the_only_one_in_the_numbers() -> None:
    seen = product(seed=4, effect=0.25)
    found = find(seen)
    assert all(c.did + c.other < found.people for c in found.candidates)
    again = find(seen)
    assert again == found, "the coin falls the same every time"


def test_few_people_are_not_judged() -> None:
    found = find(product(seed=1, effect=0.3, accounts=8))
    assert found.candidates == []
    assert verdict(found).startswith("Too few to say: each half needs ")


def test_an_empty_workspace_gets_an_answer(events: Events) -> None:
    found = find_aha(events.reader, events.workspace, Aha(PERIOD))
    assert (found.people, found.candidates) == (0, [])
    assert "one has 0" in verdict(found)


def test_staying_must_come_after_the_first_days() -> None:
    with pytest.raises(Unaskable, match="within the first 7 days"):
        Aha(PERIOD, early=7, stay_from=3, stay_to=10)
    with pytest.raises(Unaskable, match="between 1 and 60"):
        Aha(PERIOD, early=0)
    with pytest.raises(Unaskable, match="at most 400"):
        Aha(PERIOD, stay_from=30, stay_to=20)


Sent = tuple[str, str, int, str]  # person, event, day, account
SENT = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bo", "cy", "di"]),
        st.sampled_from(["Opened", "Shared"]),
        st.integers(-3, 40),
        st.sampled_from(["", "acme", "zoo"]),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(SENT, st.integers(1, 6), st.sampled_from([None, "Shared"]))
def test_what_is_read_equals_a_plain_count(event_store: object, sent: list[Sent], days: int, event: str | None) -> None:
    asked = fresh()
    moments = itertools.count()
    timed = [(*s, datetime(2026, 1, 5, 12) + timedelta(days=s[2], seconds=next(moments))) for s in sent]
    asked.send(*(asked.track(who, what, str(when)[:19], account) for who, what, _, account, when in timed))
    question = Aha(PERIOD, early=days, stay_from=days + 2, stay_to=days + 9, event=event)
    seen = early(asked.reader, asked.workspace, question)

    firsts: dict[str, int] = {}
    for who, _, day, *_ in sent:
        firsts[who] = min(day, firsts.get(who, day))
    cohort = {who: day for who, day in firsts.items() if 0 <= day <= 20}
    counts = Counter((w, e, d - cohort[w]) for w, e, d, _ in sent if w in cohort and d - cohort[w] < days)
    stayed = {
        w for w, e, d, _ in sent
        if w in cohort and days + 2 <= d - cohort[w] <= days + 9 and (event is None or e == event)
    }  # fmt: skip
    accounts: dict[str, str] = {}
    for who, _, day, account, _ in sorted(timed, key=lambda s: s[4]):
        if who in cohort and account and day - cohort[who] < days:
            accounts.setdefault(who, account)

    named = asked.reader.ids_of(asked.workspace, "person", seen.numbers.tolist())
    people = [named[int(n)][0] for n in seen.numbers]
    assert sorted(people) == sorted(cohort)
    rows = zip(seen.person, seen.event, seen.day, seen.times, strict=True)
    assert {(people[p], seen.events[e], int(d)): int(n) for p, e, d, n in rows} == dict(counts)
    assert {people[at] for at in np.nonzero(seen.stayed)[0]} == stayed
    ids = asked.reader.ids_of(asked.workspace, "account", seen.account[seen.account > 0].tolist())
    held = {p: ids[int(a)][0] for p, a in zip(people, seen.account, strict=True) if a}
    assert held == accounts


def test_people_merged_later_count_once_and_a_segment_restricts(events: Events) -> None:
    events.send(
        {"type": "track", "anonymousId": "a1", "event": "Opened", "timestamp": "2026-01-06T10:00:00Z"},
        {"type": "identify", "anonymousId": "a1", "userId": "ann", "timestamp": "2026-01-07T10:00:00Z"},
        events.track("ann", "Shared", "2026-01-08 10:00", "acme"),
        events.track("bo", "Opened", "2026-01-08 10:00", "zoo"),
    )
    seen = early(events.reader, events.workspace, Aha(PERIOD))
    assert len(seen.numbers) == 2
    ann = int(np.searchsorted(seen.numbers, events.number("ann")))
    assert sorted(seen.events[e] for e in seen.event[seen.person == ann]) == ["Opened", "Shared"]
    only = early(events.reader, events.workspace, Aha(PERIOD), Crowd(people=np.array([events.number("bo")])))
    assert only.numbers.tolist() == [events.number("bo")]
    zoo = events.reader.numbers(events.workspace, "account", ["zoo"])["zoo"]
    both = early(events.reader, events.workspace, Aha(PERIOD), Crowd(accounts=np.array([zoo])))
    assert both.numbers.tolist() == [events.number("bo")]
    assert len(both.person) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 80))
def test_without_other_columns_it_is_the_difference_of_two_shares(seed: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    did, stayed = draw.random(n) < 0.5, draw.random(n) < 0.4
    found = difference(did, stayed, np.arange(n))
    if found is None:
        assert did.all() or not did.any() or min(did.sum(), (~did).sum()) < 3 or len(set(stayed.tolist())) == 1
        return
    assert found.value == pytest.approx(stayed[did].mean() - stayed[~did].mean(), abs=1e-9)
    assert found.low < found.value < found.high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_adjusted_p_values_keep_their_order_and_are_never_smaller(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    assert min(adjusted) == pytest.approx(min(1, min(p_values) * len(p_values)))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


def test_what_many_colleagues_share_counts_as_few() -> None:
    """Forty people of four accounts who all do alike: the interval is that of four, not of forty."""
    draw = np.random.default_rng(5)
    clusters = np.repeat(np.arange(8), 10)
    did = np.repeat([1, 0, 1, 0, 1, 0, 1, 0], 10)
    stayed = draw.random(80) < np.repeat([0.9, 0.1, 0.2, 0.8, 0.8, 0.3, 0.6, 0.1], 10)
    alone, together = difference(did, stayed, np.arange(80)), difference(did, stayed, clusters)
    assert alone
    assert together
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert isinstance(product(seed=0, effect=0), Early)
