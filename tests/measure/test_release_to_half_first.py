"""Half of those who asked get it first, drawn by lot and with their knowledge; the halves are compared, then everybody gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from click.testing import CliRunner
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.console.test_api import Api
from wellheard.commands.staged import staged as commands
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet, start_bet
from wellheard.listen.models import Voice
from wellheard.measure.errors import NotYet
from wellheard.measure.models import Drawn, Staging
from wellheard.measure.services import measure_bet, measure_due
from wellheard.measure.staged import services
from wellheard.measure.staged.drawing import halves, units_of
from wellheard.measure.staged.judging import Halves, judge_halves, smallest_shown
from wellheard.measure.staged.queries import before, standing
from wellheard.measure.staged.services import Offer, draw, prepare_opening
from wellheard.measure.weeks import monday
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Relation, Role
from wellheard.people.queries.money import today
from wellheard.people.services import workspaces
from wellheard.store import Store, message_hash
from wellheard.store.rows import EVENT, Envelope, Row
from wellheard.tell.models import Notice, Release
from wellheard.tell.services.releases import publish_release
from wellheard.understand.services.problems import create_problem

PEOPLE, ACCOUNTS, HISTORY, AFTER = 160, 80, 14, 6


@pytest.fixture(autouse=True)
def same_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lot is fair, not kind: one in twenty would show what is not there. Tests that read a verdict draw the same each time,
    whatever numbers the people have; the lot itself is tested below."""
    monkeypatch.setattr(services, "halves", lambda units, seed: set(sorted(set(units))[::2]))


@pytest.fixture
def bet(access: Access) -> Bet:
    """160 people of 80 accounts asked; two have no address."""
    workspace = access.workspace
    people = Person.objects.bulk_create(
        [
            Person(
                workspace=workspace,
                external_id=f"s{i}",
                name=f"Person {i}",
                email=f"s{i}@x.example" if i < PEOPLE - 2 else None,
            )
            for i in range(PEOPLE)
        ]
    )
    accounts = Account.objects.bulk_create(
        [Account(workspace=workspace, external_id=f"sa{i}", name=f"Account {i}") for i in range(ACCOUNTS)]
    )
    Relation.objects.bulk_create(
        [Relation(workspace=workspace, person=p, account=accounts[i // 2], uses=True) for i, p in enumerate(people)]
    )
    said = timezone.now() - timedelta(weeks=9)
    voices = Voice.objects.bulk_create(
        [
            Voice(workspace=workspace, text=f"Days differ, says {i}", author=p, said_at=said)
            for i, p in enumerate(people)
        ]
    )
    problem = create_problem(access, "Days differ", voices=[v.pk for v in voices])
    made = create_bet(access, [problem], Terms("One clock", "Report Opened", Decimal(30), Decimal(10)))
    start_bet(access, made)
    return Bet.objects.select_related("workspace").get(pk=made.pk)


def lived(access: Access, store: Store, staging: Staging, lift: float) -> None:
    """The draw was published some weeks ago; since then the first half do `lift` times as much."""
    shipped = monday(today(access.workspace)) - timedelta(weeks=AFTER)
    Release.objects.filter(pk=staging.first_id).update(shipped_on=shipped + timedelta(days=1))
    chance = np.random.default_rng(5)
    lucky = set(staging.drawn.filter(first=True).values_list("person", flat=True))  # type: ignore[attr-defined]
    rows = []
    for person in Person.objects.filter(workspace=access.workspace).order_by("pk"):
        rate = chance.gamma(6, 1.0)
        for week in range(-HISTORY, AFTER):
            mean = rate * (lift if week > 0 and person.pk in lucky else 1)
            for n in range(chance.poisson(mean)):
                at = datetime.combine(shipped + timedelta(weeks=week, days=n % 5), datetime.min.time(), UTC)
                moment = int((at + timedelta(hours=9, minutes=n)).timestamp() * 1000)
                key = message_hash("s", f"{access.workspace.pk}-{person.pk}-{week}-{n}")
                rows.append(Row(EVENT, key, moment, user=str(person.external_id), name="Report Opened"))
    store.append(
        Envelope(access.workspace.pk, access.workspace.time_zone, "s", int(timezone.now().timestamp() * 1000), rows)
    )
    store.flush()
    people = list(Person.objects.filter(workspace=access.workspace))
    numbers = store.reader.numbers(access.workspace.pk, "person", [str(p.external_id) for p in people])
    for person in people:
        person.number = numbers.get(str(person.external_id))
    Person.objects.bulk_update(people, ["number"])


def test_half_of_them_are_told_first_the_others_when_they_get_it(access: Access, bet: Bet) -> None:
    made = draw(access, bet, Offer("One clock for all stores", "We changed it."))
    found = standing(bet)
    assert found is not None
    assert (sorted(found.people), sorted(found.units), found.state) == ([78, 80], [39, 40], "drawn")
    for unit in set(made.drawn.values_list("unit", flat=True)):  # type: ignore[attr-defined]
        assert len(set(made.drawn.filter(unit=unit).values_list("first", flat=True))) == 1, "colleagues go together"  # type: ignore[attr-defined]
    assert "drawn by lot" in made.first.body
    assert "Report Opened" not in made.first.body, "our names of events are not for them"
    assert not mail.outbox
    publish_release(access, made.first)
    background.run_all()
    lucky = set(made.drawn.filter(first=True).values_list("person__email", flat=True))  # type: ignore[attr-defined]
    assert {m.to[0].split("<")[1].rstrip(">") for m in mail.outbox} == lucky
    assert "You are among the first." in mail.outbox[0].body
    with pytest.raises(ValueError, match="Say why everybody gets it earlier"):
        prepare_opening(access, made)
    mail.outbox.clear()
    publish_release(access, prepare_opening(access, made, "One clock for everybody", reason="It breaks nothing."))
    background.run_all()
    waited = set(made.drawn.filter(first=False).values_list("person__email", flat=True))  # type: ignore[attr-defined]
    assert {m.to[0].split("<")[1].rstrip(">") for m in mail.outbox} == waited, "nobody hears twice"
    assert Notice.objects.filter(release__title="One clock for everybody").count() == len(waited) + 2
    assert [e.verb for e in Entry.objects.filter(thing="staging").order_by("pk")] == ["staging.drawn", "staging.opened"]


@pytest.mark.parametrize(("lift", "word"), [(1.5, "helped"), (0.6, "hurt"), (1.0, "not shown")])
@pytest.mark.parametrize("unit", ["account", "person"])
def test_the_halves_say_whether_it_helped(
    access: Access, bet: Bet, event_store: Store, lift: float, word: str, unit: str
) -> None:
    made = draw(access, bet, Offer("One clock", unit=unit))
    publish_release(access, made.first)
    lived(access, event_store, made, lift)
    outcome = measure_bet(bet, event_store)
    assert (outcome.word, outcome.level) == (word, 3)
    assert outcome.low is not None
    assert outcome.high is not None
    assert outcome.low < lift - 1 < outcome.high
    if word == "not shown":
        assert outcome.low < 0 < outcome.high
    assert outcome.pieces["staged"]["people"] == [outcome.compared, outcome.asked]
    assert 150 <= outcome.asked + outcome.compared <= 158
    assert len(outcome.pieces["series"]["first"]) == 12 + 1 + 5
    assert measure_due(event_store) == 0, "it was measured just now"


def test_who_does_not_want_to_be_compared_is_counted_nowhere(access: Access, bet: Bet, event_store: Store) -> None:
    made = draw(access, bet, Offer("One clock", unit="person"))
    publish_release(access, made.first)
    lived(access, event_store, made, 1.5)
    someone = Drawn.objects.filter(staging=made, first=True).first()
    assert someone is not None
    services.leave_out(access, someone)
    services.leave_out(access, someone)
    outcome = measure_bet(bet, event_store)
    assert outcome.pieces["staged"]["left_out"] == 1
    assert someone.person.number not in outcome.pieces["people"]["first"]
    assert Entry.objects.filter(verb="staging.left_out").count() == 1


def test_opened_early_only_the_weeks_in_which_half_waited_count(access: Access, bet: Bet, event_store: Store) -> None:
    made = draw(access, bet, Offer("One clock"))
    publish_release(access, made.first)
    lived(access, event_store, made, 1.5)
    opening = prepare_opening(access, made, reason="Sales promised it.")
    Release.objects.filter(pk=opening.pk).update(shipped_on=monday(today(access.workspace)) - timedelta(weeks=3))
    opening.refresh_from_db()
    publish_release(access, opening)
    outcome = measure_bet(bet, event_store)
    assert outcome.pieces["staged"]["weeks"] == 2
    assert any("Sales promised it." in r for r in outcome.pieces["reasons"])


def test_nothing_is_said_before_its_weeks_are_over(access: Access, bet: Bet, event_store: Store) -> None:
    made = draw(access, bet, Offer("One clock"))
    publish_release(access, made.first)
    with pytest.raises(NotYet, match="the others wait: the verdict is due on"):
        measure_bet(bet, event_store)


def test_before_the_draw_the_page_says_what_it_could_show(access: Access, bet: Bet, event_store: Store) -> None:
    found = before(bet, event_store)
    assert (found.asked, found.can_be_told) == (160, 158)
    assert [(c.unit, c.units, c.enough, c.shown) for c in found.choices] == [
        ("person", 158, True, None), ("account", 79, True, None),
    ]  # fmt: skip


def test_a_draw_can_be_called_off_until_somebody_was_told(access: Access, bet: Bet) -> None:
    made = draw(access, bet, Offer("One clock"))
    services.call_off(access, made)
    assert standing(bet) is None
    assert not Release.objects.filter(bets=bet).exists()
    again = draw(access, bet, Offer("One clock"))
    publish_release(access, again.first)
    with pytest.raises(ValueError, match="has been told"):
        services.call_off(access, again)


def test_what_cannot_be_drawn_is_refused(access: Access, bet: Bet) -> None:
    with pytest.raises(ValueError, match="title"):
        draw(access, bet, Offer(" "))
    with pytest.raises(ValueError, match="each person, or whole accounts"):
        draw(access, bet, Offer("One clock", unit="planet"))
    with pytest.raises(ValueError, match="2 to 26 weeks"):
        draw(access, bet, Offer("One clock", weeks=1))
    draw(access, bet, Offer("One clock"))
    with pytest.raises(ValueError, match="drawn already"):
        draw(access, bet, Offer("One clock"))
    other = create_bet(access, list(bet.problems.all()), Terms("Other", "Report Opened", Decimal(30), Decimal(10)))
    with pytest.raises(ValueError, match="Start work on the bet first"):
        draw(access, other, Offer("One clock"))
    Person.objects.filter(workspace=access.workspace).update(email=None)
    start_bet(access, other)
    with pytest.raises(
        ValueError, match="Only 0 people in 0 accounts asked and can be told; a verdict on two halves needs 60 people"
    ):
        draw(access, other, Offer("One clock"))


def test_a_viewer_draws_nothing(access: Access, bet: Bet) -> None:
    with pytest.raises(PermissionDenied):
        draw(replace(access, role=Role.CONTRIBUTOR), bet, Offer("One clock"))


@given(st.lists(st.integers(1, 10_000), unique=True, max_size=60), st.text(max_size=8))
def test_a_draw_is_half_and_can_be_repeated(units: list[int], seed: str) -> None:
    lucky = halves(units, seed)
    assert lucky <= set(units)
    assert abs(2 * len(lucky) - len(units)) <= 1
    assert halves(reversed(units), seed) == lucky


@given(st.dictionaries(st.integers(1, 40), st.lists(st.integers(1, 12), max_size=3), max_size=30))
def test_whoever_shares_an_account_goes_together(accounts: dict[int, list[int]]) -> None:
    units = units_of(accounts)
    assert set(units) == set(accounts)
    for a, theirs in accounts.items():
        for b, others in accounts.items():
            if set(theirs) & set(others):
                assert units[a] == units[b]
        if not theirs:
            assert units[a] == a


def test_t35_halves_without_an_effect_are_called_so_one_time_in_twenty() -> None:
    """2,000 draws without effect: between 3.5 % and 6.5 % (three standard errors of 5 % are 1.5)."""
    chance = np.random.default_rng(11)
    wrong = 0
    for _ in range(2000):
        rate = chance.gamma(2, 1.5, 120)
        weekly = chance.poisson(rate[:, None], (120, 18))
        first = np.zeros(120, bool)
        first[chance.permutation(120)[:60]] = True
        wrong += judge_halves(Halves(weekly, 12, first, np.arange(120), np.ones(120, bool)), 5).word in (
            "helped",
            "hurt",
        )
    assert 0.035 <= wrong / 2000 <= 0.065


def test_what_it_promises_to_show_it_shows_four_times_in_five() -> None:
    chance = np.random.default_rng(5)
    rate = chance.gamma(2, 1.5, 20_000)
    weekly = chance.poisson(rate[:, None], (20_000, 18))
    some = slice(0, 300)
    shown = smallest_shown(weekly[some, 13:].sum(axis=1).astype(float), weekly[some, 4:12].sum(axis=1).astype(float))
    assert shown is not None
    seen = 0
    for _ in range(400):
        rows = chance.permutation(20_000)[:300]
        first = np.zeros(300, bool)
        first[:150] = True
        now = weekly[rows].copy()
        now[:150, 13:] = chance.poisson(rate[rows[:150], None] * (1 + shown), (150, 5))
        seen += judge_halves(Halves(now, 12, first, np.arange(300), np.ones(300, bool)), 5).word == "helped"
    assert 0.7 <= seen / 400 <= 0.9


def test_t36_somebody_sorting_the_halves_makes_it_void() -> None:
    weekly = np.ones((600, 18), np.int64)
    active = np.arange(600) >= 120
    first = np.zeros(600, bool)
    first[:300] = True
    found = judge_halves(Halves(weekly, 12, first, np.arange(600), active), 5)
    assert (found.word, "sample ratio" in found.reasons[0]) == ("void", True)


@pytest.fixture
def api(access: Access) -> Api:
    return Api(workspaces.make_token(access, "robot", Role.OWNER)[1])


HERE = "/w/acme/tell/bets"


def test_on_the_page_from_the_draw_to_the_verdict(
    as_owner: Client, access: Access, bet: Bet, event_store: Store
) -> None:
    here = f"{HERE}/{bet.pk}/half"
    body = as_owner.get(here).content.decode()
    assert "nothing known yet" in body
    assert as_owner.post(here, {"do": "draw", "title": "One clock", "unit": "person", "weeks": "x"}).status_code == 422
    refused = as_owner.post(
        here, {"do": "draw", "title": "Kept title", "body": "Kept body", "unit": "person", "weeks": "1"}
    )
    assert refused.status_code == 422
    assert "2 to 26 weeks" in (said := refused.content.decode())
    assert "Kept title" in said
    assert "Kept body" in said
    drawn = as_owner.post(here, {"do": "draw", "title": "One clock", "body": "", "unit": "person", "weeks": "5"})
    made = Staging.objects.get(bet=bet)
    assert drawn["Location"] == f"/w/acme/tell/releases/{made.first_id}"
    assert "Call it off" in as_owner.get(here).content.decode()
    publish_release(access, made.first)
    lived(access, event_store, made, 1.5)
    assert "Others wait until" in as_owner.get(here).content.decode()
    someone = Drawn.objects.filter(staging=made).first()
    assert someone is not None
    as_owner.post(f"/w/acme/tell/half/people/{someone.pk}/leave-out")
    assert (
        "asked not to be compared" in as_owner.get(f"/w/acme/tell/half/{made.pk}/people?half=left_out").content.decode()
    )
    as_owner.post(f"/w/acme/measure/bets/{bet.pk}/again")
    verdict = as_owner.get(f"/w/acme/measure/bets/{bet.pk}").content.decode()
    assert "Helped" in verdict
    assert "The half that had it did" in verdict
    assert as_owner.get(f"/w/acme/measure/bets/{bet.pk}/people/later").status_code == 200
    assert "Helped" in as_owner.get("/w/acme/measure/").content.decode()
    opened = as_owner.post(here, {"do": "open", "title": "For all", "body": "", "reason": ""})
    assert opened.status_code == 302
    assert "is drafted" in as_owner.get(here).content.decode()


def test_over_the_api_and_on_the_command_line(access: Access, api: Api, bet: Bet, event_store: Store) -> None:
    here = f"bets/{bet.pk}/staged"
    assert api.get(here)[1]["state"] == "none"
    assert api.get(f"{here}/people")[0] == 404
    status, made = api.post(here, {"title": "One clock", "unit": "account"})
    assert (status, made["state"], made["weeks"]) == (201, "drawn", 5)
    assert api.post(here, {"title": "One clock"})[0] == 422
    people = api.get(f"{here}/people", half="first")[1]
    assert people["total"] == made["first"]["people"]
    assert api.post(f"{here}/leave-out", {"person": people["people"][0]["person"]})[1]["left_out_at"]
    assert api.post(f"{here}/do", {"do": "dance"})[0] == 422
    assert api.post(f"{here}/do", {"do": "off"})[1]["state"] == "none"

    def typed(*words: str) -> str:
        said = CliRunner().invoke(commands, [*words, "--workspace", "acme"], standalone_mode=False)
        return str(said.exception) if said.exception else str(said.return_value.text)

    number = str(bet.pk)
    assert "state: drawn" in typed("draw", number, "One clock", "--weeks", "4")
    assert "drawn already" in typed("draw", number, "One clock")
    assert "There is no bet 999999" in typed("show", "999999")
    assert "Nobody has it yet" in typed("open", number)
    assert "state: none" in typed("off", number)
    assert "by account: 79 to draw from, nothing known yet" in typed("show", number)
