"""A workspace says how it earns; its home shows figures that equal what is counted by hand, with their sizes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from scipy.stats import binomtest

from tests.engine import Events
from wellheard.__main__ import run
from wellheard.console.templatetags.words import as_figure
from wellheard.measure.earning import WAYS, Figure, Home, home
from wellheard.measure.earning.intervals import difference, proportion
from wellheard.people.access import Access
from wellheard.people.models import Account, Earns, Income, Person, Relation, Revenue, Workspace
from wellheard.people.queries.money import today
from wellheard.people.services.mirror import link_numbers
from wellheard.people.services.workspaces import Made, create_workspace, say_how_it_earns
from wellheard.store import Store


class Yard:
    """A workspace with events; days are counted back from today."""

    def __init__(self, workspace: Workspace, store: Store) -> None:
        self.workspace, self.events = workspace, Events(store, workspace.pk, workspace.time_zone)
        self.today = today(workspace)

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def account(self, key: str, began: int = 400, cents: int = 0, paid: int | None = None, **traits: Any) -> Account:
        made = Account.objects.create(
            workspace=self.workspace, external_id=key, name=key, since=self.day(began), traits=traits
        )
        if cents:
            since = self.day(began if paid is None else paid)
            Revenue.objects.create(workspace=self.workspace, account=made, cents=cents, currency="EUR", since=since)
        return made

    def person(self, key: str, account: Account | None = None, **roles: bool) -> Person:
        made = Person.objects.create(workspace=self.workspace, external_id=key)
        if account:
            Relation.objects.create(workspace=self.workspace, person=made, account=account, **roles)
        return made

    def did(self, *done: tuple[str, str, str, int]) -> None:
        """(person, event, account, days ago), at noon."""
        self.events.send(*(
            self.events.track(who, event, f"{self.day(ago)} 12:00", account=account, n=i) for i, (who, event, account, ago) in enumerate(done)
        ))  # fmt: skip
        link_numbers(self.workspace, self.events.reader)

    def home(self, way: str) -> dict[str, Figure]:
        return {f.key: f for f in self.whole(way).figures}

    def whole(self, way: str) -> Home:
        self.workspace.earns = way
        found = home(self.events.reader, self.workspace)
        assert found is not None
        return found


@pytest.fixture
def yard(workspace: Workspace, event_store: Store) -> Yard:
    return Yard(workspace, event_store)


def test_seats_paid_for_against_seats_used(yard: Yard) -> None:
    roomy, tight = yard.account("roomy", cents=10_000, seats=10), yard.account("tight", cents=3_000, seats="2")
    yard.account("silent", cents=500)
    yard.account("free", seats=5)
    for n in range(4):
        yard.person(f"r{n}", roomy, uses=True)
    for n in range(3):
        yard.person(f"t{n}", tight, uses=True, buys=n == 0)
    yard.did(*((f"r{n}", "Wrote", "roomy", 3) for n in range(3)), ("r3", "Wrote", "roomy", 40),
             *((f"t{n}", "Wrote", "tight", 28) for n in range(3)), ("t0", "Wrote", "tight", 0))  # fmt: skip
    found = yard.whole("seats")
    figures = {f.key: f for f in found.figures}
    assert figures["seats"].value == 12
    assert "1 more paying accounts do not say" in figures["seats"].note
    assert figures["used"].value == (3 + 2) / 12, "no account counts more people than seats"
    assert figures["unused"].value == 7_000
    assert figures["outgrown"].value == 1
    assert (figures["sides"].value, figures["sides"].note) == (7.0, "7 people use, 1 buy, 1 do both")
    assert [[c.value for c in row] for row in found.tables[0].rows] == [
        ["roomy", 10, 3, 0.3, 10_000, 7_000], ["tight", 2, 3, 1.0, 3_000, 0]]  # fmt: skip
    assert [row[0].value for row in found.tables[1].rows] == ["tight"]


def test_licences_and_who_is_heard_in_schools(yard: Yard) -> None:
    school = yard.account("school", cents=4_000, licences=20)
    for n in range(5):
        yard.person(f"s{n}", school, uses=True)
    yard.person("head", school, buys=True)
    yard.did(("s0", "Solved", "school", 2), ("s1", "Solved", "school", 2))
    figures = yard.home("school")
    assert (figures["used"].value, figures["cost"].value, figures["risk"].value) == (0.1, 2_000, 4_000)
    assert figures["sides"].value == 5
    assert figures["heard"].value == 0


def test_free_to_paid_counts_only_whose_days_are_over(yard: Yard) -> None:
    done = []
    for n in range(60):
        yard.account(f"a{n}", began=200, cents=500 if n < 24 else 0, paid=200 - 10 - n if n < 24 else None)
        done.append((f"p{n}", "Opened", f"a{n}", 198))
        if n < 20 or n == 59:
            done.append((f"p{n}", "Shared", f"a{n}", 190))
        done.append((f"p{n}", "Late", f"a{n}", 150))
    yard.account("late payer", began=300, cents=500, paid=200)
    yard.account("paid at once", began=200, cents=500)
    yard.account("too new", began=89, cents=500, paid=80)
    yard.account("too old", began=456, cents=500, paid=440)
    yard.did(*done)
    found = yard.whole("freemium")
    figures = {f.key: f for f in found.figures}
    conversion = figures["conversion"]
    assert conversion.value == 24 / 61
    ci = binomtest(24, 61).proportion_ci(method="wilson")
    assert (conversion.low, conversion.high) == (pytest.approx(ci.low), pytest.approx(ci.high))
    assert figures["days"].value == 21.5
    assert figures["brought"].value == 25 * 500
    rows = {row[0].value: [c.value for c in row[1:]] for row in found.tables[0].rows}
    assert rows["Shared"][:2] == [20 / 24, 1 / 37]
    assert rows["Opened"][:2] == [1.0, 36 / 37]
    assert "Late" not in rows, "it was not in their first days"
    assert found.series is not None
    assert sum(found.series.sizes) == 61


def test_what_converters_did_needs_enough_of_both(yard: Yard) -> None:
    for n in range(25):
        yard.account(f"a{n}", began=200, cents=500 if n < 5 else 0, paid=150)
    table = yard.whole("freemium").tables[0]
    assert (table.rows, table.empty) == ([], "It needs 20 that paid and 20 that did not; there are 5 and 20.")


def test_attention_for_what_advertisers_pay(yard: Yard) -> None:
    big, small = yard.account("big"), yard.account("small")
    for account, cents, ago in ((big, 9_000, 3), (small, 1_000, 28), (big, 5_000, 30)):
        Income.objects.create(
            workspace=yard.workspace,
            account=account,
            source="advertising",
            day=yard.day(ago),
            cents=cents,
            currency="EUR",
        )
    Income.objects.create(workspace=yard.workspace, source="Ads", day=yard.day(1), cents=2_000, currency="EUR")
    Income.objects.create(workspace=yard.workspace, source="book shop", day=yard.day(1), cents=99_000, currency="EUR")
    yard.events.send(*(
        {"type": "page", "userId": who, "timestamp": f"{yard.day(ago)}T12:00:00Z", "context": {"page": {"path": "/a"}},
         "properties": {"duration": 0}} for who, ago in (("r1", 2), ("r1", 3), ("r2", 2))
    ))  # fmt: skip
    figures = yard.home("audience")
    assert figures["people"].value == 2
    assert figures["income"].value == 12_000
    assert figures["per_thousand"].value == 12_000 / 3 * 1000
    assert figures["largest"].value == 0.9
    assert figures["attention"].value is None
    assert "send time on page" in figures["attention"].note
    rows = [[c.value for c in row] for row in yard.whole("audience").tables[0].rows]
    assert rows == [["big", 9_000, 5_000, 4_000], ["small", 1_000, 0, 1_000]]


def test_income_per_device_over_its_life(yard: Yard) -> None:
    for n in range(12):
        owner = yard.account(f"d{n}", began=430)
        for source, cents, ago in (("device", -5_000, 430), ("games", 2_000, 400), ("games", 1_500, 100)):
            Revenue.objects.create(
                workspace=yard.workspace, account=owner, source=source, cents=cents, currency="EUR", since=yard.day(ago), once=True
            )  # fmt: skip
        if n < 6:
            Revenue.objects.create(
                workspace=yard.workspace, account=owner, cents=300, currency="EUR", since=yard.day(430)
            )
    yard.account("no device", cents=900)
    figures = yard.home("ecosystem")
    assert (figures["devices"].value, figures["sale"].value) == (12, -5_000)
    series = yard.whole("ecosystem").series
    assert series is not None
    assert series.values[0] == -5_000 + 150, "the first month of the club, paid by half of them"
    assert series.values[11] == -5_000 + 2_000 + 1_500 + 12 * 150
    assert figures["year"].value == series.values[11]
    assert figures["back"].value == next(i for i, v in enumerate(series.values, 1) if v is not None and v >= 0)
    assert set(series.sizes) == {12}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_nothing_is_known_yet(yard: Yard, way: str) -> None:
    found = yard.whole(way)
    assert all(as_figure(f) for f in found.figures)
    assert all(f.note or f.value is None for f in found.figures)
    assert json.dumps(found.told())


def test_intervals_equal_published_and_independent_ones() -> None:
    for hits, size in ((0, 5), (3, 17), (81, 263), (40, 40)):
        ci, ours = binomtest(hits, size).proportion_ci(method="wilson"), proportion(hits, size)
        assert (ours.low, ours.high) == (pytest.approx(ci.low), pytest.approx(ci.high))
    gap = difference(56, 70, 48, 80)  # Newcombe 1998, table II, method 10
    assert (round(gap.low or 0, 4), round(gap.high or 0, 4)) == (0.0524, 0.3339)
    assert proportion(0, 0) == (None, None, None)
    assert difference(0, 0, 1, 2) == (None, None, None)


def test_an_owner_says_how_it_earns(yard: Yard, as_owner: Client, as_viewer: Client, made: Made) -> None:
    assert "How do you earn?" in as_viewer.get("/w/acme/measure/earning").content.decode()
    assert as_viewer.post("/w/acme/measure/earning/say", {"earns": "seats"}).status_code == 403
    as_owner.post("/w/acme/measure/earning/say", {"earns": "seats"})
    assert "Seats used" in as_viewer.get("/w/acme/measure/earning").content.decode()
    assert "What matters: seats" in as_viewer.get("/w/acme/").content.decode()
    told = Client(headers={"Authorization": f"Bearer {made.api_token}"}).get("/api/earning").json()
    assert told["figures"]["seats"]["value"] is None
    assert "trait seats" in told["figures"]["seats"]["note"]
    code, out, _ = run(["earning", "--workspace", "acme"])
    assert (code, "Seats used" in out) == (0, True)
    assert run(["workspace", "earns", "none", "--workspace", "acme"])[0] == 0
    code, _, err = run(["earning", "--workspace", "acme"])
    assert (code, "does not say how it earns" in err) == (1, True)


def test_a_way_nobody_knows_is_refused(access: Access) -> None:
    with pytest.raises(ValueError, match="not a way of earning"):
        say_how_it_earns(access, "lottery")
    with pytest.raises(ValueError, match="not a way of earning"):
        create_workspace("other", "Other", earns="lottery")
    assert set(WAYS) == {v for v in Earns.values if v}
