"""The answers are those of plain loops over the same events."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import Events, fresh
from tests.measure import naive
from wellheard.measure import active, adoption, funnel, retention
from wellheard.measure.question import (
    Active,
    Adoption,
    Count,
    Crowd,
    Funnel,
    Period,
    Retention,
    Unaskable,
    compared,
    window,
)

ZONE = "America/New_York"
HOUR = 3_600_000
pytestmark = pytest.mark.usefixtures("event_store")


def told(seed: int) -> tuple[Events, list[naive.Did]]:
    events = fresh()
    events.zone = ZONE
    story = naive.story(seed)
    if story:
        events.send(*[did.message() for did in story])
    return events, story


def numbers(events: Events, people: set[str]) -> set[int]:
    return set(events.reader.numbers(events.workspace, "person", people).values())


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_how_many_are_active(seed: int) -> None:
    events, story = told(seed)
    r, w = events.reader, events.workspace
    for every in ("day", "week", "month"):
        for name in (None, "A"):
            period = naive.some_period(seed)
            points = active.active(r, w, Active(every, period, name))
            assert [(p.start, p.people, p.accounts) for p in points] == naive.active(story, every, period, name)
            some = {f"p{n}" for n in range(0, 25, 2)}
            question = Active(every, period, name, Crowd(tuple(numbers(events, some))))
            points = active.active(r, w, question)
            part = [did for did in story if did.person in some]
            assert [(p.start, p.people, p.accounts) for p in points] == naive.active(part, every, period, name)
            for point in points[:2]:
                assert len(active.behind(r, w, question, point.start)) == point.people


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_counts_and_adoption(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, naive.some_period(seed)
    mine, anything = naive.within(story, period, "A"), naive.within(story, period)
    counted = active.count(r, w, Count("A", period))
    assert counted == active.Counted(
        len(mine), len({did.person for did in mine}), len({did.account for did in mine} - {""})
    )
    found = adoption.adoption(r, w, Adoption("A", period))
    assert found.people == adoption.Share(counted.people, len({did.person for did in anything}))
    assert found.accounts == adoption.Share(counted.accounts, len({did.account for did in anything} - {""}))
    everybody = tuple(numbers(events, {did.person for did in story}))
    assert adoption.adoption(r, w, Adoption("A", period, Crowd(everybody))) == found


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_how_far_people_come(seed: int) -> None:
    events, story = told(seed)
    luck = random.Random(seed)
    for _ in range(14):
        steps = tuple(luck.choice(naive.NAMES) for _ in range(luck.choice([2, 3, 4])))
        order = luck.choice(["this", "any"]) if len(set(steps)) == len(steps) else "this"
        question = Funnel(
            steps, naive.some_period(luck.randrange(99)), luck.choice([1, 3, 30, 100, 400]) * HOUR,
            luck.choice(["person", "session", "account"]), order=order,  # type: ignore[arg-type]
        )  # fmt: skip
        levels = naive.reached(story, question)
        steps_found = funnel.funnel(events.reader, events.workspace, question)
        wanted = [sum(level > at for level in levels.values()) for at in range(len(steps))]
        assert [step.count for step in steps_found] == wanted, question
        if question.unit != "account":
            behind = funnel.behind(events.reader, events.workspace, question, 2)
            assert set(behind.tolist()) == numbers(events, {unit[0] for unit, level in levels.items() if level >= 2})


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_who_comes_back(seed: int) -> None:
    events, story = told(seed)
    for every in ("day", "week", "month"):
        for name in (None, "B"):
            period = naive.some_period(seed)
            question = Retention(every, period, name)
            cohorts = retention.retention(events.reader, events.workspace, question)
            found = [(cohort.start, cohort.size, cohort.returned) for cohort in cohorts]
            assert found == naive.retention(story, every, period, name)
            if len(cohorts) > 1:
                behind = retention.behind(events.reader, events.workspace, question, cohorts[0].start, 1)
                assert len(behind) == cohorts[0].returned[1]


def test_people_who_turned_out_to_be_one_count_as_one(events: Events) -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    events.send(
        {"type": "track", "anonymousId": "d", "event": "A", "timestamp": "2026-03-02T10:00:00Z"},
        {"type": "track", "userId": "ann", "event": "B", "timestamp": "2026-03-02T11:00:00Z"},
        {"type": "identify", "userId": "ann", "anonymousId": "d", "timestamp": "2026-03-03T11:00:00Z"},
    )
    r, w = events.reader, events.workspace
    assert active.count(r, w, Count(None, march)).people == 1
    assert [p.people for p in active.active(r, w, Active("month", march))] == [1]
    assert [s.count for s in funnel.funnel(r, w, Funnel(("A", "B"), march))] == [1, 1]
    assert adoption.adoption(r, w, Adoption("A", march)).people == adoption.Share(1, 1)
    assert [c.size for c in retention.retention(r, w, Retention("month", march))] == [1]
    ann = events.number("ann")
    assert active.active(r, w, Active("month", march, "A", Crowd((ann,))))[0].people == 1
    assert r.weekly_counts(w, None, date(2026, 3, 2), 1).counts.tolist() == [[2]]
    assert np.array_equal(active.behind(r, w, Count("A", march)), [ann])


def test_late_steps_count_after_the_period_ends(events: Events) -> None:
    events.send(events.track("ann", "A", "2026-03-31 23:00"), events.track("ann", "B", "2026-04-02 10:00"))
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert [s.count for s in funnel.funnel(events.reader, events.workspace, Funnel(("A", "B"), march))] == [1, 1]
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    assert [s.count for s in funnel.funnel(events.reader, events.workspace, Funnel(("A", "B"), april))] == [0, 0]


def test_names_are_values_and_not_sql(events: Events) -> None:
    name = "x' OR 1=1 -- {w:UInt32} %s \\"
    events.send(events.track("ann", name, "2026-03-02 10:00"), events.track("bob", "A", "2026-03-02 10:00"))
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert active.count(events.reader, events.workspace, Count(name, march)).people == 1
    found = funnel.funnel(events.reader, events.workspace, Funnel((name, "A'; DROP TABLE events"), march))
    assert [step.count for step in found] == [1, 0]


def test_nobody_is_an_answer(events: Events) -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    r, w = events.reader, events.workspace
    assert active.count(r, w, Count("A", march)) == active.Counted(0, 0, 0)
    assert adoption.adoption(r, w, Adoption("A", march)).people.share is None
    assert [step.of_first for step in funnel.funnel(r, w, Funnel(("A", "B"), march))] == [None, None]
    assert active.active(r, w, Active("week", march, None, Crowd(())))[0].people == 0
    assert [c.size for c in retention.retention(r, w, Retention("week", march))] == [0] * 6
    assert active.stickiness(r, w, Active("month", march))[0].share is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Period(date(2026, 3, 2), date(2026, 3, 1)),
        lambda: Funnel(("A",), Period(date(2026, 3, 1), date(2026, 3, 2))),
        lambda: Funnel(("A", ""), Period(date(2026, 3, 1), date(2026, 3, 2))),
        lambda: Funnel(("A", "B"), Period(date(2026, 3, 1), date(2026, 3, 2)), 0),
        lambda: Funnel(("A", "A"), Period(date(2026, 3, 1), date(2026, 3, 2)), order="any"),
        lambda: window("soon"),
        lambda: window("0d"),
    ],
)
def test_questions_that_make_no_sense_are_refused(wrong: object) -> None:
    with pytest.raises(Unaskable):
        wrong()  # type: ignore[operator]


def test_windows_and_comparisons() -> None:
    assert [window(text) for text in ("30min", "24h", "7d", "2w")] == [30 * 60_000, 24 * HOUR, 168 * HOUR, 336 * HOUR]
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert compared(Count("A", march)).period == Period(date(2026, 1, 29), date(2026, 2, 28))
