"""From voices, releases and events to a line in the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from tests.engine import Events
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet
from wellheard.listen.models import Voice
from wellheard.measure.errors import NotYet
from wellheard.measure.ledger import due_on, panel
from wellheard.measure.models import Outcome
from wellheard.measure.queries import ledger
from wellheard.measure.services import measure_bet, measure_due
from wellheard.measure.weeks import monday
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.store import Store, message_hash
from wellheard.store.rows import EVENT, Envelope, Row
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

SHIPPED = monday(date.today()) - timedelta(weeks=8)
FIRST = SHIPPED - timedelta(weeks=24)
PEOPLE = 420


class Product:
    """Made-up people: 60 asked for this, 150 for something else, the rest for nothing. After the release those who
    asked do `lift` times as much."""

    def __init__(self, access: Access, store: Store, lift: float) -> None:
        self.access, self.store = access, store
        workspace = access.workspace
        chance = np.random.default_rng(5)
        rate = chance.gamma(6, 1.2, PEOPLE)
        people = Person.objects.bulk_create(
            [
                Person(workspace=workspace, external_id=f"u{workspace.pk}-{i}", email=f"u{i}@x.example")
                for i in range(PEOPLE)
            ]
        )
        rows = []
        for i in range(PEOPLE):
            for week in range(24 + 8):
                mean = rate[i] * (lift if i < 60 and week > 24 else 1)
                for n in range(chance.poisson(mean)):
                    at = datetime.combine(FIRST + timedelta(weeks=week, days=n % 5), datetime.min.time(), UTC)
                    moment = int((at + timedelta(hours=9, minutes=n)).timestamp() * 1000)
                    key = message_hash("t", f"{workspace.pk}-{i}-{week}-{n}")
                    rows.append(
                        Row(EVENT, key, moment, user=f"u{workspace.pk}-{i}", account=f"a{i % 90}", name="Report Opened")
                    )
        now = int(datetime.now(UTC).timestamp() * 1000)
        store.append(Envelope(workspace.pk, workspace.time_zone, "t", now, rows))
        store.flush()
        numbers = store.reader.numbers(workspace.pk, "person", [str(p.external_id) for p in people])
        for person in people:
            person.number = numbers.get(str(person.external_id))
        Person.objects.bulk_update(people, ["number"])
        self.people = people
        self.problem = self._problem("Stores show different days", range(60))
        self.other = self._problem("No invoice per location", range(60, 210))
        terms = Terms("One clock", "Report Opened", Decimal(30), Decimal(10))
        self.bet = create_bet(access, [self.problem], terms)
        release = draft_release(access, "One clock", "", [self.bet], shipped_on=SHIPPED + timedelta(days=2))
        publish_release(access, release)
        self.bet = Bet.objects.select_related("workspace").get(pk=self.bet.pk)

    def _problem(self, name: str, authors: range) -> Problem:
        voices = Voice.objects.bulk_create(
            [
                Voice(
                    workspace=self.access.workspace,
                    text=f"{name}, says {i}",
                    author=self.people[i],
                    said_at=datetime.combine(SHIPPED - timedelta(days=4 + 7 * (i % 8)), datetime.min.time(), UTC),
                )
                for i in authors
            ]
        )
        return create_problem(self.access, name, voices=[v.pk for v in voices])


@pytest.fixture
def engine(event_store: Store) -> Store:
    return event_store


def test_a_clear_help_is_found_and_stands_in_the_ledger(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=1.6)
    outcome = measure_bet(product.bet, engine)
    assert outcome.word == "likely helped"
    assert outcome.level == 2
    assert outcome.low is not None
    assert outcome.high is not None
    assert outcome.low < 0.6 < outcome.high
    assert outcome.asked == 60
    assert 140 <= outcome.compared <= 150
    (line,) = ledger(access.workspace)
    assert line.as_dict()["verdict"] == "likely helped"
    behind = set(outcome.pieces["people"]["askers"])
    assert behind == {p.number for p in product.people[:60]}
    assert len(outcome.pieces["series"]["asked"]) == len(outcome.pieces["series"]["mirror"])


def test_no_effect_is_not_called_likely(access: Access, engine: Store) -> None:
    outcome = measure_bet(Product(access, engine, lift=1.0).bet, engine)
    assert outcome.word in ("not shown", "moved together")


def test_wanting_less_of_something_turns_help_into_hurt(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=1.6)
    Bet.objects.filter(pk=product.bet.pk).update(direction="down")
    product.bet.refresh_from_db()
    assert measure_bet(product.bet, engine).word == "likely hurt"


def test_whose_other_wish_shipped_is_not_in_the_mirror(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=1.0)
    terms = Terms("Invoices", "Invoice Sent", Decimal(30), Decimal(10))
    other = create_bet(access, [product.other], terms)
    publish_release(access, draft_release(access, "Invoices", "", [other], shipped_on=SHIPPED + timedelta(days=9)))
    found = panel(product.bet, engine)
    assert int((found.asked_elsewhere_week >= 0).sum()) == 0
    assert int((found.asked_week >= 0).sum()) == 60
    outcome = measure_bet(product.bet, engine)
    assert outcome.level <= 1
    assert outcome.pieces["reasons"]


def test_few_askers_give_no_verdict(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=3.0)
    product.problem.evidence.filter(voice__author__in=product.people[20:]).delete()
    assert measure_bet(product.bet, engine).word == "too few to say"


def test_a_verdict_is_refused_before_its_weeks_are_over(access: Access, engine: Store, events: Events) -> None:
    problem = create_problem(access, "Anything")
    bet = create_bet(access, [problem], Terms("Soon", "X", Decimal(10), Decimal(5)))
    with pytest.raises(NotYet, match="not shipped"):
        measure_bet(bet, engine)
    publish_release(access, draft_release(access, "Soon", "", [bet]))
    bet = Bet.objects.select_related("workspace").get(pk=bet.pk)
    due = due_on(bet)
    assert due is not None
    assert due > date.today()
    with pytest.raises(NotYet, match="due on"):
        measure_bet(bet, engine)
    assert measure_due(engine) == 0


def test_due_bets_are_judged_by_the_clock_and_again_after_a_week(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=1.0)
    assert measure_due(engine) == 1
    assert measure_due(engine) == 0
    Outcome.objects.update(measured_at=timezone.now() - timedelta(days=8))
    assert measure_due(engine) == 1
    assert product.bet.outcomes.count() == 2


def test_nobody_did_the_metric_at_all(access: Access, engine: Store) -> None:
    product = Product(access, engine, lift=1.0)
    Bet.objects.filter(pk=product.bet.pk).update(metric="Never Happened")
    product.bet.refresh_from_db()
    assert measure_bet(product.bet, engine).word == "too few to say"
