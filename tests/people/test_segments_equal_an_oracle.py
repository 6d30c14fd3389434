"""Random people, accounts, voices and events: who a rule finds equals what a plain loop over each of them finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine import Events
from wellheard.listen.models import Voice
from wellheard.people.models import Account, Person, Relation, Revenue, Workspace
from wellheard.people.segments.evaluation import of_rule
from wellheard.people.segments.facts import Facts
from wellheard.people.segments.rule import check, decode
from wellheard.people.services.mirror import link_numbers
from wellheard.store import Store

ON = date(2026, 3, 31)
ROLES = ("uses", "buys", "administers", "champions")


@dataclass
class Who:
    """A person or an account as plain data; days are days before ON."""

    traits: dict[str, Any] = field(default_factory=dict)
    voices: list[int] = field(default_factory=list)
    did: list[tuple[str, int, int]] = field(default_factory=list)
    relations: dict[int, set[str]] = field(default_factory=dict)
    cents: int = 0


@dataclass
class World:
    people: list[Who]
    accounts: list[Who]


names = st.sampled_from(["A", "B"])
values = st.sampled_from(["pro", "Free", "3", 3, 12, 12.5, True, False, "", None, ["pro", "x"]])
traits = st.dictionaries(st.sampled_from(["plan", "seats"]), values, max_size=2)
days = st.integers(0, 12)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    accounts = [
        Who(draw(traits), cents=draw(st.sampled_from([0, 0, 4900, 29900]))) for _ in range(draw(st.integers(1, 3)))
    ]
    people = []
    for _ in range(draw(st.integers(1, 6))):
        who = Who(draw(traits))
        for number in draw(st.sets(st.integers(0, len(accounts) - 1), max_size=2)):
            who.relations[number] = draw(st.sets(st.sampled_from(ROLES), max_size=2))
            accounts[number].relations[len(people)] = who.relations[number]
        home = min(who.relations, default=None)
        for day in draw(st.lists(days, max_size=2)):
            who.voices.append(day)
            if home is not None:
                accounts[home].voices.append(day)
        for _ in range(draw(st.integers(0, 4))):
            one = (draw(names), draw(days), draw(st.integers(0, 3)))
            who.did.append(one)
            if home is not None:
                accounts[home].did.append(one)
        people.append(who)
    return World(people, accounts)


hows = st.sampled_from(["is", "is_not", "contains", "one_of", "set", "not_set", "yes", "no", "at_least", "below"])


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    what = draw(st.sampled_from(["trait", "role", "pays", "said", "did", "did", "seen"]))
    found: dict[str, Any] = {"what": what}
    if draw(st.booleans()):
        found["not"] = True
    if what == "trait":
        how = draw(hows)
        found |= {"key": draw(st.sampled_from(["plan", "seats"])), "how": how}
        if how in ("at_least", "below"):
            found["value"] = draw(st.sampled_from([3, "12", 12.5]))
        elif how not in ("set", "not_set", "yes", "no"):
            found["value"] = draw(st.sampled_from(["pro", "free", "3", 12]))
    elif what == "role":
        found["role"] = draw(st.sampled_from(["any", *ROLES]))
    elif what == "pays" and draw(st.booleans()):
        found["at_least"] = draw(st.sampled_from([49, 49.01, 400]))
    elif what == "said":
        found |= draw(st.sampled_from([{}, {"days": 5}, {"times": 2}, {"days": 9, "times": 2}]))
    elif what == "did":
        event = draw(st.sampled_from(["A", "B", "", "A | B", "A[n>1]"]))
        count, times = draw(st.sampled_from(["at_least", "at_most", "exactly"])), draw(st.integers(0, 3))
        found |= {"event": event, "count": count, "times": max(times, 1) if count == "at_least" else times}
        found |= draw(st.sampled_from([{}, {"days": 6}, {"from": "2026-03-24", "to": "2026-03-28"}]))
    elif what == "seen":
        found |= {"which": draw(st.sampled_from(["first", "last"])), "days": draw(st.integers(1, 12))}
    if what in ("trait", "said", "did", "seen") and draw(st.booleans()):
        found["of"] = draw(st.sampled_from(["people", "accounts"]))
    return found


groups = st.fixed_dictionaries(
    {"match": st.sampled_from(["all", "any"]), "of": st.lists(conditions(), min_size=1, max_size=3)}
)
rules = st.fixed_dictionaries(
    {"match": st.sampled_from(["all", "any"]), "of": st.lists(st.one_of(conditions(), groups), min_size=1, max_size=3)}
)


# the oracle: one person or account at a time, nothing shared with the product ------------------------------------


def plain(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value).lower()


def compared(held: Any, how: str, wanted: Any) -> bool:
    gone = held is None or held == ""
    if how in ("set", "not_set"):
        return gone == (how == "not_set")
    if how == "is_not":
        return not compared(held, "is", wanted)
    if isinstance(held, list):
        return any(compared(one, how, wanted) for one in held)
    if gone:
        return False
    if how in ("yes", "no"):
        return plain(held) in ({"true", "yes"} if how == "yes" else {"false", "no"})
    try:
        a, b = (None if isinstance(held, bool) else float(held)), float(wanted)
    except ValueError:
        a = b = None
    if how in ("at_least", "below"):
        return a is not None and b is not None and (a >= b if how == "at_least" else a < b)
    if how == "contains":
        return plain(wanted) in plain(held)
    return a == b if a is not None and b is not None else plain(held) == plain(wanted)


def fits(event: str, one: tuple[str, int, int]) -> bool:
    return event in ("", "A | B") or (event == "A[n>1]" and one[0] == "A" and one[2] > 1) or one[0] == event


def true_of(c: dict[str, Any], who: Who) -> bool:
    what = c["what"]
    if what == "trait":
        return compared(who.traits.get(c["key"]), c["how"], c.get("value"))
    if what == "role":
        return any(c["role"] == "any" or c["role"] in words for words in who.relations.values())
    if what == "pays":
        return who.cents > 0 and who.cents >= c.get("at_least", 0) * 100
    if what == "said":
        return len([d for d in who.voices if d < c.get("days", 99)]) >= c.get("times", 1)
    if what == "did":
        span = range(3, 8) if "from" in c else range(c.get("days", 99))
        n = len([one for one in who.did if one[1] in span and fits(c["event"], one)])
        return {"at_least": n >= c["times"], "at_most": n <= c["times"], "exactly": n == c["times"]}[c["count"]]
    seen = [one[1] for one in who.did]
    return bool(seen) and (max(seen) if c["which"] == "first" else min(seen)) < c["days"]


def holds(c: dict[str, Any], of: str, number: int, world: World) -> bool:
    if "match" in c:
        return (all if c["match"] == "all" else any)(holds(part, of, number, world) for part in c["of"])
    meant = c.get("of") or {"role": "people", "pays": "accounts"}.get(c["what"], of)
    who = getattr(world, of)[number]
    found = true_of(c, who) if meant == of else any(true_of(c, getattr(world, meant)[n]) for n in who.relations)
    return found != c.get("not", False)


def build(world: World, workspace: Workspace, events: Events) -> tuple[list[int], list[int]]:
    zone = {"workspace": workspace}
    accounts = [
        Account.objects.create(external_id=f"a{n}", name=f"a{n}", traits=who.traits, **zone)
        for n, who in enumerate(world.accounts)
    ]
    for account, who in zip(accounts, world.accounts, strict=True):
        if who.cents:
            Revenue.objects.create(account=account, cents=who.cents, currency="EUR", since=date(2026, 1, 1), **zone)
    people, sent = [], []
    for n, who in enumerate(world.people):
        person = Person.objects.create(external_id=f"p{n}", traits=who.traits, **zone)
        people.append(person)
        for number, words in who.relations.items():
            Relation.objects.create(person=person, account=accounts[number], **dict.fromkeys(words, True), **zone)
        home = min(who.relations, default=None)
        for day in who.voices:
            at = datetime(2026, 3, 31, 12, tzinfo=UTC) - timedelta(days=day)
            account = None if home is None else accounts[home]
            Voice.objects.create(text="Hm", author=person, account=account, said_at=at, **zone)
        for name, day, amount in who.did:
            when = f"{ON - timedelta(days=day)} 12:00"
            sent.append(events.track(f"p{n}", name, when, account="" if home is None else f"a{home}", n=amount))
    if sent:
        events.send(*sent)
    link_numbers(workspace, events.reader)
    return [p.pk for p in people], [a.pk for a in accounts]


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    world=worlds(), asked=st.lists(st.tuples(rules, st.sampled_from(["people", "accounts"])), min_size=4, max_size=8)
)
def test_a_rule_finds_whom_a_plain_loop_finds(event_store: Store, world: World, asked: list[Any]) -> None:
    workspace = Workspace.objects.create(slug=f"w{Workspace.objects.count()}", name="W", currency="EUR")
    people, accounts = build(world, workspace, Events(event_store, workspace.pk))
    keys = {"people": people, "accounts": accounts}
    facts = Facts(workspace, ON)
    for raw, of in asked:
        rule = decode(raw)
        check(rule, workspace, of)
        assert decode(rule.plain()) == rule
        found = of_rule(facts, of, rule).keys
        assert found == {pk for n, pk in enumerate(keys[of]) if holds(raw, of, n, world)}, (raw, of)
