"""A problem's page counts through two lenses, and each number opens exactly what it counts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.decide.models import Decision
from wellheard.listen.models import Channel, Voice
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.evidence import Which, accounts_behind, people_behind, voices_of
from wellheard.understand.queries.problems import problem_detail, problem_rows
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/understand"


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    voices = [
        capture(
            access, "I see Sunday's sales on Monday.", who=str(town.ann.email), channel=Channel.PORTAL, relayed=False
        ),
        capture(access, "It happened again this Sunday.", who=str(town.ann.email), channel=Channel.CHAT, relayed=False),
        capture(access, "My staff complain about the days.", who=str(town.otto.email), relayed=True),
        capture(access, "Both of my shops show other days.", who=str(town.nora.email), relayed=False),
        capture(access, "The tea shop's days differ too.", who=str(town.tim.email), relayed=False),
    ]
    anonymous = Voice.objects.create(
        workspace=town.workspace, text="Fjord wrote on a card: days!", account=town.fjord, said_at=timezone.now()
    )
    return create_problem(
        access, "Days differ", "Each store ends its day alone.", [*(v.pk for v in voices), anonymous.pk]
    )


def test_the_lists_hold_exactly_what_the_figures_count(problem: Problem, town: Town) -> None:
    detail = problem_detail(problem)
    users = people_behind([problem], "users")
    customers = accounts_behind([problem], "customers")
    assert {r.person.pk for r in users.rows} == detail.lenses.users == {town.ann.pk, town.nora.pk, town.tim.pk}
    assert {r.account.pk for r in customers.rows} == detail.lenses.customers == {town.lind.pk, town.fjord.pk}
    assert {r.account.pk for r in accounts_behind([problem]).rows} == detail.lenses.accounts
    assert sum(r.cents for r in customers.rows) == detail.lenses.customer_cents == 34_800
    assert voices_of([problem]).count() == detail.voices == 6
    assert voices_of([problem], Which(relayed=True)).count() == detail.relayed == 1


def test_each_week_of_the_trend_opens_its_voices(problem: Problem) -> None:
    Voice.objects.filter(text__startswith="It happened").update(said_at=timezone.now() - timedelta(weeks=3))
    detail = problem_detail(problem)
    for start, n in zip(detail.trend.starts, detail.trend.voices, strict=True):
        assert voices_of([problem], Which(week=start)).count() == n
    assert sum(detail.trend.voices) == 6


def test_the_page_shows_figures_quotes_and_who_said_them(as_viewer: Client, problem: Problem) -> None:
    shown = as_viewer.get(f"{HERE}/problems/{problem.pk}").content.decode()
    for words in (
        "Days differ",
        "Each store ends its day alone.",
        "Nora Both",
        "Fjord Cycles",
        "€348",
        "confirmed this",
    ):
        assert words in shown
    assert "Log a decision" not in shown


@pytest.mark.parametrize(
    ("query", "n"),
    [("", 6), ("lens=users", 4), ("lens=customers", 3), ("channel=chat", 1), ("relayed=yes", 1), ("days=28", 6),
     ("week=1999-01-04", 0), ("week=yesterday", 6), ("page=99999", 6), ("person=x", 6)],
)  # fmt: skip
def test_the_evidence_is_narrowed_by_its_address(as_viewer: Client, problem: Problem, query: str, n: int) -> None:
    shown = as_viewer.get(f"{HERE}/problems/{problem.pk}/evidence?{query}")
    assert shown.status_code == 200
    assert f"{n} voice" in re.sub(r"\s+", " ", shown.content.decode())
    assert shown.content.decode().count('aria-label="Voice of') == n


def test_one_person_s_voices(as_viewer: Client, problem: Problem, town: Town) -> None:
    shown = as_viewer.get(f"{HERE}/problems/{problem.pk}/evidence?person={town.ann.pk}").content.decode()
    assert shown.count('aria-label="Voice of') == 2
    assert as_viewer.get(f"{HERE}/problems/{problem.pk}/evidence?person=999999").status_code == 404


def test_voices_are_moved_and_taken_off(as_owner: Client, access: Access, problem: Problem) -> None:
    other = create_problem(access, "Weeks differ")
    first, second, *_ = Voice.objects.order_by("pk")
    as_owner.post(f"{HERE}/problems/{problem.pk}/move", {"voice": [first.pk], "target": other.pk})
    as_owner.post(f"{HERE}/problems/{problem.pk}/move", {"voice": [second.pk], "remove": "yes"})
    assert set(other.evidence.values_list("voice", flat=True)) == {first.pk}
    assert not Evidence.objects.filter(voice=second).exists()
    assert problem.evidence.count() == 4


def test_moving_nothing_or_nowhere_is_told(as_owner: Client, problem: Problem) -> None:
    where = f"{HERE}/problems/{problem.pk}/move"
    assert "Tick at least one" in as_owner.post(where, {"target": "1"}, follow=True).content.decode()
    voice = Voice.objects.first()
    assert voice is not None
    assert "Choose the problem" in as_owner.post(where, {"voice": voice.pk}, follow=True).content.decode()
    assert problem.evidence.count() == 6


def test_a_loose_voice_that_sounds_alike_is_suggested_and_added(
    as_owner: Client, access: Access, problem: Problem, town: Town
) -> None:
    loose = capture(access, "Why do both shops show other days again this Sunday?", who=str(town.tim.email))
    near = f"{HERE}/problems/{problem.pk}/near"
    assert "both shops show other days again" in as_owner.get(near).content.decode()
    assert "<nav" not in as_owner.get(near, headers={"HX-Request": "true"}).content.decode()
    as_owner.post(f"{HERE}/problems/{problem.pk}/add", {"voice": loose.pk})
    assert problem.evidence.filter(voice=loose).exists()


def test_a_decision_is_logged_with_its_reason(as_owner: Client, problem: Problem) -> None:
    as_owner.post(f"{HERE}/problems/{problem.pk}/decide", {"answer": "not_now", "reason": "After the invoices."})
    made = Decision.objects.get()
    assert (made.answer, made.problem, made.decided_by) == ("not_now", problem, "Olga Owner")


def test_a_decision_without_reason_comes_back_with_what_was_typed(as_owner: Client, problem: Problem) -> None:
    answer = as_owner.post(f"{HERE}/problems/{problem.pk}/decide", {"answer": "no", "reason": " "})
    assert answer.status_code == 422
    assert 'value="no" required checked' in answer.content.decode()
    assert not Decision.objects.exists()


def test_naming_a_problem_from_a_voice(as_owner: Client, access: Access, town: Town) -> None:
    voice = capture(access, "The till freezes.", who=str(town.ann.email))
    assert "The till freezes." in as_owner.get(f"{HERE}/problems/new?voice={voice.pk}").content.decode()
    as_owner.post(f"{HERE}/problems/new", {"name": "Till freezes", "summary": "", "voice": voice.pk})
    assert Problem.objects.get().evidence.get().voice == voice
    answer = as_owner.post(f"{HERE}/problems/new", {"name": "", "summary": "kept"})
    assert answer.status_code == 422
    assert "kept" in answer.content.decode()


def test_renaming_keeps_the_old_name_in_the_history(as_owner: Client, problem: Problem) -> None:
    as_owner.post(f"{HERE}/problems/{problem.pk}/edit", {"name": "Stores show different days", "summary": ""})
    shown = as_owner.get(f"{HERE}/problems/{problem.pk}").content.decode()
    assert "“Days differ” to “Stores show different days”" in shown


@pytest.mark.parametrize("by", ["users", "customers", "revenue", "rising", "newest", "nonsense"])
def test_the_list_is_ordered_and_ranked(as_viewer: Client, access: Access, problem: Problem, by: str) -> None:
    create_problem(access, "Nobody has this")
    shown = as_viewer.get(f"{HERE}/?by={by}").content.decode()
    assert shown.index("Days differ") < shown.index("Nobody has this")
    assert [r.user_rank for r in problem_rows(access.workspace)] == [1, 2]


def test_an_empty_page_says_what_will_be_here(as_viewer: Client, as_owner: Client) -> None:
    assert "No problem confirmed yet" in as_owner.get(f"{HERE}/").content.decode()
    assert "Name a problem" not in as_viewer.get(f"{HERE}/").content.decode()
