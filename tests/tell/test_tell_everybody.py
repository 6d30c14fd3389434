"""Shipping a release: everybody whose voice is evidence is owed one notice, gets it once, and can say stop."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet, start_bet
from wellheard.listen.models import Voice
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.tell.queries.debt import debts, owed
from wellheard.tell.services import addresses, notices
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

TERMS = Terms("One clock", "Report Opened", Decimal(20), Decimal(10))


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    voices = [capture(access, "The days do not match.", who=str(p.email)) for p in (town.ann, town.otto, town.tim)]
    voices.append(capture(access, "Ann again: still not.", who=str(town.ann.email)))
    silent = Person.objects.create(workspace=town.workspace, name="No Address")
    voices.append(Voice.objects.create(workspace=town.workspace, text="I agree", author=silent, said_at=timezone.now()))
    return create_problem(access, "Stores show different days", voices=[v.pk for v in voices])


@pytest.fixture
def release(access: Access, problem: Problem) -> Release:
    bet = create_bet(access, [problem], TERMS)
    start_bet(access, bet)
    return draft_release(access, "One clock for all stores", "Days **begin** together now.", [bet])


def _states(release: Release) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in release.notices.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_publishing_owes_each_author_one_notice_in_their_newest_words(
    access: Access, release: Release, town: Town
) -> None:
    assert publish_release(access, release) == 3
    assert _states(release) == {NoticeState.OWED: 3, NoticeState.NO_ADDRESS: 1}
    notice = release.notices.get(person=town.ann)
    assert notice.voice is not None
    assert notice.voice.text == "Ann again: still not."
    assert Bet.objects.get().state == Bet.State.SHIPPED


def test_publishing_twice_changes_nothing(access: Access, release: Release) -> None:
    publish_release(access, release)
    entries = Entry.objects.count()
    assert publish_release(access, release) == 0
    assert release.notices.count() == 4
    assert Entry.objects.count() == entries


def test_background_work_sends_each_notice_once(access: Access, release: Release, town: Town) -> None:
    publish_release(access, release)
    background.run_all()
    background.run_all()
    assert sorted(m.to[0] for m in mail.outbox) == [
        "Ann Assistant <ann@shop.example>", "Otto Owner <otto@shop.example>", "Tim Tea <tim@shop.example>",
    ]  # fmt: skip
    assert _states(release) == {NoticeState.SENT: 3, NoticeState.NO_ADDRESS: 1}


def test_the_mail_holds_their_words_what_was_done_and_a_way_out(access: Access, release: Release, town: Town) -> None:
    publish_release(access, release)
    background.run_all()
    message = next(m for m in mail.outbox if "ann@" in m.to[0])
    assert "Ann again: still not." in str(message.body)
    html = message.alternatives[0][0]  # type: ignore[attr-defined]
    assert "<strong>begin</strong>" in html
    notice = release.notices.get(person=town.ann)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/u/{notice.key}" in message.extra_headers["List-Unsubscribe"]
    assert notice.key[:32] in message.extra_headers["Message-ID"]


def test_followers_of_an_idea_are_told_too_in_other_words(
    access: Access, release: Release, problem: Problem, town: Town
) -> None:
    from wellheard.listen.services import ideas
    from wellheard.understand.services.problems import add_evidence

    idea = ideas.post(access.workspace, town.tim, "One midnight for all", "please")
    add_evidence(access, problem, [idea.voice])
    ideas.follow(idea, town.nora, True)
    assert publish_release(access, release) == 4
    background.run_all()
    told = next(m for m in mail.outbox if "nora@" in m.to[0])
    assert "you follow what somebody asked for" in str(told.body)
    assert "One midnight for all" in str(told.body)


def test_who_gets_an_address_later_is_told_then(access: Access, release: Release) -> None:
    publish_release(access, release)
    Person.objects.filter(name="No Address").update(email="at-last@shop.example")
    assert notices.found_addresses() == 1
    notices.send_due()
    assert any("at-last@" in m.to[0] for m in mail.outbox)


@pytest.mark.parametrize(
    "day", [date(1850, 1, 1), date(9999, 12, 31), date.today() + timedelta(days=3)], ids=["past", "far", "soon"]
)
def test_a_release_cannot_have_shipped_long_ago_or_in_the_future(access: Access, day: date) -> None:
    with pytest.raises(ValueError, match="cannot have shipped"):
        draft_release(access, "Time machine", "", [], day)


def test_T01_what_people_wrote_stays_text_in_the_preview_of_a_mail(
    access: Access, release: Release, town: Town, as_owner: Client
) -> None:
    poison = "</pre><i hx-trigger='load' hx-post='/w/acme/settings/members/add'></i><script>alert(1)</script>"
    Voice.objects.filter(author=town.ann).update(text=poison)
    Voice.objects.filter(author=town.otto).update(text=poison)
    Voice.objects.filter(author=town.tim).update(text=poison)
    publish_release(access, release)
    shown = as_owner.get(f"/w/acme/tell/releases/{release.pk}").content.decode()
    assert "&lt;i hx-trigger" in shown
    assert "<i hx-trigger" not in shown
    assert "<script>alert" not in shown


def test_the_preview_of_a_mail_shows_no_secret(access: Access, release: Release, as_viewer: Client) -> None:
    publish_release(access, release)
    shown = as_viewer.get(f"/w/acme/tell/releases/{release.pk}").content.decode()
    for notice in release.notices.select_related("person"):
        assert notice.key not in shown
        assert notice.person.page_key not in shown


def test_a_colleague_who_opens_a_persons_page_is_not_that_person(
    access: Access, release: Release, town: Town, as_viewer: Client
) -> None:
    publish_release(access, release)
    background.run_all()
    as_viewer.post(f"/me/{town.ann.page_key}/seen")
    assert release.notices.get(person=town.ann).state == NoticeState.SENT
    Client().post(f"/me/{town.ann.page_key}/seen")
    assert release.notices.get(person=town.ann).state == NoticeState.REACHED


def test_T05_names_and_titles_cannot_make_headers(access: Access, release: Release, town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(name="Ann\r\nBcc: everybody@evil.example")
    Release.objects.filter(pk=release.pk).update(title="Clock\nX-Evil: yes")
    publish_release(access, release)
    background.run_all()
    for message in mail.outbox:
        headers = {name.lower() for name, _ in message.message().items()}
        assert not headers & {"bcc", "x-evil"}


def test_who_opted_out_is_not_written_to(access: Access, release: Release, town: Town) -> None:
    addresses.opt_out(town.ann, "test")
    publish_release(access, release)
    background.run_all()
    assert not any("ann@" in m.to[0] for m in mail.outbox)
    assert release.notices.get(person=town.ann).state == NoticeState.OPTED_OUT


def test_who_opts_out_before_the_mail_goes_gets_none(access: Access, release: Release, town: Town) -> None:
    publish_release(access, release)
    addresses.opt_out(town.ann, "test")
    background.run_all()
    assert not any("ann@" in m.to[0] for m in mail.outbox)


def test_debt_counts_who_waits_and_who_was_told(access: Access, problem: Problem, release: Release) -> None:
    (before,) = debts(access.workspace)
    assert (before.asked, before.waiting, before.told) == (4, 4, 0)
    publish_release(access, release)
    background.run_all()
    (after,) = debts(access.workspace)
    assert (after.asked, after.waiting, after.told, after.owed) == (4, 0, 3, 1)
    assert owed(access.workspace).no_address == 1


# What can go wrong --------------------------------------------------------------------------------------------


class Troubled(BaseEmailBackend):
    """A mail server in trouble; `trouble` says which."""

    trouble = ""
    sent: list[str] = []

    def open(self) -> bool:
        if self.trouble == "away":
            raise ConnectionRefusedError("connection refused")
        return True

    def close(self) -> None: ...

    def send_messages(self, email_messages: Any) -> int:
        message: EmailMessage = email_messages[0]
        if self.trouble == "refuses":
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
        if self.trouble == "busy":
            raise smtplib.SMTPDataError(451, b"try again")
        Troubled.sent.append(message.to[0])
        if self.trouble == "cut":
            raise smtplib.SMTPServerDisconnected("connection lost")
        return 1


@pytest.fixture
def server(settings: Any) -> Iterator[type[Troubled]]:
    settings.EMAIL_BACKEND = "tests.tell.test_tell_everybody.Troubled"
    Troubled.trouble, Troubled.sent = "", []
    yield Troubled
    Troubled.trouble = ""


def test_T33_a_mail_server_that_is_away_loses_nothing(access: Access, release: Release, server: type[Troubled]) -> None:
    publish_release(access, release)
    server.trouble = "away"
    background.run_all()
    assert _states(release)[NoticeState.OWED] == 3
    server.trouble = ""
    release.notices.update(next_try_at=None)
    notices.send_due()
    assert len(server.sent) == len(set(server.sent)) == 3


def test_a_busy_server_is_asked_again_later_and_not_at_once(
    access: Access, release: Release, server: type[Troubled]
) -> None:
    publish_release(access, release)
    server.trouble = "busy"
    assert notices.send_due() == 0
    waiting = release.notices.exclude(next_try_at=None).get()
    assert waiting.tries == 1
    assert waiting.next_try_at is not None
    assert waiting.next_try_at > timezone.now()


def test_a_refused_address_is_bounced_and_can_be_sent_again(
    access: Access, release: Release, server: type[Troubled]
) -> None:
    publish_release(access, release)
    server.trouble = "refuses"
    notices.send_due()
    assert _states(release)[NoticeState.BOUNCED] == 3
    server.trouble = ""
    notices.send_again(access, release.notices.filter(state=NoticeState.BOUNCED).first())  # type: ignore[arg-type]
    assert notices.send_due() == 1


def test_T31_a_mail_that_may_have_gone_out_is_not_sent_twice(
    access: Access, release: Release, server: type[Troubled]
) -> None:
    publish_release(access, release)
    server.trouble = "cut"
    notices.send_due(limit=1)
    server.trouble = ""
    notices.recover_claims()
    notices.send_due()
    assert len(server.sent) == len(set(server.sent)) == 3
    assert _states(release)[NoticeState.SENDING] == 1


def test_T31_a_crash_between_sending_and_marking_sends_no_second_file(
    access: Access, release: Release, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "wellheard.core.mail.FileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    publish_release(access, release)
    mark = notices._set

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(notices, "_set", crash)
    first = release.notices.filter(state=NoticeState.OWED).order_by("created_at", "pk").first()
    assert first is not None
    with pytest.raises(KeyboardInterrupt):
        notices.send(first.pk)
    monkeypatch.setattr(notices, "_set", mark)
    Notice.objects.filter(pk=first.pk).update(claimed_at=timezone.now() - timezone.timedelta(hours=1))
    assert notices.recover_claims() == 1
    notices.send_due()
    assert len(list(tmp_path.glob("*.eml"))) == 3
    assert _states(release)[NoticeState.SENT] == 3
