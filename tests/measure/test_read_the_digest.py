"""The team reads what happened in one letter: on a cadence, with what waits, and never an empty one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.test import Client

from tests.conftest import Town
from tests.console.test_api import Api
from wellheard.core import background
from wellheard.core.journal import Actor
from wellheard.core.models import Entry
from wellheard.decide.services import Terms, create_bet, decide, start_bet
from wellheard.listen.models import Board, Voice
from wellheard.listen.services import ideas
from wellheard.listen.services.voices import capture
from wellheard.measure.dashboards import subscribing, tasks
from wellheard.measure.digest import days_before, gather
from wellheard.measure.models import Subscription
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces
from wellheard.store import Store
from wellheard.tell.services import releases
from wellheard.understand.services.problems import create_problem

NOW = datetime(2026, 5, 7, 9, 0, tzinfo=UTC)  # a Thursday
MONDAY = datetime(2026, 5, 11, 5, 0, tzinfo=UTC)  # seven o'clock in Berlin


def busy_week(access: Access, town: Town) -> None:
    voices = [capture(access, f"Exports take {n} minutes", who=town.ann) for n in (5, 9)]
    problem = create_problem(access, "Exports are slow", voices=[v.pk for v in voices])
    terms = Terms("Faster exports", "Exported", Decimal(20), Decimal(10))
    bet = create_bet(access, [problem], terms)
    start_bet(access, bet)
    decide(access, problem, "yes", "Many wait for it.")
    releases.publish_release(access, releases.draft_release(access, "Exports in seconds", "", [bet]))


def test_one_letter_tells_each_step_of_the_loop(access: Access, town: Town) -> None:
    with time_machine.travel(NOW, tick=False):
        busy_week(access, town)
        found = gather(access.workspace, date(2026, 5, 1), date(2026, 5, 7))
    told = {s.key: [f"{line.text} | {line.detail}" for line in s.lines] for s in found.sections}
    assert told["heard"] == ["2 voices | from 1 person in 1 account", "Exports are slow | 2 new voices"]
    assert told["decided"] == ["Yes: Exports are slow | by command line"]
    assert told["shipped"] == [
        "Exports in seconds | shipped; 0 people who asked were told",
        "Faster exports | work started; its terms are locked",
    ]
    assert told["waiting"][0].startswith("1 person owed an answer")
    assert all(line.url.startswith("http://testserver/w/acme/") for s in found.sections for line in s.lines)


def test_days_outside_say_nothing_and_odd_ones_are_refused(access: Access, town: Town) -> None:
    with time_machine.travel(NOW, tick=False):
        capture(access, "Exports are slow", who=town.ann)
        assert not gather(access.workspace, date(2026, 4, 1), date(2026, 4, 30)).stirring
    with pytest.raises(ValueError, match="first day comes before"):
        gather(access.workspace, date(2026, 5, 2), date(2026, 5, 1))


def test_days_are_the_workspaces(access: Access, town: Town) -> None:
    """23:30 in London is tomorrow in Berlin."""
    with time_machine.travel(datetime(2026, 5, 6, 22, 30, tzinfo=UTC), tick=False):
        capture(access, "Exports are slow", who=town.ann)
    assert not gather(access.workspace, date(2026, 5, 6), date(2026, 5, 6)).stirring
    assert gather(access.workspace, date(2026, 5, 7), date(2026, 5, 7)).stirring


def test_which_days_a_letter_tells_about(access: Access) -> None:
    w = access.workspace
    assert days_before(w, "day", date(2026, 5, 11)) == (date(2026, 5, 10), date(2026, 5, 10))
    assert days_before(w, "week", date(2026, 5, 11)) == (date(2026, 5, 4), date(2026, 5, 10))
    assert days_before(w, "month", date(2026, 5, 1)) == (date(2026, 4, 1), date(2026, 4, 30))


def test_T08_what_waits_for_a_look_is_in_no_letter(access: Access, town: Town) -> None:
    Board.objects.filter(workspace=access.workspace).update(moderated=True)
    with time_machine.travel(NOW, tick=False):
        ideas.post(access.workspace, town.ann, "Secret plan", "")
        Voice.objects.update(triage="aside")
        found = gather(access.workspace, date(2026, 5, 7), date(2026, 5, 7))
    assert "Secret plan" not in str(found.as_dict())


@pytest.fixture
def weekly(access: Access, viewer: Member) -> Subscription:
    vera = Access(access.workspace, Actor(access.workspace.pk, "member", viewer.pk, str(viewer)), Role.VIEWER, viewer)
    with time_machine.travel(NOW, tick=False):
        found = subscribing.subscribe(vera, None, "week", "digest")
    assert found is not None
    assert found.due_at == MONDAY
    return found


def tick() -> None:
    tasks.mail_what_is_due()
    background.run_all()


def test_it_comes_once_on_monday_with_a_way_out(
    weekly: Subscription, access: Access, town: Town, event_store: Store
) -> None:
    with time_machine.travel(NOW, tick=False):
        busy_week(access, town)
        background.run_all()
        mail.outbox.clear()
    with time_machine.travel(MONDAY, tick=False):
        tick()
        tick()
    [letter] = mail.outbox
    assert letter.subject == "Acme Reports: 4 to 10 May 2026"
    assert letter.to == ["Vera Viewer <vera@acme.example>"]
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = letter.alternatives[0][0]  # type: ignore[attr-defined]
    for part in ("Exports are slow", "Exports in seconds", "2 voices"):
        assert part in letter.body
        assert part in html
    way_out = letter.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert Client().get(way_out).status_code == 200
    assert Subscription.objects.count() == 1, "opening the page changes nothing"
    assert Client().post(way_out, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.count() == 0


def test_an_empty_letter_is_not_sent_and_said_so(weekly: Subscription, access: Access, event_store: Store) -> None:
    with time_machine.travel(MONDAY, tick=False):
        tick()
    assert mail.outbox == []
    weekly.refresh_from_db()
    assert weekly.due_at == MONDAY + timedelta(days=7)
    assert "no empty mail" in weekly.error
    assert Entry.objects.filter(verb="dashboard.passed_over").count() == 1


def test_the_page_and_the_api_say_the_same(access: Access, town: Town, as_viewer: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        busy_week(access, town)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        _, token = workspaces.make_token(access, "reader", Role.VIEWER)
        status, told = Api(token).get("digest", every="day")
        as_viewer.force_login(Member.objects.get(role=Role.VIEWER).user)
        shown = as_viewer.get("/w/acme/tell/digest?days=day").content.decode()
        assert Api(token).get("digest", every="year")[0] == 422
        as_viewer.post("/w/acme/tell/digest/mail", {"every": "day"})
    assert status == 200
    assert told["from"] == told["to"] == "2026-05-07"
    for section in told["sections"]:
        assert section["title"] in shown
    assert Subscription.objects.get().every == "day"


def test_an_empty_page_says_what_will_be_here(access: Access, as_viewer: Client) -> None:
    shown = as_viewer.get("/w/acme/tell/digest").content.decode()
    assert "Nothing happened in these days" in shown
