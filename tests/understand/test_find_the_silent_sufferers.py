"""A problem is tied to what people do: who does it and never spoke, and what those who spoke do more than others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.engine import Events
from wellheard import store
from wellheard.__main__ import run
from wellheard.core.models import Entry
from wellheard.listen.models import Channel, Voice
from wellheard.measure.behaviour import compared, matches, suggestions
from wellheard.measure.models import Pattern
from wellheard.measure.patterns import read, tie
from wellheard.people.access import Access
from wellheard.people.models import Person, Relation, Revenue, Role, Workspace
from wellheard.people.queries.money import today
from wellheard.people.services.mirror import link_numbers
from wellheard.people.services.segments import delete_segment, make_segment
from wellheard.people.services.workspaces import make_token
from wellheard.store import Store
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.evidence import then_and_now
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/understand"


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    """Ann spoke of it, Otto spoke of something else, Nora and Tim never spoke."""
    ours = Voice.objects.create(
        workspace=town.workspace, text="The till freezes", author=town.ann, account=town.lind, account_cents=3900,
        said_at=timezone.now(), channel=Channel.INTERVIEW,
    )  # fmt: skip
    Voice.objects.create(workspace=town.workspace, text="Thanks!", author=town.otto, said_at=timezone.now())
    return create_problem(access, "Till freezes", "", [ours.pk])


@pytest.fixture
def events(problem: Problem, event_store: Store) -> Events:
    """Ann, Otto and Nora saw the error; Ann and Tim began to pay, Tim got through."""
    made = Events(event_store, problem.workspace_id, "Europe/Berlin")
    day = today(problem.workspace) - timedelta(days=3)
    made.send(
        *(made.track(who, "Error shown", f"{day} 10:00", account=a) for who, a in (("ann", "lind"), ("otto", "lind"), ("nora", "fjord"))),
        made.track("ann", "Pay begun", f"{day} 11:00", account="lind"),
        made.track("tim", "Pay begun", f"{day} 11:00", account="free"),
        made.track("tim", "Paid", f"{day} 11:05", account="free"),
    )  # fmt: skip
    link_numbers(problem.workspace, event_store.reader)
    return made


def test_who_does_it_and_never_spoke(access: Access, problem: Problem, events: Events, town: Town) -> None:
    tie(access, problem, *read(access, "Error shown"))
    [found] = matches(problem)
    assert found.people == {town.ann.pk, town.otto.pk, town.nora.pk}
    assert (found.spoke, found.silent, found.never) == ({town.ann.pk}, {town.otto.pk, town.nora.pk}, {town.nora.pk})
    assert (found.accounts, found.silent_accounts, found.cents) == (2, 2, 34_800)
    assert found.spoke_share is None, "three people are too few for a share"


def test_a_step_that_is_not_reached(access: Access, problem: Problem, events: Events, town: Town) -> None:
    made = tie(access, problem, *read(access, "Pay begun", never="Paid"))
    assert made.name == "did Pay begun but not Paid in 90 days"
    assert matches(problem)[0].people == {town.ann.pk}


def test_a_segment_and_what_uses_it(access: Access, problem: Problem, events: Events, town: Town) -> None:
    segment = make_segment(access, "Buyers", "people", {"what": "role", "role": "buys"})
    tie(access, problem, *read(access, segment="buyers"))
    assert matches(problem)[0].people == {town.otto.pk, town.nora.pk}
    with pytest.raises(ValueError, match="Till freezes"):
        delete_segment(access, segment)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Name an event, or a segment"),
        ({"event": "A", "segment": "B"}, "Name an event, or a segment"),
        ({"event": "*"}, "whoever did anything is everybody"),
        ({"event": "A", "never": "A"}, "another one"),
        ({"event": "A[", "days": 3}, "cannot read"),
        ({"event": "A", "days": 0}, "Days: between"),
        ({"event": "A", "times": 0}, "Times: between"),
        ({"segment": "Nobody"}, "There is no segment"),
    ],
)
def test_what_cannot_be_tied_says_why(access: Access, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(access, **given)


def test_the_page_ties_shows_lists_and_takes_off(as_owner: Client, problem: Problem, events: Events) -> None:
    where = f"{HERE}/problems/{problem.pk}/behaviour"
    assert "Tied to nothing they do yet" in as_owner.get(where).content.decode()
    as_owner.post(where, {"event": "Error shown", "days": "30"})
    pattern = Pattern.objects.get()
    shown = as_owner.get(f"{HERE}/problems/{problem.pk}").content.decode()
    assert "did Error shown in 30 days" in shown
    assert "Error shown in 30 days”" in shown, "the history says it"
    people = f"{HERE}/patterns/{pattern.pk}/people"
    silent = as_owner.get(people).content.decode()
    assert "Nora Both" in silent
    assert "Otto Owner" in silent
    assert "Ann Assistant" not in silent
    assert "Ann Assistant" in as_owner.get(f"{people}?who=spoke").content.decode()
    assert "Otto Owner" not in as_owner.get(f"{people}?who=never").content.decode()
    as_owner.post(f"{HERE}/patterns/{pattern.pk}/untie")
    assert not Pattern.objects.exists()
    assert list(Entry.objects.filter(verb__startswith="pattern.").values_list("verb", flat=True)) == [
        "pattern.tied", "pattern.untied",
    ]  # fmt: skip


def test_a_slip_comes_back_with_what_was_typed(as_owner: Client, problem: Problem, events: Events) -> None:
    where = f"{HERE}/problems/{problem.pk}/behaviour"
    for given, words in (
        ({"event": "Error shown", "days": "many"}, "Days: a whole number"),
        ({"event": "Error shown", "never": "Error shown"}, "another one"),
    ):
        answer = as_owner.post(where, given)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert 'value="Error shown"' in answer.content.decode()
    as_owner.post(where, {"event": "Error shown"})
    assert "tied to that already" in as_owner.post(where, {"event": "Error shown"}).content.decode()
    assert Pattern.objects.count() == 1


def test_a_merged_problem_is_not_tied(access: Access, problem: Problem) -> None:
    problem.merged_into = create_problem(access, "Other")
    problem.save()
    with pytest.raises(ValueError, match="tie it there"):
        tie(access, problem, *read(access, "Error shown"))


def test_without_the_events_the_pages_say_so(
    as_owner: Client, access: Access, problem: Problem, event_store: Store
) -> None:
    tie(access, problem, *read(access, "Error shown"))
    store.use(None)
    try:
        assert "cannot be read now" in as_owner.get(f"{HERE}/problems/{problem.pk}").content.decode()
        assert as_owner.get(f"{HERE}/problems/{problem.pk}/behaviour").status_code == 200
    finally:
        store.use(event_store)


def crowd(seed: int = 1, n: int = 2000, extra: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten events, done by people of very different activity; the active speak up more. `extra`: askers do the first event more."""
    chance = np.random.default_rng(seed)
    active = chance.beta(1, 3, n)
    asked = chance.random(n) < 0.4 * active
    did = chance.random((10, n)) < active
    did[0] |= asked & (chance.random(n) < extra)
    return did, asked, chance.binomial(90, active)


def test_who_speaks_up_does_more_of_everything_and_that_suggests_nothing() -> None:
    names = [f"e{i}" for i in range(10)]
    raw, found = 0, 0
    for seed in range(40):
        did, asked, days = crowd(seed)
        raw += bool((did[:, asked].mean(axis=1) > 1.2 * did[:, ~asked].mean(axis=1)).any())
        found += bool(compared(names, did, asked, days))
    assert raw == 40, "without a comparison with people as active, everything would be suggested"
    assert found <= 5


def test_what_askers_really_do_more_is_suggested() -> None:
    did, asked, days = crowd(extra=0.4)
    found = compared([f"e{i}" for i in range(10)], did, asked, days)
    assert found[0].event == "e0"
    assert found[0].asker_share > 1.2 * found[0].share


@pytest.fixture
def many(workspace: Workspace, event_store: Store) -> Callable[[int], Problem]:
    def make(askers: int) -> Problem:
        problem = Problem.objects.create(workspace=workspace, name="Refunds")
        events = Events(event_store, workspace.pk, "Europe/Berlin")
        day = today(workspace) - timedelta(days=2)
        sent = []
        for i in range(60):
            person = Person.objects.create(workspace=workspace, external_id=f"p{i}", name=f"P{i}")
            if i < askers:
                voice = Voice.objects.create(workspace=workspace, text="Refund!", author=person, said_at=timezone.now())
                Evidence.objects.create(problem=problem, voice=voice)
            for name in (
                "Opened",
                *(["Refunded"] if i < askers or i % 10 == 0 else []),
                *(["Exported"] if i % 2 else []),
            ):
                sent.append(events.track(f"p{i}", name, f"{day} 10:00"))
        events.send(*sent)
        link_numbers(workspace, event_store.reader)
        return problem

    return make


def test_the_page_suggests_what_to_tie(as_owner: Client, many: Callable[[int], Problem]) -> None:
    problem = many(20)
    found = suggestions(problem)
    assert [e.event for e in found.events] == ["Refunded"]
    assert (found.looked, found.askers, found.events[0].did) == (3, 20, 20)
    shown = as_owner.get(f"{HERE}/problems/{problem.pk}/behaviour").content.decode()
    assert "?event=Refunded#tie" in shown
    assert "It goes with speaking of the problem, no more" in shown


def test_too_few_who_spoke_suggest_nothing(many: Callable[[int], Problem]) -> None:
    assert "from 10 on" in suggestions(many(4)).cannot


def test_programs_and_the_command_line(access: Access, problem: Problem, events: Events) -> None:
    _, token = make_token(access, "editor", Role.EDITOR)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    where = f"/api/problems/{problem.pk}/behaviour"
    made = client.post(
        where, {"event": "Pay begun", "never": "Paid", "name": "gave up"}, content_type="application/json"
    )
    assert made.status_code == 201
    told = client.get(where).json()
    assert [(p["name"], p["people"], p["silent"]) for p in told["patterns"]] == [("gave up", 1, 0)]
    assert "from 10 on" in told["suggested"]["cannot"]
    code, out, _ = run(["problems", "behaviour", str(problem.pk), "--workspace", "acme", "--json"])
    assert (code, json.loads(out)["patterns"]) == (0, told["patterns"])
    assert client.post(where, {"event": ""}, content_type="application/json").status_code == 422
    assert client.post(f"/api/patterns/{made.json()['id']}/untie").json() == {"untied": True}


def test_what_accounts_paid_then_and_pay_now(as_viewer: Client, problem: Problem, town: Town) -> None:
    for author, account, cents in (
        (town.nora, town.fjord, 40_000),
        (town.tim, town.free, None),
        (town.ann, town.lind, 1),
    ):
        voice = Voice.objects.create(
            workspace=town.workspace, text="It froze", author=author, account=account, account_cents=cents,
            said_at=timezone.now() + timedelta(minutes=1),
        )  # fmt: skip
        Evidence.objects.create(problem=problem, voice=voice)
    found = then_and_now(problem)
    assert (found.accounts, found.then, found.now) == (2, 43_900, 34_800), "the first voice counts, 39 and 400"
    assert (found.more, found.less, found.gone, found.unknown) == (1, 1, 0, 1)
    Revenue.objects.filter(account=town.fjord).update(until=date(2026, 2, 1))
    assert (then_and_now(problem).gone, then_and_now(problem).change) == (1, 4900 - 43_900)
    shown = as_viewer.get(f"{HERE}/problems/{problem.pk}").content.decode()
    assert "€439 a month" in shown
    assert "this shows no cause" in shown
    assert "From research" in shown


def test_T07_a_pattern_of_another_workspace_is_not_found(as_owner: Client, problem: Problem) -> None:
    from wellheard.people.services import workspaces

    rival = workspaces.create_workspace("rival", "Rival").workspace
    theirs = Pattern.objects.create(
        workspace=rival, problem=Problem.objects.create(workspace=rival, name="T"), name="x", rule={"what": "said"}
    )
    assert as_owner.post(f"{HERE}/patterns/{theirs.pk}/untie").status_code == 404
    assert as_owner.get(f"{HERE}/patterns/{theirs.pk}/people").status_code == 404
    assert Pattern.objects.filter(pk=theirs.pk).exists()


def test_somebody_in_two_accounts_counts_once(access: Access, problem: Problem, events: Events, town: Town) -> None:
    Relation.objects.create(workspace=town.workspace, person=town.nora, account=town.lind, uses=True)
    tie(access, problem, *read(access, "Error shown"))
    assert len(matches(problem)[0].people) == 3
