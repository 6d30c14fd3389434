"""The team's pages of telling: write, see who will be told, publish, and work the notices down."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.core import background
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet
from wellheard.listen.models import Voice
from wellheard.listen.services import ideas
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.tell.queries.notices import expected
from wellheard.tell.services import addresses
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/tell"


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    voices = [capture(access, f"The days do not match, says {p}.", who=str(p.email)) for p in (town.ann, town.otto)]
    silent = Person.objects.create(workspace=town.workspace, name="No Address")
    voices.append(Voice.objects.create(workspace=town.workspace, text="Me too", author=silent, said_at=timezone.now()))
    return create_problem(access, "Days differ", voices=[v.pk for v in voices])


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], Terms("One clock", "Stores Compared", Decimal(30), Decimal(10)))


@pytest.fixture
def draft(access: Access, bet: Bet) -> Release:
    return draft_release(access, "One clock for all stores", "Days **begin** together.", [bet])


def test_writing_a_draft_shows_it_as_it_will_read(as_owner: Client, bet: Bet) -> None:
    answer = as_owner.post(f"{HERE}/releases/new", {"title": "One clock", "body": "**Bold** <b>x</b>", "bets": bet.pk})
    release = Release.objects.get()
    assert answer.headers["Location"] == f"{HERE}/releases/{release.pk}"
    shown = as_owner.get(answer.headers["Location"]).content.decode()
    assert "<strong>Bold</strong>" in shown
    assert "<b>x</b>" not in shown
    assert list(release.bets.all()) == [bet]


@pytest.mark.parametrize(("field", "value"), [("title", " "), ("title", "x" * 141), ("shipped_on", "yesterday")])
def test_a_draft_that_cannot_be_saved_keeps_what_was_typed(as_owner: Client, field: str, value: str) -> None:
    given = {"title": "One clock", "body": "A long text.", field: value}
    answer = as_owner.post(f"{HERE}/releases/new", given)
    assert answer.status_code == 422
    assert "A long text." in answer.content.decode()
    assert not Release.objects.exists()


def test_before_publishing_it_says_who_will_be_told_and_how_a_mail_reads(
    as_owner: Client, draft: Release, town: Town
) -> None:
    addresses.opt_out(town.otto, "test")
    found = expected(draft)
    assert (found.people, found.by_mail, found.no_address, found.opted_out) == (3, 1, 1, 1)
    assert [(str(p), n) for p, n in found.problems] == [("Days differ", 3)]
    shown = as_owner.get(f"{HERE}/releases/{draft.pk}").content.decode()
    assert "says Ann Assistant." in shown
    assert "Hello Ann Assistant," in shown
    assert town.ann.page_key not in shown
    assert not Notice.objects.exists()


def test_publishing_owes_exactly_those_who_were_announced(access: Access, draft: Release, town: Town) -> None:
    idea = ideas.post(access.workspace, town.tim, "One midnight", "please")
    problem = Problem.objects.get()
    problem.evidence.create(voice=idea.voice)
    ideas.follow(idea, town.nora, True)
    addresses.opt_out(town.otto, "test")
    before = expected(draft)
    assert before.people == 5  # two authors with an address, one without, the idea's author and who follows it
    assert publish_release(access, draft) == before.by_mail
    assert draft.notices.count() == before.people
    assert draft.notices.filter(state=NoticeState.NO_ADDRESS).count() == before.no_address
    assert draft.notices.filter(state=NoticeState.OPTED_OUT).count() == before.opted_out


def test_publishing_on_the_page(as_owner: Client, draft: Release) -> None:
    shown = as_owner.post(f"{HERE}/releases/{draft.pk}/publish", follow=True).content.decode()
    assert "2 people are being told" in shown
    assert f"?state=owed&amp;release={draft.pk}" in shown
    assert "Publish and tell them" not in shown


def test_the_debt_links_to_who_waits_and_who_was_told(
    as_viewer: Client, access: Access, draft: Release, problem: Problem, town: Town
) -> None:
    who = f"/w/acme/understand/problems/{problem.pk}/people?waiting=yes"
    assert "Ann Assistant" in as_viewer.get(who).content.decode()
    assert f"{who}" in as_viewer.get(f"{HERE}/").content.decode()
    publish_release(access, draft)
    background.run_all()
    assert "Ann Assistant" not in as_viewer.get(who).content.decode()
    told = as_viewer.get(f"{HERE}/notices?state=told&problem={problem.pk}").content.decode()
    assert "Ann Assistant" in told
    assert "No Address" not in told


@pytest.mark.parametrize(
    ("query", "who"),
    [("", {"No Address"}), ("state=no_address", {"No Address"}), ("state=sent", {"Ann Assistant", "Otto Owner"}),
     ("state=all", {"Ann Assistant", "Otto Owner", "No Address"}), ("state=bounced", set())],
)  # fmt: skip
def test_notices_are_listed_by_state(
    as_viewer: Client, access: Access, draft: Release, query: str, who: set[str]
) -> None:
    publish_release(access, draft)
    background.run_all()
    shown = as_viewer.get(f"{HERE}/notices?{query}").content.decode()
    assert {name for name in ("Ann Assistant", "Otto Owner", "No Address") if f"<bdi>{name}</bdi>" in shown} == who


def test_i_told_them_in_person(as_owner: Client, access: Access, draft: Release) -> None:
    publish_release(access, draft)
    notice = draft.notices.get(state=NoticeState.NO_ADDRESS)
    as_owner.post(f"{HERE}/notices/{notice.pk}/told", {"how": "by telephone"})
    notice.refresh_from_db()
    assert notice.state == NoticeState.REACHED


def test_what_bounced_is_sent_again(as_owner: Client, access: Access, draft: Release, town: Town) -> None:
    publish_release(access, draft)
    notice = draft.notices.get(person=town.ann)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.BOUNCED, error="550 no such user")
    assert "550 no such user" in as_owner.get(f"{HERE}/notices").content.decode()
    as_owner.post(f"{HERE}/notices/{notice.pk}/again")
    notice.refresh_from_db()
    assert notice.state == NoticeState.OWED


def test_after_a_press_one_stays_on_this_site(as_owner: Client, access: Access, draft: Release) -> None:
    publish_release(access, draft)
    notice = draft.notices.get(state=NoticeState.NO_ADDRESS)
    answer = as_owner.post(f"{HERE}/notices/{notice.pk}/told", {"next": "https://evil.example/"})
    assert answer.headers["Location"] == f"{HERE}/notices"


def test_a_viewer_publishes_and_tells_nobody(as_viewer: Client, access: Access, draft: Release) -> None:
    assert as_viewer.post(f"{HERE}/releases/{draft.pk}/publish").status_code == 403
    assert as_viewer.get(f"{HERE}/releases/new").status_code == 403
    publish_release(access, draft)
    notice = draft.notices.first()
    assert notice is not None
    for press in ("again", "told"):
        assert as_viewer.post(f"{HERE}/notices/{notice.pk}/{press}").status_code == 403


def test_empty_pages_say_what_will_be_here(as_owner: Client) -> None:
    assert "Nothing has been released yet" in as_owner.get(f"{HERE}/").content.decode()
    assert "Nobody waits" in as_owner.get(f"{HERE}/notices").content.decode()
    assert "There is no bet yet" in as_owner.get(f"{HERE}/releases/new").content.decode()
