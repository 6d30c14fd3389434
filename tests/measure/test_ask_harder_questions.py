"""Lifecycles, habits, exclusions, paths, properties: the answers are those of plain loops over the same deeds."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine import Events, fresh
from tests.measure import naive, retold
from tests.measure.retold import Deed
from wellheard.listen.intake.body import from_dict
from wellheard.listen.intake.messages import Reading
from wellheard.measure import active, adoption, funnel, paths, retention
from wellheard.measure.did import did, steps
from wellheard.measure.question import (
    Active,
    Adoption,
    Conversion,
    Count,
    Crowd,
    Funnel,
    Habit,
    Lifecycle,
    Pages,
    Paths,
    Period,
    Retention,
    Rolling,
    Unaskable,
    starts,
)
from wellheard.store import Envelope

ZONE = "America/New_York"
HOUR = 3_600_000
pytestmark = pytest.mark.usefixtures("event_store")
SEEDS = st.integers(0, 100_000)


def told(seed: int) -> tuple[Events, list[Deed]]:
    """The tale in the store; what a library sends by itself is marked so, as intake does."""
    events, story = fresh(), retold.tale(seed)
    reading = Reading("test", 1_900_000_000_000, live=False)
    rows = [reading.row(from_dict(deed.message())) for deed in story]
    for row, deed in zip(rows, story, strict=True):
        row.flags |= retold.is_quiet(deed)
    if rows:
        events.store.append(Envelope(events.workspace, ZONE, "test", 1_900_000_000_000, rows))
        events.store.flush()
    return events, story


def numbers(events: Events, ids: set[str], kind: str = "person") -> set[int]:
    return set(events.reader.numbers(events.workspace, kind, ids).values())


def same(events: Events, found: object, ids: set[str], unit: str = "person") -> None:
    assert set(found.tolist()) == numbers(events, ids, unit)  # type: ignore[attr-defined]


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_rolling_windows_and_anything(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, naive.some_period(seed)
    for event, test in ((None, retold.anything), ("left", retold.named("left"))):
        for days in (1, 3, 28):
            question = Rolling(period, days, event)
            points = active.rolling(r, w, question)
            assert [(p.start, p.people, p.accounts) for p in points] == retold.rolling(story, period, days, test)
            assert len(active.behind(r, w, question, points[-1].start)) == points[-1].people
    everything = active.active(r, w, Active("month", period))
    assert sum(p.people for p in everything) >= len(retold.who(retold.within(story, period, retold.anything), "person"))
    mine = retold.within(story, period, retold.anything)
    assert active.count(r, w, Count(None, period)).count == len(mine), (
        "what libraries send by themselves is not activity"
    )


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_who_is_new_back_or_gone(seed: int) -> None:
    events, story = told(seed)
    r, w = events.reader, events.workspace
    for every in ("day", "week", "month"):
        for unit in ("person", "account"):
            period = naive.some_period(seed)
            question = Lifecycle(every, period, "A", unit)  # type: ignore[arg-type]
            wanted = retold.lifecycle(story, every, period, retold.named("A"), unit)
            found = active.lifecycle(r, w, question)
            assert [(s.start, s.active, s.new, s.returning, s.resurrected, s.dormant) for s in found] == [
                (start, *(len(stages[k]) for k in ("active", "new", "returning", "resurrected", "dormant")))
                for start, stages in wanted
            ]
            for start, stages in wanted[:2]:
                for stage, ids in stages.items():
                    same(events, active.stage_behind(r, w, question, start, stage), ids, unit)


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_on_how_many_days(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, naive.some_period(seed)
    for every in ("week", "month"):
        question = Habit(every, period, None)  # type: ignore[arg-type]
        wanted = retold.habit(story, every, period, retold.anything)
        found = retention.habit(r, w, question)
        assert [(d.start, {k + 1: n for k, n in enumerate(d.people) if n}) for d in found] == [
            (start, {k: len(ids) for k, ids in by.items()}) for start, by in wanted
        ]
        for start, by in wanted:
            for days, ids in by.items():
                same(events, retention.habit_behind(r, w, question, start, days), ids)


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_how_deep_and_how_soon(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, naive.some_period(seed)
    question = Adoption(did("A | B"), period)

    def test(deed: Deed) -> bool:
        return deed.name in ("A", "B")

    depth = adoption.depth(r, w, question)
    people, times, mean, days = retold.depth(story, period, test)
    assert (depth.people, depth.median_times, depth.median_days) == (people, times, days)
    assert depth.mean_times == (pytest.approx(mean) if mean is not None else None)
    delays = retold.delays(story, period, test)
    delay = adoption.delay(r, w, question)
    assert (delay.people, delay.median_days) == (len(delays), median(delays) if delays else None)
    assert all(share == pytest.approx(sum(d <= k for d in delays) / len(delays)) for k, share in delay.within.items())
    did_it = retold.who(retold.within(story, period, test), "person")
    everybody = retold.who(retold.within(story, period, retold.anything), "person")
    same(events, adoption.behind(r, w, question), did_it)
    same(events, adoption.behind(r, w, question, used=False), everybody - did_it)


CONDITIONS = {
    "plan=pro": lambda d: retold.text(d, "plan") == "pro",
    "plan=5": lambda d: retold.number(retold.text(d, "plan")) == 5,
    "plan!=5": lambda d: retold.number(retold.text(d, "plan")) != 5,
    "plan~PRO": lambda d: "pro" in (retold.text(d, "plan") or "").lower(),
    "plan!~pro": lambda d: "pro" not in (retold.text(d, "plan") or "").lower(),
    "plan=true": lambda d: retold.text(d, "plan") == "true",
    "plan?": lambda d: retold.text(d, "plan") is not None,
    "plan!?": lambda d: retold.text(d, "plan") is None,
    "items>=2": lambda d: (retold.number(retold.text(d, "items")) or -1) >= 2,
    "items<3; plan?": lambda d: (
        (n := retold.number(retold.text(d, "items"))) is not None and n < 3 and retold.text(d, "plan") is not None
    ),
    "path=/a": lambda d: d.path == "/a",
}


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_properties_of_changing_types(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, Period(date(2026, 2, 1), date(2026, 4, 30))
    for words, test in CONDITIONS.items():
        for name in ("A", "page", "*"):
            mine = [
                d for d in story if test(d) and (d.name == name or (name == "*" and retold.anything(d)))
            ]  # fmt: skip
            found = active.count(r, w, Count(did(f"{name}[{words}]"), period))
            assert (found.count, found.people) == (len(mine), len(retold.who(mine, "person"))), (name, words)
    question = Lifecycle("week", period, did("A[plan?]"))
    wanted = retold.lifecycle(
        story, "week", period, lambda d: d.name == "A" and retold.text(d, "plan") is not None, "person"
    )
    assert [s.new for s in active.lifecycle(r, w, question)] == [len(stages["new"]) for _, stages in wanted]


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_funnels_with_overlaps_and_exclusions(seed: int) -> None:
    events, story = told(seed)
    luck = random.Random(seed)
    r, w = events.reader, events.workspace
    choice = {
        "A": retold.named("A"), "B": retold.named("B"), "page": retold.named("page"), "*": retold.anything,
        "page[path=/a]": lambda d: d.name == "page" and d.path == "/a", "A | C": lambda d: d.name in ("A", "C"),
    }  # fmt: skip
    for _ in range(8):
        picked = [luck.choice(list(choice)) for _ in range(luck.choice([2, 3]))]
        out = luck.choice([None, "C", "B | left"])
        tests = [choice[p] for p in picked]
        named_out = tuple(out.split(" | ")) if out else ()
        excluded = (lambda d, names=named_out: d.name in names) if out else None
        question = Funnel(
            steps(",".join(picked)), naive.some_period(luck.randrange(99)), luck.choice([1, 3, 30, 400]) * HOUR,
            luck.choice(["person", "session", "account"]), without=did(out) if out else None,  # type: ignore[arg-type]
        )  # fmt: skip
        chains = retold.reached(story, question, tests, excluded)
        if not question.overlapping:
            continue
        found = funnel.funnel(r, w, question)
        wanted = [sum(len(times) > at for times in chains.values()) for at in range(len(picked))]
        assert [step.count for step in found] == wanted, question
        gaps = [
            [times[at] - times[at - 1] for times in chains.values() if len(times) > at] for at in range(1, len(picked))
        ]
        timed = funnel.between(r, w, question)
        assert [(g.count, g.median) for g in timed] == [
            (len(mine), pytest.approx(median(mine) / 1000)) for mine in gaps if mine
        ]
        if question.unit == "person":
            same(
                events, funnel.behind(r, w, question, 1, dropped=True), {u[0] for u, t in chains.items() if len(t) == 1}
            )


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_conversion_by_when_the_first_step_was_taken(seed: int) -> None:
    events, story = told(seed)
    luck = random.Random(seed)
    r, w = events.reader, events.workspace
    for every in ("day", "week", "month"):
        for out in (None, "C"):
            period = naive.some_period(luck.randrange(99))
            asked = Funnel(
                ("A", "B"), period, luck.choice([1, 30, 200]) * HOUR, luck.choice(["person", "account"]),  # type: ignore[arg-type]
                without=did(out) if out else None,
            )  # fmt: skip
            question = Conversion(asked, every)  # type: ignore[arg-type]
            found = funnel.conversion(r, w, question)
            for at, start in enumerate(starts(every, period)):  # type: ignore[arg-type]
                part = active.part(every, start, period)  # type: ignore[arg-type]
                tries = Funnel(asked.steps, part, asked.window_ms, asked.unit, without=asked.without)
                if out:
                    chains = retold.reached(story, tries, [retold.named("A"), retold.named("B")], retold.named("C"))
                    levels = Counter(len(times) for times in chains.values())
                else:
                    mine = [naive.Did(d.person, d.account, d.session, d.name, d.ms, d.day) for d in story]
                    levels = Counter(naive.reached(mine, tries).values())
                assert (found[at].entered, found[at].converted) == (levels[1] + levels[2], levels[2]), (start, question)
                assert len(funnel.conversion_behind(r, w, question, start, True)) == levels[2]


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_coming_back_for_something_else_then_or_later(seed: int) -> None:
    events, story = told(seed)
    r, w, period, luck = events.reader, events.workspace, naive.some_period(seed), random.Random(seed)
    cases = [("A", "B", retold.named("A"), retold.named("B")), ("A", "*", retold.named("A"), retold.anything),
             ("A", "", retold.named("A"), retold.named("A"))]  # fmt: skip
    for every in ("day", "week"):
        for begin, back, test, came in cases:
            for unbounded in (False, True):
                for unit in ("person", "account"):
                    returning = did(back) if back else ""
                    question = Retention(every, period, begin, returning, unbounded, unit)  # type: ignore[arg-type]
                    wanted = retold.retention(story, every, period, test, came, unbounded, unit)
                    found = retention.retention(r, w, question)
                    assert [(c.start, c.size, c.returned) for c in found] == [
                        (start, len(cohort), [len(ids) for ids in returned]) for start, cohort, returned in wanted
                    ], question
                    start, cohort, returned = wanted[0]
                    if len(returned) > 1:
                        later = luck.randrange(1, min(3, len(returned)))
                        same(events, retention.behind(r, w, question, start, later), returned[later], unit)
                        gone = retention.behind(r, w, question, start, later, gone=True)
                        same(events, gone, cohort - returned[later], unit)


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_what_comes_next_and_what_came_before(seed: int) -> None:
    events, story = told(seed)
    luck = random.Random(seed)
    r, w = events.reader, events.workspace
    for _ in range(6):
        question = Paths(
            luck.choice(["A", "page"]), naive.some_period(luck.randrange(99)), luck.choice(["from", "to"]),
            luck.choice([1, 3]), luck.choice([1, 3, 200]) * HOUR, luck.choice(["person", "session"]),
            luck.random() < 0.6,
        )  # type: ignore[arg-type]  # fmt: skip
        test = retold.named(str(question.event))
        told_ = {u: path for u, mine in retold.units(story, question.unit).items()
                 if (path := retold.path(mine, question, test)) is not None}  # fmt: skip
        tree = paths.paths(r, w, question)
        assert tree.count == len(told_)

        def check(branch: paths.Branch, told_: dict = told_, question: Paths = question) -> None:  # type: ignore[type-arg]
            mine = [p for p in told_.values() if tuple(p[: len(branch.path)]) == branch.path]
            assert branch.count == len(mine), (branch.path, question)
            if len(branch.path) < question.steps:
                assert branch.ended == sum(len(p) == len(branch.path) for p in mine)
                assert branch.count == branch.ended + branch.others + sum(b.count for b in branch.next)
                assert branch.others == 0
            for one in branch.next:
                check(one)

        check(tree)
        for branch in tree.next[:1]:
            people = {u[0] for u, p in told_.items() if p[:1] == [branch.label]}
            same(events, paths.behind(r, w, question, [branch.label]), people)


@settings(max_examples=5, deadline=None)
@example(35959)  # two pages in the same millisecond
@given(SEEDS)
def test_time_on_pages(seed: int) -> None:
    events, story = told(seed)
    period = naive.some_period(seed)
    found = paths.pages(events.reader, events.workspace, Pages(period))
    wanted = retold.pages(story, period)
    assert {p.page for p in found} == set(wanted)
    for p in found:
        views, people, accounts, timed, reported, seconds = wanted[p.page]
        assert (p.views, p.people, p.accounts, p.timed, p.reported) == (views, people, accounts, timed, reported)
        assert p.seconds == (pytest.approx(seconds, abs=1e-6) if seconds is not None else None)
    for p in found[:1]:
        seen = {d.person for d in retold.within(story, period, retold.named("page")) if d.path == p.page}
        same(events, paths.page_behind(events.reader, events.workspace, Pages(period), p.page), seen)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_only_some_people_or_what_was_done_for_some_accounts(seed: int) -> None:
    events, story = told(seed)
    r, w, period = events.reader, events.workspace, naive.some_period(seed)
    some = {f"p{n}" for n in range(0, 20, 2)}
    crowds = [
        (Crowd(people=sorted(numbers(events, some))), lambda d: d.person in some),
        (Crowd(without=sorted(numbers(events, some))), lambda d: d.person not in some),
        (Crowd(accounts=sorted(numbers(events, {"acme"}, "account"))), lambda d: d.account == "acme"),
    ]
    for crowd, test in crowds:
        part = [d for d in story if test(d)]
        found = active.active(r, w, Active("week", period, "A", crowd))
        assert [(p.people, p.accounts) for p in found] == [
            (p, a) for _, p, a in _active(part, period)
        ]  # fmt: skip
        for unit in ("person", "account"):
            wanted = retold.lifecycle(part, "week", period, retold.named("A"), unit)
            stages = active.lifecycle(r, w, Lifecycle("week", period, "A", unit, crowd))  # type: ignore[arg-type]
            assert [(s.new, s.dormant) for s in stages] == [(len(x["new"]), len(x["dormant"])) for _, x in wanted]
        days = retention.habit(r, w, Habit("week", period, "A", crowd))
        assert [d.total for d in days] == [
            sum(map(len, by.values())) for _, by in retold.habit(part, "week", period, retold.named("A"))
        ]
        question = Funnel(("A", "B"), period, 30 * HOUR, crowd=crowd)
        mine = [naive.Did(d.person, d.account, d.session, d.name, d.ms, d.day) for d in part]
        assert funnel.funnel(r, w, question)[0].count == len(naive.reached(mine, question))


def _active(part: list[Deed], period: Period) -> list[tuple[date, int, int]]:
    return [
        (start, len(retold.who(mine, "person")), len(retold.who(mine, "account")))
        for start in starts("week", period)
        for mine in [
            [
                d
                for d in retold.within(part, period, retold.named("A"))
                if d.day - timedelta(days=d.day.weekday()) == start
            ]
        ]
    ]


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Report opened", "Report opened"),
        (" A|B ", "A | B"),
        ("A[plan = pro; items>3]", "A[plan=pro; items>3]"),
        ('"odd | name"[x?]', '"odd | name"[x?]'),
        ('"*"', '"*"'),
        ("*", "*"),
        ("", "*"),
        ("[path~/pricing]", "*[path~/pricing]"),
        ("page[path!=/a]", "page[path!=/a]"),
    ],
)
def test_an_event_in_words_can_be_said_again(text: str, again: str) -> None:
    assert str(did(text)) == again
    assert did(str(did(text))) == did(text)


@pytest.mark.parametrize(
    "text", ["A |", "A[plan]]", "A[nothing said]", "A[items>many]", "A[=x]", "a]b", "|".join("A" * 30)]
)
def test_an_event_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Unaskable):
        did(text)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p: Rolling(p, 0),
        lambda p: Lifecycle("year", p),
        lambda p: Habit("day", p),
        lambda p: Paths(None, p),
        lambda p: Paths("A", p, "sideways"),
        lambda p: Paths("A", p, steps=9),
        lambda p: Funnel(("A", "B"), p, order="any", without=did("C")),
        lambda p: Conversion(Funnel(("A", "B"), p, order="any")),
        lambda p: Funnel(("A", "B"), p, window_ms=500 * 86_400_000),
        lambda p: Period(date(1800, 1, 1), date(2026, 1, 1)),
    ],
)
def test_more_that_makes_no_sense(wrong: object) -> None:
    with pytest.raises(Unaskable):
        wrong(Period(date(2026, 3, 1), date(2026, 3, 9)))  # type: ignore[operator]
