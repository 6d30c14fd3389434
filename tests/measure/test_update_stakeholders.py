"""Whoever has a stake reads on their cadence what happened of what concerns them; people outside only what is public."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.conftest import Town
from tests.console.test_api import Api
from wellheard.core import background
from wellheard.decide.models import Stakeholder, Touch
from wellheard.decide.services import Terms, create_bet, decide, start_bet
from wellheard.listen.services.voices import capture
from wellheard.measure import updates
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces
from wellheard.tell.models import Contact, Letter
from wellheard.tell.services import releases
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

START = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(access: Access, town: Town, owner: Member) -> dict[str, Stakeholder]:
    """A month in which exports were decided on, built and shipped, and fonts were turned down for now."""
    with time_machine.travel(START, tick=False):
        exports = create_problem(access, "Exports are slow", voices=[capture(access, "Slow!", who=town.nora).pk])
        fonts = create_problem(access, "Fonts are small", voices=[capture(access, "Small!", who=town.tim).pk])

        def stake(name: str, problem: Problem | None, **more: Any) -> Stakeholder:
            made = Stakeholder.objects.create(
                workspace=access.workspace, name=name, power=4, interest=4, every_days=30, due=START.date() + timedelta(days=30), made_at=START,
                everything=problem is None, **more,
            )  # fmt: skip
            if problem:
                made.problems.add(problem)
            return made

        found = {
            "olga": stake("Olga Owner", None, member=owner), "nora": stake("Nora Both", exports, person=town.nora),
            "board": stake("The board", exports), "fonts": stake("Fred Fonts", fonts),
        }  # fmt: skip
    with time_machine.travel(START + timedelta(days=10), tick=False):
        bet = create_bet(access, [exports], Terms("Fast exports", "Exported", Decimal(20), Decimal(10)))
        decide(access, exports, "yes", "Our churn hangs on it.", public_reason="You will have them in June.")
        decide(access, fonts, "not_now", "Too few.")
        start_bet(access, bet)
        releases.publish_release(access, releases.draft_release(access, "Exports in seconds", "", [bet]))
        background.run_all()
        mail.outbox.clear()
    return found


DUE = START + timedelta(days=31)


def test_each_reads_what_concerns_them(access: Access, world: dict[str, Stakeholder]) -> None:
    with time_machine.travel(DUE, tick=False):
        found = {u.stakeholder.name: u for u in updates.updates(access.workspace)}
    assert found["Olga Owner"].lines == [
        "Yes: Exports are slow. You will have them in June.", "Not now: Fonts are small.", "Work started: Fast exports.",
        "Shipped: Exports in seconds.",
    ]  # fmt: skip
    assert found["Nora Both"].lines == [
        "Yes: Exports are slow. You will have them in June.",
        "Shipped: Exports in seconds.",
    ]
    assert found["The board"].to == ""
    assert found["Fred Fonts"].lines == [], "outside, and nothing of it is public"
    assert all("Our churn" not in u.words for u in found.values()), "the team's own reason stays within"


def test_nobody_is_due_before_their_day(access: Access, world: dict[str, Stakeholder]) -> None:
    with time_machine.travel(START + timedelta(days=20), tick=False):
        assert updates.updates(access.workspace) == []
        assert len(updates.updates(access.workspace, everybody=True)) == 4


def test_a_colleague_gets_it_by_mail_and_the_next_is_counted_from_it(
    access: Access, world: dict[str, Stakeholder]
) -> None:
    with time_machine.travel(DUE, tick=False):
        updates.send(access, world["olga"], "News", "Dear Olga, it shipped.")
        background.run_all()
        [letter] = mail.outbox
        assert (letter.to, letter.subject) == (["Olga Owner <olga@acme.example>"], "News")
        assert "Dear Olga, it shipped." in letter.body
        assert [u.stakeholder.name for u in updates.updates(access.workspace)].count("Olga Owner") == 0
    world["olga"].refresh_from_db()
    assert world["olga"].due == DUE.date() + timedelta(days=30)
    assert "Dear Olga" in Touch.objects.get().note
    assert not Contact.objects.filter(what="letter").exists(), "a colleague's mail is in nobody's budget"


def test_a_person_gets_it_as_news_within_their_budget(
    access: Access, world: dict[str, Stakeholder], town: Town
) -> None:
    with time_machine.travel(DUE, tick=False):
        updates.send(access, world["nora"], "News", "Dear Nora, it shipped.")
        background.run_all()
    assert Letter.objects.get().person == town.nora
    assert set(Contact.objects.filter(person=town.nora, what="letter").values_list("purpose", flat=True)) == {"news"}
    assert len(mail.outbox) == 1


def test_without_an_address_it_is_noted_as_told_by_hand(access: Access, world: dict[str, Stakeholder]) -> None:
    with time_machine.travel(DUE, tick=False):
        updates.send(access, world["board"], "News", "Said in the meeting.")
        background.run_all()
    assert mail.outbox == []
    assert Touch.objects.get().stakeholder == world["board"]


def test_T33_a_mail_server_that_is_away_is_tried_again(
    access: Access, world: dict[str, Stakeholder], monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(DUE, tick=False) as clock:
        updates.send(access, world["olga"], "News", "It shipped.")
        with monkeypatch.context() as away:
            away.setattr(
                "django.core.mail.EmailMessage.send",
                lambda *a, **k: (_ for _ in ()).throw(smtplib.SMTPServerDisconnected("away")),
            )
            background.run_all()
        background.run_all()
        assert mail.outbox == [], "not at once"
        clock.shift(timedelta(minutes=6))
        background.run_all()
    assert len(mail.outbox) == 1


def test_what_makes_no_sense_is_refused(access: Access, world: dict[str, Stakeholder]) -> None:
    with pytest.raises(ValueError, match="Write a subject"):
        updates.send(access, world["olga"], "News", " ")
    with pytest.raises(PermissionDenied):
        updates.send(Access(access.workspace, access.actor, Role.CONTRIBUTOR), world["olga"], "s", "w")
    assert Touch.objects.count() == 0


def test_page_and_api(access: Access, world: dict[str, Stakeholder], as_owner: Client, owner: Member) -> None:
    with time_machine.travel(DUE, tick=False):
        client = Client()
        client.force_login(owner.user)
        shown = client.get("/w/acme/tell/updates").content.decode()
        for words in ("Fred Fonts", "Shipped: Exports in seconds.", "They were told"):
            assert words in shown
        api = Api(workspaces.make_token(access, "t", Role.EDITOR)[1])
        told = api.get("updates")[1]["updates"]
        assert {u["name"] for u in told} == {"Olga Owner", "Nora Both", "The board", "Fred Fonts"}
        assert (
            client.post(f"/w/acme/tell/updates/{world['fonts'].pk}/send", {"subject": "s", "words": "w"}).status_code
            == 302
        )
        status, answer = api.post(f"updates/{world['board'].pk}/send", {"subject": "s", "words": "w"})
        assert (status, answer["due"]) == (200, "2026-07-01")
        assert len(api.get("updates")[1]["updates"]) == 2


def test_an_empty_page_says_what_will_be_here(as_viewer: Client) -> None:
    assert "No stakeholders yet" in as_viewer.get("/w/acme/tell/updates").content.decode()
