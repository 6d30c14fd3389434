"""A real mail server and what stands in its mailboxes: each notice once, in order, whatever breaks in between."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.tell.postbox import Postbox
from wellheard.core import background
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell import budget
from wellheard.tell.channels import mail as channel
from wellheard.tell.models import Contact, DeadAddress, MailServer, Notice, NoticeState, OptOut, Release
from wellheard.tell.services import notices, post
from wellheard.tell.tasks import send_what_is_due


@pytest.fixture
def server(settings: Any, tmp_path: Path) -> Iterator[Postbox]:
    with Postbox(tmp_path / "maildir") as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 5
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.DEFAULT_FROM_EMAIL = "Wellheard <hello@acme.example>"
        yield box


def _owe(access: Access, people: int, title: str = "One clock") -> list[Notice]:
    """A release, and a notice to each of so many people, in this order."""
    release = Release.objects.create(
        workspace=access.workspace,
        title=title,
        body="It is **there**.",
        shipped_on=timezone.localdate(),
        published_at=timezone.now(),
    )
    made = [
        Person.objects.create(workspace=access.workspace, email=f"p{n:03}@shop.example", name=f"Person {n}")
        for n in range(people)
    ]
    return [Notice.objects.create(workspace=access.workspace, release=release, person=p) for p in made]


def _a_minute() -> None:
    """What the clock and the workers do within one."""
    send_what_is_due()
    background.run_all()


def _states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Notice.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_a_letter_reads_well_in_a_mail_program(access: Access, town: Town, server: Postbox) -> None:
    Person.objects.filter(pk=town.ann.pk).update(name="Änne Øberg 🦊", language="ar")
    town.ann.refresh_from_db()
    voice = Voice.objects.create(
        workspace=access.workspace,
        text="Kassenzettel — „doppelt“ 🧾\nline two",
        author=town.ann,
        said_at=timezone.now(),
    )
    release = Release.objects.create(
        workspace=access.workspace, title="Zwölf Belege, ein Klick 🎉", body="**Fertig**: <b>ja</b>.", shipped_on=timezone.localdate(),
        published_at=timezone.now(),
    )  # fmt: skip
    notice = Notice.objects.create(workspace=access.workspace, release=release, person=town.ann, voice=voice)
    assert notices.send_due() == 1
    (letter,) = server.letters()
    assert letter["To"] == "Änne Øberg 🦊 <ann@shop.example>"
    assert letter["From"] == "Acme Reports <hello@acme.example>"
    assert "Zwölf Belege, ein Klick 🎉" in letter["Subject"]
    assert letter["Message-ID"] == f"<notice-{notice.key[:32]}@acme.example>"
    assert letter["Content-Language"] == "ar"
    assert letter.get_content_type() == "multipart/alternative"
    text, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Kassenzettel — „doppelt“ 🧾" in text.get_content()
    assert 'dir="rtl"' in html.get_content()
    assert "<strong>Fertig</strong>" in html.get_content()
    assert "<b>ja</b>" not in html.get_content()
    assert f"/me/{town.ann.page_key}" in text.get_content()


def test_T24_the_way_out_in_the_letter_works_by_one_post(access: Access, server: Postbox, live_server: Any) -> None:
    """As a mail program does it: the address and the body come from the letter's own headers, over HTTP, no cookies."""
    import httpx

    (notice,) = _owe(access, 1)
    notices.send_due()
    (letter,) = server.letters()
    url = str(letter["List-Unsubscribe"]).strip(" <>").replace("http://testserver", live_server.url)
    field, _, value = str(letter["List-Unsubscribe-Post"]).partition("=")
    assert httpx.get(url).status_code == 200
    assert not OptOut.objects.exists()
    answer = httpx.post(url, data={field: value})
    assert answer.status_code == 200
    assert OptOut.objects.get().person == notice.person
    assert OptOut.objects.get().purpose == "answers"


def test_letters_about_one_voice_are_one_thread_in_the_mailbox(access: Access, town: Town, server: Postbox) -> None:
    voice = Voice.objects.create(workspace=access.workspace, text="Slow.", author=town.ann, said_at=timezone.now())
    for title in ("First", "Second"):
        release = Release.objects.create(
            workspace=access.workspace, title=title, shipped_on=timezone.localdate(), published_at=timezone.now()
        )
        Notice.objects.create(workspace=access.workspace, release=release, person=town.ann, voice=voice)
    assert notices.send_due() == 2
    first, second = server.letters()
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    ids = [str(x["Message-ID"]) for x in (first, second)]
    assert all(re.fullmatch(r"<[^<>@\s]+@acme\.example>", i) for i in [*ids, str(first["References"])])


def test_one_connection_carries_many_letters(access: Access, server: Postbox) -> None:
    _owe(access, 150)
    assert notices.send_due() == 150
    assert len(server.handler.order) == 150
    assert server.handler.connections == 2


def test_T33_a_mail_server_away_for_a_day_loses_nothing_keeps_the_order_and_is_not_stormed(
    access: Access, server: Postbox, settings: Any
) -> None:
    settings.MAIL_PER_MINUTE = 20
    owed = _owe(access, 50)
    start = timezone.now()
    tried: list[datetime] = []
    real = post.note_away

    def away(error: str) -> None:
        tried.append(timezone.now())
        real(error)

    post.note_away = away  # type: ignore[assignment]
    server.stop()
    try:
        with time_machine.travel(start, tick=False) as clock:
            for minutes_on in [1] * 60 + [10] * (23 * 6):
                _a_minute()
                clock.shift(timedelta(minutes=minutes_on))
            assert _states() == {NoticeState.OWED: 50}
            assert not Contact.objects.exists(), "what did not go out does not count"
            assert MailServer.objects.get().away_since == start
            assert len(tried) < 24 * 8, "it was asked now and then, not hammered"
            server.start()
            minutes = []
            for _minute in range(20):
                before = len(server.handler.order)
                _a_minute()
                minutes.append(len(server.handler.order) - before)
                clock.shift(timedelta(minutes=1, seconds=1))
    finally:
        post.note_away = real
    assert server.handler.order == [n.person.email for n in owed]
    assert max(minutes) <= 20, "a stream, not a storm"
    assert _states() == {NoticeState.SENT: 50}
    assert not MailServer.objects.exists()


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(access: Access, server: Postbox) -> None:
    owed = _owe(access, 2)
    with post.Post() as open_post:
        assert notices.send(owed[0].pk, open_post) is True
        server.stop()
        server.start()
        assert notices.send(owed[1].pk, open_post) is True
    assert _states() == {NoticeState.SENT: 2}


def test_T31_cut_off_in_the_middle_nobody_gets_it_twice(access: Access, server: Postbox) -> None:
    _owe(access, 5)
    server.handler.cut_after = 2
    notices.send_due()
    assert _states() == {NoticeState.SENT: 2, NoticeState.SENDING: 1, NoticeState.OWED: 2}
    server.handler.cut_after = None
    notices.recover_claims(timedelta(0))
    notices.send_due()
    assert _states() == {NoticeState.SENT: 4, NoticeState.SENDING: 1}
    assert set(server.counts().values()) == {1}
    assert len(server.handler.order) == 5


STEPS = ["claim", "write", "hand", "mark"]


@pytest.mark.parametrize("step", STEPS)
def test_T31_a_crash_between_any_two_steps_sends_nothing_twice_and_loses_nothing_silently(
    access: Access, server: Postbox, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The process ends before (claim, write, hand) or after (mark) the letter was handed over. Afterwards everything that
    surely did not go out is owed again or shown as unsure, and no mailbox holds two."""
    owed = _owe(access, 3)

    class Crash(BaseException):
        pass

    def crash(*_: Any, **__: Any) -> Any:
        raise Crash

    with monkeypatch.context() as broken:
        where = {
            "claim": (budget, "spend"), "write": (notices, "message_for"), "hand": (post.Post, "hand"), "mark": (notices, "_set"),
        }[step]  # fmt: skip
        broken.setattr(*where, crash)
        with pytest.raises(Crash):
            notices.send(owed[0].pk)
    notices.recover_claims(timedelta(0))
    notices.send_due()
    counts = server.counts()
    assert set(counts.values()) == {1}
    found = _states()
    if step == "claim":
        assert found == {NoticeState.SENT: 3}
    else:
        assert found == {NoticeState.SENT: 2, NoticeState.SENDING: 1}, "unsure, and shown as such"
        assert len(counts) == (3 if step == "mark" else 2)
        notices.send_again(access, Notice.objects.get(state=NoticeState.SENDING))
        notices.send_due()
        assert _states() == {NoticeState.SENT: 3}
        assert Contact.objects.count() == 3


def test_a_mailbox_that_does_not_exist_bounces_and_the_others_go(access: Access, server: Postbox) -> None:
    _owe(access, 4)
    server.handler.refuse = lambda address: {
        "p001@shop.example": "550 5.1.1 no such user", "p002@shop.example": "450 4.2.1 greylisted, come back",
    }.get(address)  # fmt: skip
    notices.send_due()
    by_address = {n.person.email: n for n in Notice.objects.select_related("person")}
    assert by_address["p001@shop.example"].state == NoticeState.BOUNCED
    assert DeadAddress.objects.get().address == "p001@shop.example"
    later = by_address["p002@shop.example"]
    assert later.state == NoticeState.OWED
    assert later.next_try_at is not None
    assert [a for a, n in by_address.items() if n.state == NoticeState.SENT] == [
        "p000@shop.example",
        "p003@shop.example",
    ]
    server.handler.refuse = lambda address: None
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        notices.send_due()
    assert server.counts()["Person 2 <p002@shop.example>"] == 1


@pytest.mark.django_db(transaction=True)
def test_T31_three_workers_at_once_deliver_each_letter_once(access: Access, server: Postbox) -> None:
    _owe(access, 40)
    ready = threading.Barrier(3)

    def work() -> None:
        ready.wait()
        notices.send_due()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(server.handler.order) == 40
    assert set(server.counts().values()) == {1}
    assert _states() == {NoticeState.SENT: 40}


def test_T31_a_clock_that_jumps_back_sends_nothing_twice(access: Access, server: Postbox) -> None:
    _owe(access, 3)
    notices.send_due()
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        notices.send_due()
        _a_minute()
    assert set(server.counts().values()) == {1}


def test_T05_names_and_titles_make_no_headers_in_what_arrives(access: Access, town: Town, server: Postbox) -> None:
    Person.objects.filter(pk=town.ann.pk).update(name='Ann"\r\nBcc: all@evil.example\r\nX-Evil: 1')
    town.ann.refresh_from_db()
    release = Release.objects.create(
        workspace=access.workspace,
        title="Clock\r\nX-Evil: yes",
        shipped_on=timezone.localdate(),
        published_at=timezone.now(),
    )
    Notice.objects.create(workspace=access.workspace, release=release, person=town.ann)
    assert notices.send_due() == 1
    (letter,) = server.letters()
    assert not {"bcc", "x-evil"} & {k.lower() for k in letter.keys()}  # noqa: SIM118
    assert server.handler.order == ["ann@shop.example"]


def test_a_notice_that_cannot_be_written_holds_up_nobody(
    access: Access, server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed = _owe(access, 3)
    real = channel.message_for

    def write(notice: Notice) -> Any:
        if notice.pk == owed[1].pk:
            raise ValueError("no")
        return real(notice)

    monkeypatch.setattr(notices, "message_for", write)
    notices.send_due()
    assert len(server.handler.order) == 2
    assert Notice.objects.get(pk=owed[1].pk).state == NoticeState.OWED


def test_members_see_that_the_mail_server_is_away(access: Access, server: Postbox, as_viewer: Client) -> None:
    _owe(access, 2)
    server.stop()
    notices.send_due()
    assert "mail server has not been reachable" in as_viewer.get("/w/acme/settings/budget").content.decode()
    assert "mail server has not been reachable" in as_viewer.get("/w/acme/tell/").content.decode()
