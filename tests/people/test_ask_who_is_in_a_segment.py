"""Who is in a segment: each kind of condition, groups, turned round, people merged in the events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Town
from tests.engine import Events
from wellheard import store as stores
from wellheard.core.clean import midnight
from wellheard.listen.models import Idea, Voice, Vote
from wellheard.listen.services.boards import default_board
from wellheard.people import segments
from wellheard.people.models import Account, Person, Segment
from wellheard.people.queries.money import today
from wellheard.people.segments import BadRule, UnknownSegment
from wellheard.people.segments.evaluation import forget, of_rule
from wellheard.people.segments.facts import Facts
from wellheard.people.segments.rule import check, decode
from wellheard.people.services.mirror import link_numbers, pull
from wellheard.store import Store, StoreError
from wellheard.understand.models import Evidence, Problem

Who = Callable[..., set[str]]
DAY = date(2026, 3, 31)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


@pytest.fixture
def who(town: Town) -> Who:
    """Names of those in a segment of people (or accounts) with this rule."""

    def ask(raw: dict[str, Any], of: Any = "people", on: date = DAY) -> set[str]:
        rule = decode(raw)
        check(rule, town.workspace, of)
        found = of_rule(Facts(town.workspace, on), of, rule)
        model = Person if of == "people" else Account
        return {str(row.external_id) for row in model._default_manager.filter(pk__in=found.keys)}

    return ask


def traits(person: Person | Account, **given: Any) -> None:
    person.traits = given
    person.save()


def test_traits_are_compared_by_what_they_are(town: Town, who: Who) -> None:
    traits(town.ann, plan="Pro", seats="12", beta=True, tags=["a", "b"], signed="2026-02-03T10:00:00Z")
    traits(town.otto, plan="free", seats=3, beta="no", signed=1767225600)  # 1 January 2026
    traits(town.nora, plan="Pro", seats=12.5)

    def trait(key: str, how: str, value: Any = "") -> set[str]:
        return who({"what": "trait", "key": key, "how": how, "value": value})

    assert trait("plan", "is", "pro") == {"ann", "nora"}
    assert trait("plan", "is_not", "pro") == {"otto", "tim"}
    assert trait("plan", "contains", "RE") == {"otto"}
    assert trait("plan", "one_of", ["pro", "free"]) == {"ann", "otto", "nora"}
    assert trait("plan", "one_of", "team, free") == {"otto"}
    assert trait("seats", "is", 12) == trait("seats", "is", "12.0") == {"ann"}
    assert trait("seats", "above", 3) == {"ann", "nora"}
    assert trait("seats", "at_least", "3") == {"ann", "otto", "nora"}
    assert trait("seats", "below", 12.5) == {"ann", "otto"}
    assert trait("seats", "at_most", 3) == {"otto"}
    assert trait("beta", "yes") == {"ann"}
    assert trait("beta", "no") == {"otto"}
    assert trait("tags", "is", "b") == trait("tags", "contains", "B") == {"ann"}
    assert trait("signed", "after", "2026-02-02") == {"ann"}
    assert trait("signed", "before", "2026-02-03") == {"otto"}
    assert trait("seats", "set") == {"ann", "otto", "nora"}
    assert trait("seats", "not_set") == {"tim"}


def test_what_is_known_of_everybody(town: Town, who: Who) -> None:
    Person.objects.filter(pk=town.tim.pk).update(email="tim@tea.example", language="da")
    assert who({"what": "person", "field": "language", "value": "DA"}) == {"tim"}
    assert who({"what": "person", "field": "email_domain", "value": "shop.example"}) == {"ann", "otto", "nora"}
    assert who({"what": "person", "field": "name", "how": "contains", "value": "both"}) == {"nora"}
    Account.objects.filter(pk=town.fjord.pk).update(owner="Kim", since=date(2025, 5, 1))
    assert who({"what": "account", "field": "owner", "value": "kim"}, "accounts") == {"fjord"}
    assert who({"what": "account", "field": "since", "how": "before", "value": "2025-06-01"}, "accounts") == {"fjord"}
    assert who({"what": "account", "field": "state", "value": "trial"}, "accounts") == {"free"}
    assert who({"what": "account", "field": "plan", "how": "one_of", "value": ["growth", "scale"]}, "accounts") == {
        "lind",
        "fjord",
    }


def test_people_by_their_accounts_and_accounts_by_their_people(town: Town, who: Who) -> None:
    assert who({"what": "role", "role": "buys"}) == {"otto", "nora"}
    assert who({"what": "role", "role": "uses"}) == {"ann", "nora", "tim"}
    assert who({"what": "role", "role": "buys"}, "accounts") == {"lind", "fjord"}
    assert who({"what": "account", "field": "plan", "value": "growth"}) == {"ann", "otto"}
    assert who({"what": "account", "field": "plan", "value": "growth", "not": True}) == {"nora", "tim"}
    traits(town.lind, size=40)
    assert who({"what": "trait", "of": "accounts", "key": "size", "how": "above", "value": 10}) == {"ann", "otto"}
    traits(town.ann, beta="yes")
    assert who({"what": "trait", "of": "people", "key": "beta", "how": "yes"}, "accounts") == {"lind"}


def test_money_is_read_as_of_the_day(town: Town, who: Who) -> None:
    assert who({"what": "pays"}, "accounts") == {"lind", "fjord"}
    assert who({"what": "pays"}) == {"ann", "otto", "nora"}
    assert who({"what": "pays", "at_least": 49.01}, "accounts") == {"fjord"}
    assert who({"what": "pays", "at_most": 49}, "accounts") == {"lind"}
    assert who({"what": "pays"}, "accounts", date(2025, 12, 31)) == set()
    town.lind.revenue.update(until=date(2026, 3, 1))
    assert who({"what": "pays"}, "accounts") == {"fjord"}
    assert who({"what": "churned"}, "accounts") == {"lind"}
    assert who({"what": "churned", "days": 31}, "accounts") == {"lind"}
    assert who({"what": "churned", "days": 30}, "accounts") == set()
    assert who({"what": "churned", "not": True}) == {"nora", "tim"}


def say(town: Town, person: Person | None, days_ago: int, account: Account | None = None, **more: Any) -> Voice:
    at = midnight(DAY, town.workspace.time_zone) + timedelta(hours=12) - timedelta(days=days_ago)
    return Voice.objects.create(
        workspace=town.workspace, text=more.pop("text", "Hm."), author=person, account=account, said_at=at, **more
    )


def test_what_was_said(town: Town, who: Who) -> None:
    exports = Problem.objects.create(workspace=town.workspace, name="Exports hang")
    first = say(town, town.ann, 40, town.lind, channel="email", text="Exports hang")
    say(town, town.ann, 2, town.lind, channel="chat", kind="bug")
    say(town, town.nora, 30, town.fjord, channel="email")
    Evidence.objects.create(problem=exports, voice=first)
    assert who({"what": "said"}) == {"ann", "nora"}
    assert who({"what": "said", "not": True}) == {"otto", "tim"}
    assert who({"what": "said", "days": 30}) == {"ann"}
    assert who({"what": "said", "days": 31}) == {"ann", "nora"}
    assert who({"what": "said", "times": 2}) == {"ann"}
    assert who({"what": "said", "channel": "email"}) == {"ann", "nora"}
    assert who({"what": "said", "kind": "bug"}, "accounts") == {"lind"}
    assert who({"what": "said", "text": "exports"}) == {"ann"}
    assert who({"what": "problem", "problem": exports.pk}) == {"ann"}
    assert who({"what": "problem", "problem": exports.pk, "days": 30}) == set()
    assert who({"what": "problem", "problem": exports.pk}, "accounts") == {"lind"}
    other = Problem.objects.create(workspace=town.workspace, name="Slow")
    Evidence.objects.create(problem=other, voice=first)
    assert who({"what": "problem", "times": 2}) == set(), "one voice on two problems is one voice"
    idea = Idea.objects.create(
        workspace=town.workspace, board=default_board(town.workspace), voice=first, title="Stream them"
    )
    Vote.objects.create(idea=idea, person=town.tim)
    assert who({"what": "voted", "idea": idea.pk}, on=today(town.workspace)) == {"tim"}
    assert who({"what": "voted"}, "accounts", today(town.workspace)) == {"free"}


@pytest.fixture
def done(town: Town, event_store: Store) -> Events:
    """Ann exported thrice in March, once under an id of before; Nora once in January; Tim opened something."""
    events = Events(event_store, town.workspace.pk)
    events.send(
        events.track("ann", "Exported", "2026-03-02 10:00", account="lind", format="pdf", rows=500),
        events.track("ann", "Exported", "2026-03-20 10:00", account="lind", format="csv", rows="90"),
        events.track("nora", "Exported", "2026-01-05 10:00", account="fjord", format="pdf", rows=20),
        events.track("tim", "Opened", "2026-03-31 10:00", account="free"),
        {"type": "track", "anonymousId": "a1", "event": "Exported", "timestamp": "2026-03-21T10:00:00Z",
         "context": {"groupId": "lind"}, "properties": {"format": "pdf"}},
        {"type": "alias", "previousId": "a1", "userId": "ann", "timestamp": "2026-03-22T10:00:00Z"},
    )  # fmt: skip
    link_numbers(town.workspace, event_store.reader)
    pull(town.workspace, event_store.reader)
    return events


def test_what_was_done(who: Who, done: Events) -> None:
    def did(**more: Any) -> set[str]:
        return who({"what": "did", "event": "Exported", **more})

    assert did() == {"ann", "nora"}
    assert did(**{"not": True}) == {"otto", "tim"}
    assert did(count="at_most", times=0) == {"otto", "tim"}
    assert did(times=3) == {"ann"}, "what was done before signing in counts with it"
    assert did(count="exactly", times=1) == {"nora"}
    assert did(count="at_most", times=1) == {"nora", "otto", "tim"}
    assert did(days=30) == {"ann"}
    assert did(days=11, times=2) == set()
    assert did(days=12, times=2) == {"ann"}
    assert did(**{"from": "2026-01-05", "to": "2026-01-05"}) == {"nora"}
    assert did(**{"from": "2026-01-06", "to": "2026-03-01"}) == set()
    assert who({"what": "did"}) == {"ann", "nora", "tim"}
    assert who({"what": "did", "event": "Exported[format=pdf]"}) == {"ann", "nora"}
    assert who({"what": "did", "event": "Exported[rows>80; rows<100]"}) == {"ann"}
    assert who({"what": "did", "event": "Exported | Opened", "days": 1}) == {"tim"}
    assert who({"what": "did", "event": "Exported", "times": 3}, "accounts") == {"lind"}
    assert who({"what": "seen", "which": "first", "days": 31}) == {"ann", "tim"}
    assert who({"what": "seen", "which": "last", "days": 1}) == {"tim"}
    assert who({"what": "seen", "which": "last", "days": 12}, "accounts") == {"lind", "free"}


def test_a_segment_knows_its_numbers_in_the_events(town: Town, done: Events) -> None:
    everybody = Segment.objects.create(
        workspace=town.workspace, name="Everybody", of="people", rule={"what": "role", "role": "any"}
    )
    found = segments.members(everybody)
    assert found.of == "people"
    assert found.keys == {p.pk for p in (town.ann, town.otto, town.nora, town.tim)}
    assert found.numbers.tolist() == sorted(done.number(p) for p in ("ann", "nora", "tim")), "Otto did nothing"


def test_without_events_it_says_so(town: Town, who: Who, event_store: Store) -> None:
    stores.use(None)
    try:
        with pytest.raises(StoreError):
            who({"what": "did", "event": "Exported"})
    finally:
        stores.use(event_store)


def test_all_any_and_turned_round(town: Town, who: Who) -> None:
    buys, uses = {"what": "role", "role": "buys"}, {"what": "role", "role": "uses"}
    pays = {"what": "pays"}
    assert who({"match": "all", "of": [buys, uses]}) == {"nora"}
    assert who({"match": "any", "of": [buys, uses]}) == {"ann", "otto", "nora", "tim"}
    assert who({"match": "all", "of": [pays, {"match": "any", "of": [buys, {**uses, "not": True}]}]}) == {
        "otto",
        "nora",
    }
    assert who({"match": "any", "of": [{**pays, "not": True}, {"match": "all", "of": [buys, uses]}]}) == {"tim", "nora"}


def test_segments_of_segments_but_no_circle(town: Town, who: Who) -> None:
    make = Segment.objects.create
    paying = make(workspace=town.workspace, name="Paying", of="accounts", rule={"what": "pays", "at_least": 100})
    chosen = make(workspace=town.workspace, name="Chosen", of="people", live=False)
    chosen.listed.create(person=town.tim)
    assert who({"what": "segment", "segment": paying.pk}, "accounts") == {"fjord"}
    assert who({"what": "segment", "segment": paying.pk}) == {"nora"}
    assert who({"what": "segment", "segment": chosen.pk}, "accounts") == {"free"}
    Segment.objects.filter(pk=paying.pk).update(rule={"what": "segment", "segment": paying.pk})
    with pytest.raises(BadRule, match="circle"):
        who({"what": "segment", "segment": paying.pk})


def test_found_by_name_and_by_number(town: Town, access: Any) -> None:
    made = Segment.objects.create(workspace=town.workspace, name="Übernutzer", of="people", rule={"what": "pays"})
    assert segments.find(town.workspace, "üBERNUTZER ") == segments.find(town.workspace, made.pk) == made
    assert segments.names(town.workspace) == ["Übernutzer"]
    with pytest.raises(UnknownSegment, match="Known: Übernutzer"):
        segments.find(town.workspace, "nobody")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "The rule is written as"),
        ([], "The rule is written as"),
        ({"match": "all", "of": []}, "at least one condition"),
        ({"match": "some", "of": [{"what": "pays"}]}, "all or any"),
        ({"match": "all", "of": [{"what": "pays"}, {"what": "weighs"}]}, r"Condition 2: 'weighs' is no kind"),
        ({"match": "all", "of": [{"what": "pays", "least": 3}]}, r"Condition 1 \(Pays\).*least"),
        ({"match": "all", "of": [{"what": "said", "days": "30"}]}, r"Condition 1 \(Spoke\).*days"),
        ({"match": "all", "of": [{"match": "any", "of": [{"match": "any", "of": [{"what": "pays"}]}]}]}, "Group 1.1"),
        ({"what": "trait", "key": "seats", "how": "above", "value": "many"}, r"Condition 1 \(A trait\).*number"),
        ({"what": "trait", "key": "since", "how": "before", "value": "soon"}, "needs a date"),
        ({"what": "trait", "key": "x", "how": "is"}, "Say what it is"),
        ({"what": "account", "field": "state", "value": "happy"}, "not a state"),
        ({"what": "pays", "at_least": 9, "at_most": 3}, "nobody could fulfil both"),
        ({"what": "said", "channel": "pigeon"}, "no channel"),
        ({"what": "problem", "problem": 999999}, "no problem with the number"),
        ({"what": "segment", "segment": 999999}, "no segment with the number"),
        ({"what": "did", "event": "Exported[", "days": 3}, "cannot read"),
        ({"what": "did", "event": "E", "days": 0}, "between 1 and"),
        ({"what": "did", "event": "E", "days": 3, "from": "2026-01-01"}, "Say either"),
        ({"what": "did", "event": "E", "times": 0}, "everybody"),
        ({"what": "role", "of": "accounts"}, "can be asked of people only"),
        ({"what": "trait", "key": "a\x00", "how": "set"}, "NUL"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_asked_names_the_condition(who: Who, rule: Any, words: str) -> None:
    with pytest.raises(BadRule, match=words):
        who(rule)


def test_another_workspaces_people_are_never_in_it(town: Town, who: Who) -> None:
    from wellheard.people.services.workspaces import create_workspace

    rival = create_workspace("rival", "Rival").workspace
    Person.objects.create(workspace=rival, external_id="spy", language="en")
    foreign = Segment.objects.create(workspace=rival, name="Spies", of="people", rule={"what": "said", "not": True})
    assert "spy" not in who({"what": "person", "field": "language", "value": "en"})
    with pytest.raises(BadRule, match="no segment"):
        who({"what": "segment", "segment": foreign.pk})


def test_dates_are_the_workspaces_own(town: Town, who: Who) -> None:
    """Late in the evening of UTC it is the next day in Berlin."""
    Voice.objects.create(
        workspace=town.workspace, text="Late", author=town.tim, said_at=datetime(2026, 3, 30, 22, 30, tzinfo=UTC)
    )
    assert who({"what": "said", "days": 1}) == {"tim"}
    assert who({"what": "said", "days": 1}, on=date(2026, 3, 30)) == set()
