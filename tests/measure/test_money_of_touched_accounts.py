"""T38: what touched accounts pay, counted once each, in the workspace's currency, as of then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.measure.test_ledger_page import bet as bet  # a fixture
from wellheard.decide.models import Bet
from wellheard.measure.described import money_of
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Rate, Relation, Revenue
from wellheard.people.services.merges import merge


@pytest.fixture
def asked(access: Access, bet: Bet) -> list[Person]:
    """Twelve people of twelve accounts that pay 100.00 a month each since long ago; everybody else paid nothing."""
    Revenue.objects.all().delete()
    people, since = [], date.today() - timedelta(weeks=60)
    for i in range(12):
        account = Account.objects.create(workspace=access.workspace, name=f"Payer {i}", external_id=f"pay{i}")
        person = Person.objects.create(workspace=access.workspace, name=f"P{i}", external_id=f"pp{i}", number=1000 + i)
        Relation.objects.create(workspace=access.workspace, person=person, account=account, uses=True)
        pays(account, 10_000, since)
        people.append(person)
    return people


def pays(account: Account, cents: int, since: date, until: date | None = None, currency: str = "EUR") -> Revenue:
    row = Revenue(
        workspace=account.workspace,
        account=account,
        cents=cents,
        currency=currency,
        ref=account.name,
        since=since,
        until=until,
    )
    row.save()
    return row


def account_of(person: Person) -> Account:
    return Account.objects.get(relations__person=person)


def told(bet: Bet, people: list[Person]) -> dict[str, Any]:
    found = money_of(bet, {"askers": [p.number or 0 for p in people], "mirror": []})["groups"]["askers"]
    return dict(found)


def test_T38_an_account_that_churned_counts_until_it_did(bet: Bet, asked: list[Person]) -> None:
    assert bet.shipped_on is not None
    Revenue.objects.filter(account=account_of(asked[0])).update(until=bet.shipped_on + timedelta(weeks=2))
    Revenue.objects.filter(account=account_of(asked[1])).update(until=bet.shipped_on - timedelta(days=1))
    found = told(bet, asked)
    assert (found["before"], found["after"], found["lost"]) == (110_000, 100_000, 10_000)


def test_T38_what_came_after_the_weeks_compared_changes_nothing(bet: Bet, asked: list[Person]) -> None:
    before = told(bet, asked)
    pays(account_of(asked[0]), 99_000, date.today() - timedelta(days=1))
    assert told(bet, asked) == before


def test_T38_other_currencies_count_at_the_rate_of_their_day_and_without_one_not_at_all(
    access: Access, bet: Bet, asked: list[Person]
) -> None:
    since = date.today() - timedelta(weeks=50)
    Rate.objects.create(workspace=access.workspace, base="USD", quote="EUR", day=since, value="0.8")
    pays(account_of(asked[0]), 5_000, since, currency="USD")
    pays(account_of(asked[1]), 7_000, since, currency="CHF")
    assert told(bet, asked)["before"] == 120_000 + 4_000


def test_T38_a_person_in_two_accounts_and_two_people_in_one_count_each_account_once(
    access: Access, bet: Bet, asked: list[Person]
) -> None:
    other = Account.objects.create(workspace=access.workspace, name="Second", external_id="pay-second")
    pays(other, 2_500, date.today() - timedelta(weeks=60))
    for person in asked[:2]:
        Relation.objects.create(workspace=access.workspace, person=person, account=other, uses=True)
    found = told(bet, asked)
    assert (found["accounts"], found["before"]) == (13, 122_500)


def test_T38_accounts_that_turn_out_to_be_one_are_one(access: Access, bet: Bet, asked: list[Person]) -> None:
    merge(access, account_of(asked[0]), account_of(asked[1]))
    found = told(bet, asked)
    assert (found["accounts"], found["before"]) == (11, 120_000)
