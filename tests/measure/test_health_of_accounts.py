"""An account is held against its own past; each signal names its evidence, and what is not known counts nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from tests.engine import Events
from wellheard.__main__ import run
from wellheard.listen.models import Voice
from wellheard.measure.health import Facts, health_of, healths, judge
from wellheard.people.models import Account, Member, Revenue
from wellheard.people.queries.money import today
from wellheard.people.services.mirror import pull
from wellheard.people.services.workspaces import Made
from wellheard.store import Store
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.understand.models import Evidence, Problem

DAY, LONG = date(2026, 6, 1), date(2025, 1, 1)
SHOP = Account(pk=1, name="Shop")


def points(facts: Facts) -> dict[str, int | None]:
    return {s.name: s.points for s in judge(SHOP, facts).signals}


@pytest.mark.parametrize(
    ("facts", "name", "expected"),
    [
        (Facts(DAY), "use", None),
        (Facts(DAY, use=(10, 0, DAY - timedelta(20))), "use", None),
        (Facts(DAY, use=(3, 6, LONG)), "use", None),
        (Facts(DAY, use=(0, 300, LONG)), "use", -30),
        (Facts(DAY, use=(50, 300, LONG)), "use", -20),
        (Facts(DAY, use=(80, 300, LONG)), "use", -10),
        (Facts(DAY, use=(100, 300, LONG)), "use", 10),
        (Facts(DAY, use=(120, 300, LONG)), "use", 15),
        (Facts(DAY, use=(40, 0, LONG)), "use", 15),
        (Facts(DAY, people=4), "people", None),
        (Facts(DAY, use=(1, 1, LONG), people=0, active=3), "people", None),
        (Facts(DAY, use=(1, 1, LONG), people=5, active=3), "people", 15),
        (Facts(DAY, use=(1, 1, LONG), people=5, active=2), "people", 5),
        (Facts(DAY, use=(1, 1, LONG), people=5, active=1), "people", -10),
        (Facts(DAY, use=(1, 1, LONG), people=5, active=0), "people", -15),
        (Facts(DAY), "money", None),
        (Facts(DAY, cents_most=100), "money", -40),
        (Facts(DAY, cents=80, cents_before=100, cents_most=100), "money", -20),
        (Facts(DAY, cents=100, cents_before=100, cents_most=100), "money", 5),
        (Facts(DAY, cents=100, cents_before=0, cents_most=100), "money", 15),
        (Facts(DAY), "requests", None),
        (Facts(DAY, open=3), "requests", 0),
        (Facts(DAY, open=3, waiting=2), "requests", -10),
        (Facts(DAY, open=30, waiting=9), "requests", -20),
        (Facts(DAY), "contact", None),
        (Facts(DAY, contact=DAY - timedelta(30)), "contact", 10),
        (Facts(DAY, contact=DAY - timedelta(90)), "contact", 0),
        (Facts(DAY, contact=DAY - timedelta(91)), "contact", -10),
        (Facts(DAY), "check-in", None),
        (Facts(DAY, overdue=0), "check-in", 5),
        (Facts(DAY, overdue=7), "check-in", -5),
        (Facts(DAY, overdue=8), "check-in", -10),
    ],
)
def test_each_signal_by_its_table(facts: Facts, name: str, expected: int | None) -> None:
    assert points(facts)[name] == expected


def test_with_too_little_known_nothing_is_said() -> None:
    assert judge(SHOP, Facts(DAY)).word == "unknown"
    assert judge(SHOP, Facts(DAY, open=4, waiting=4, contact=LONG, overdue=30)).word == "unknown"
    known = judge(SHOP, Facts(DAY, open=4, waiting=4, contact=LONG, cents_most=1))
    assert (known.points, known.word) == (-70, "at risk")


whole = st.integers(0, 10_000)


@given(
    st.builds(
        Facts, st.just(DAY), use=st.none() | st.tuples(whole, whole, st.dates(LONG, DAY)), active=st.integers(0, 9),
        people=st.integers(9, 20), cents=whole, cents_before=whole, cents_most=whole, open=st.integers(5, 9),
        waiting=st.integers(0, 5), contact=st.none() | st.dates(LONG, DAY), overdue=st.none() | st.integers(-99, 99),
    )
)  # fmt: skip
def test_the_sum_is_the_sum_of_what_is_shown_and_no_signal_leaves_its_weight(facts: Facts) -> None:
    found = judge(SHOP, facts)
    assert all(s.points is None or abs(s.points) <= s.weight for s in found.signals)
    assert all(s.words.endswith(".") for s in found.signals)
    if found.points is not None:
        assert found.points == sum(s.points for s in found.signals if s.points is not None)


@pytest.fixture
def shown(town: Town, event_store: Store) -> Town:
    """Lind used it daily and stopped; it asked for something long ago."""
    events = Events(event_store, town.workspace.pk)
    now = timezone.now()
    daily = [("ann", "lind", back) for back in range(35, 100, 3)] + [
        ("nora", "fjord", back) for back in range(1, 100, 3)
    ]
    events.send(
        *(
            events.track(who, "Opened", (now - timedelta(back)).strftime("%Y-%m-%d 10:00"), account=account)
            for who, account, back in daily
        )
    )
    pull(town.workspace, event_store.reader)
    problem = Problem.objects.create(workspace=town.workspace, name="Slow")
    voice = Voice.objects.create(
        workspace=town.workspace, text="Slow", author=town.ann, account=town.lind, said_at=now - timedelta(100)
    )
    Evidence.objects.create(problem=problem, voice=voice)
    for account in (town.lind, town.fjord, town.free):
        account.refresh_from_db()
    return town


def test_an_account_that_went_quiet_is_at_risk_and_says_why(shown: Town) -> None:
    found = health_of(shown.lind)
    told = {s.name: s for s in found.signals}
    assert told["use"].points == -30
    assert "No use in the last four weeks" in told["use"].words
    assert told["requests"].points == -5
    assert told["contact"].points == -10
    assert "0 of 1 known people" in told["people"].words
    assert found.word == "at risk"
    assert health_of(shown.fjord).word == "well"
    assert health_of(shown.free).word == "unknown"
    assert [h.account.name for h in healths(shown.workspace)] == ["Bäckerei Lind", "Fjord Cycles", "Tiny Tea"]
    assert {h.account.pk: h.points for h in healths(shown.workspace)} == {
        a.pk: health_of(a).points for a in (shown.lind, shown.fjord, shown.free)
    }


def test_an_answer_ends_the_waiting(shown: Town) -> None:
    release = Release.objects.create(workspace=shown.workspace, title="Fast", shipped_on=DAY)
    Notice.objects.create(
        workspace=shown.workspace, release=release, person=shown.ann, problem=Problem.objects.get(), state=NoticeState.SENT,
        voice=Voice.objects.get(), sent_at=timezone.now(),
    )  # fmt: skip
    told = {s.name: s.points for s in health_of(shown.lind).signals}
    assert (told["requests"], told["contact"]) == (None, 10)


def test_money_that_stopped_weighs_most(shown: Town) -> None:
    Revenue.objects.filter(account=shown.fjord).update(until=today(shown.workspace) - timedelta(5))
    assert {s.name: s.points for s in health_of(shown.fjord).signals}["money"] == -40


def test_a_manager_reads_the_list_and_the_page(as_owner: Client, owner: Member, shown: Town) -> None:
    page = as_owner.get("/w/acme/people/health").content.decode()
    assert page.index("Bäckerei Lind") < page.index("Fjord Cycles")
    assert "No use in the last four weeks" in page
    assert "Fjord" not in as_owner.get("/w/acme/people/health", {"word": "at risk"}).content.decode()
    assert "No account fits" in as_owner.get("/w/acme/people/health", {"owner": "mine"}).content.decode()
    one = as_owner.get(f"/w/acme/people/accounts/{shown.lind.pk}").content.decode()
    assert "at risk" in one
    assert "No use in the last four weeks" in one


def test_a_program_and_a_command_read_the_same(made: Made, shown: Town) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    one = client.get(f"/api/accounts/{shown.lind.pk}/health").json()
    assert (one["health"], one["points"]) == ("at risk", sum(s["points"] or 0 for s in one["signals"]))
    assert client.get("/api/health", {"word": "well"}).json()["accounts"][0]["name"] == "Fjord Cycles"
    code, out, _ = run(["accounts", "health", "--workspace", "acme", "--word", "at risk"])
    assert (code, "Bäckerei Lind" in out, "Fjord" in out) == (0, True, False)
