"""One budget per person: what is held back waits and goes later; stop means stop, for every kind of mail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.listen.models import StatusChange
from wellheard.listen.services import ideas
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell import budget
from wellheard.tell.feedback import letter_came_back
from wellheard.tell.models import (
    Contact,
    DeadAddress,
    FollowNotice,
    Limits,
    Notice,
    NoticeState,
    OptOut,
    Purpose,
    Release,
)
from wellheard.tell.queries.budget import standing
from wellheard.tell.quiet import is_quiet, opens
from wellheard.tell.services import addresses, following, notices, replies
from wellheard.tell.services.limits import Wanted, set_limits

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
GAPS = {p.value: 0 for p in Purpose}


def _limit(
    access: Access, week: int = 100, month: int = 100, quiet: tuple[str, str] | None = None, **gaps: int
) -> Limits:
    start, end = (time.fromisoformat(q) for q in quiet) if quiet else (None, None)
    return set_limits(access, Wanted(week, month, start, end, {**GAPS, **gaps}))


def _spend(person: Person, ref: int, at: datetime, purpose: str = "news") -> budget.Verdict:
    return budget.spend(person, purpose, "test", ref, f"mail {ref}", at)


def _owe(access: Access, person: Person, title: str) -> Notice:
    """An owed notice about a release of its own."""
    made = Release.objects.create(
        workspace=access.workspace, title=title, shipped_on=timezone.localdate(), published_at=timezone.now()
    )
    return Notice.objects.create(workspace=access.workspace, release=made, person=person)


# The limits -------------------------------------------------------------------------------------------------------


def test_the_third_mail_of_a_week_waits_until_the_first_is_a_week_old(access: Access, town: Town) -> None:
    _limit(access, week=2)
    assert _spend(town.ann, 1, NOW).allowed
    assert _spend(town.ann, 2, NOW + timedelta(days=1)).allowed
    held = _spend(town.ann, 3, NOW + timedelta(days=2))
    assert (held.allowed, held.code, held.until) == (False, "week", NOW + timedelta(days=7))
    assert [m.about for m in held.mails] == ["mail 1", "mail 2"]
    assert "2 mails in the last 7 days; 2 at most" in held.why
    assert _spend(town.ann, 3, NOW + timedelta(days=7)).allowed
    assert _spend(town.tim, 4, NOW + timedelta(days=2)).allowed, "somebody else has a budget of their own"


def test_all_kinds_draw_on_one_budget(access: Access, town: Town) -> None:
    _limit(access, week=3)
    for n, purpose in enumerate(("answers", "news", "surveys")):
        assert _spend(town.ann, n, NOW, purpose).allowed
    assert not _spend(town.ann, 9, NOW, "invitations").allowed


def test_the_month_counts_too_and_the_longer_wait_wins(access: Access, town: Town) -> None:
    _limit(access, week=1, month=2)
    _spend(town.ann, 1, NOW)
    _spend(town.ann, 2, NOW + timedelta(days=8))
    held = _spend(town.ann, 3, NOW + timedelta(days=9))
    assert (held.code, held.until) == ("month", NOW + timedelta(days=30))


def test_days_pass_between_two_surveys_but_news_may_go(access: Access, town: Town) -> None:
    _limit(access, surveys=30)
    _spend(town.ann, 1, NOW, "surveys")
    held = _spend(town.ann, 2, NOW + timedelta(days=3), "surveys")
    assert (held.code, held.until) == ("gap", NOW + timedelta(days=30))
    assert _spend(town.ann, 3, NOW + timedelta(days=3), "news").allowed


def test_asking_again_for_the_same_mail_counts_once(access: Access, town: Town) -> None:
    _limit(access, week=1)
    assert _spend(town.ann, 1, NOW).allowed
    assert _spend(town.ann, 1, NOW).allowed, "after a crash the same mail is not held back by itself"
    assert Contact.objects.count() == 1
    budget.give_back("test", 1)
    assert _spend(town.ann, 2, NOW).allowed


@pytest.mark.parametrize(
    ("change", "says"),
    [({"per_week": 0}, "Mails a week"), ({"per_week": "x"}, "whole number"), ({"per_month": 1}, "at least as many"),
     ({"quiet_from": time(20)}, "both, or neither"), ({"quiet_from": time(8), "quiet_until": time(8)}, "all day"),
     ({"gaps": {"spam": 1}}, "no kind of mail"), ({"gaps": {"news": 999}}, "from 0 to 365")],
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused_and_nothing_changes(
    access: Access, change: dict[str, Any], says: str
) -> None:
    wanted: dict[str, Any] = {
        "per_week": 2,
        "per_month": 5,
        "quiet_from": None,
        "quiet_until": None,
        "gaps": {},
        **change,
    }
    with pytest.raises(ValueError, match=says):
        set_limits(access, Wanted(**wanted))
    assert not Limits.objects.exists()


# Quiet hours ------------------------------------------------------------------------------------------------------


def test_at_night_mail_waits_for_their_morning_not_ours(access: Access, town: Town) -> None:
    _limit(access, quiet=("20:00", "08:00"))
    town.ann.traits = {"time_zone": "America/New_York"}
    town.ann.save()
    held = _spend(town.ann, 1, NOW)  # 06:00 in New York, noon in Berlin
    assert (held.code, held.until) == ("quiet", datetime(2026, 6, 10, 12, 0, tzinfo=UTC))
    assert "America/New_York" in held.why
    assert _spend(town.tim, 2, NOW).allowed
    town.tim.traits = {"time_zone": "Nowhere/Land"}
    town.tim.save()
    assert _spend(town.tim, 3, NOW).allowed, "a zone that does not exist counts as not known"


def test_what_may_go_at_night_by_the_limits_goes_in_the_morning(access: Access, town: Town) -> None:
    _limit(access, week=1, quiet=("20:00", "08:00"))
    night = datetime(2026, 6, 10, 17, 59, tzinfo=UTC)  # 19:59 in Berlin
    assert _spend(town.ann, 1, night).allowed
    held = _spend(town.ann, 2, night + timedelta(days=6, hours=23))
    assert held.code == "week"
    assert held.until == datetime(2026, 6, 17, 17, 59, tzinfo=UTC), "still not quiet then"
    later = _spend(town.tim, 3, night + timedelta(minutes=1))
    assert later.until == datetime(2026, 6, 11, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("evening", "morning"),
    [("2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00"), ("2026-10-24T22:00+02:00", "2026-10-25T08:00+01:00")],
    ids=["forward", "back"],
)
def test_T32_on_nights_when_the_clock_changes_morning_is_when_their_clock_says_so(evening: str, morning: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = opens(datetime.fromisoformat(evening), time(20), time(8), berlin)
    assert found == datetime.fromisoformat(morning)


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "America/St_Johns",
    "UTC",
]


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)), st.times(), st.times(), st.sampled_from(ZONES),
)  # fmt: skip
def test_T32_it_is_never_quiet_when_mail_goes_and_nobody_waits_longer_than_the_night(
    at: datetime, start: time, end: time, name: str
) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if start == end:
        return
    moment, where = at.replace(tzinfo=UTC), ZoneInfo(name)
    found = opens(moment, start, end, where)
    assert not is_quiet(found, start, end, where)
    assert moment <= found <= moment + timedelta(hours=26)
    assert (found == moment) == (not is_quiet(moment, start, end, where))


# Sending ----------------------------------------------------------------------------------------------------------


def test_what_is_held_back_is_not_lost_and_goes_in_its_order(
    access: Access, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(access, week=1)
    owed = [_owe(access, town.ann, f"Thing {n}") for n in range(3)]
    assert notices.send_due() == 1
    assert [m.subject for m in mail.outbox] == ["You said, we did: Thing 0"]
    owed[1].refresh_from_db()
    assert owed[1].state == NoticeState.OWED
    assert "1 mail in the last 7 days" in owed[1].held
    assert owed[1].next_try_at is not None
    assert notices.send_due() == 0
    start = timezone.now()
    for days in (7, 14):
        monkeypatch.setattr(timezone, "now", lambda d=days: start + timedelta(days=d, seconds=5))
        notices.send_due()
    assert [m.subject for m in mail.outbox] == [f"You said, we did: Thing {n}" for n in range(3)]


def test_loosening_a_limit_lets_go_at_once(access: Access, town: Town) -> None:
    _limit(access, week=1)
    for n in range(2):
        _owe(access, town.ann, f"Thing {n}")
    notices.send_due()
    assert standing(access.workspace).held == 1
    _limit(access, week=5)
    assert standing(access.workspace).held == 0
    assert notices.send_due() == 1


def test_news_of_an_idea_waits_too_but_an_answer_by_hand_does_not(access: Access, town: Town) -> None:
    _limit(access, week=1)
    _owe(access, town.tim, "Thing")
    notices.send_due()
    idea = ideas.post(access.workspace, town.nora, "One midnight", "please")
    ideas.follow(idea, town.tim, True)
    change = StatusChange.objects.create(idea=idea, status="planned", by_name="Olga")
    FollowNotice.objects.create(workspace=access.workspace, change=change, person=town.tim)
    assert following.send_due() == 0
    assert FollowNotice.objects.get().held
    voice = capture(access, "Where is it?", who=str(town.tim.email))
    replies.answer(access, voice, "Under Settings.")
    assert replies.send_due() == 1
    assert Contact.objects.filter(person=town.tim).count() == 2, "it counts all the same"


@pytest.mark.django_db(transaction=True)
def test_T32_two_workers_cannot_both_use_the_last_of_a_budget(access: Access, town: Town) -> None:
    _limit(access, week=1)
    found: list[bool] = []
    ready = threading.Barrier(4)

    def work(ref: int) -> None:
        ready.wait()
        found.append(budget.spend(town.ann, "news", "test", ref).allowed)
        connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(found) == [False, False, False, True]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_T31_two_workers_send_each_notice_once(access: Access, town: Town) -> None:
    _limit(access)
    for n in range(8):
        _owe(access, town.ann, f"Thing {n}")
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
    assert sorted(m.subject for m in mail.outbox) == [f"You said, we did: Thing {n}" for n in range(8)]


# Stop -------------------------------------------------------------------------------------------------------------


def test_T24_one_click_ends_the_purpose_of_that_mail_and_no_other(access: Access, town: Town) -> None:
    url = budget.unsubscribe_url(town.ann, "surveys").removeprefix("http://testserver")
    program = Client(enforce_csrf_checks=True)
    for look in (program.get, program.head):
        assert look(url).status_code == 200
    assert not OptOut.objects.exists()
    assert "Surveys" in program.get(url).content.decode()
    assert program.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [o.purpose for o in OptOut.objects.all()] == ["surveys"]
    assert budget.may_contact(town.ann, "news").allowed
    assert budget.may_contact(town.ann, "surveys").code == "opted_out"
    assert program.post(url[:-2] + "xx").status_code == 404, "a made-up address is none of ours"


def test_T32_no_more_mail_at_all_stops_every_kind(access: Access, town: Town) -> None:
    url = budget.unsubscribe_url(town.ann, "news").removeprefix("http://testserver")
    _owe(access, town.ann, "Thing")
    Client().post(url, {"all": "yes"})
    assert {budget.may_contact(town.ann, p).code for p in Purpose} == {"opted_out"}
    assert notices.send_due() == 0
    assert Notice.objects.get().state == NoticeState.OPTED_OUT


def test_people_choose_kinds_on_their_own_page(town: Town, access: Access) -> None:
    address = f"/me/{town.ann.page_key}"
    assert "Invitations to talk with us" in Client().get(address).content.decode()
    Client().post(f"{address}/mail", {"want": "these", "kind": ["answers", "news"]})
    assert {o.purpose for o in OptOut.objects.all()} == {"surveys", "invitations"}
    Client().post(f"{address}/mail", {"want": "these", "kind": ["answers", "surveys"]})
    assert {o.purpose for o in OptOut.objects.all()} == {"news", "invitations"}


def _tracked(kind: str, address: str) -> None:
    event = AnymailTrackingEvent(event_type=kind, recipient=address, description="said so", message_id="x")
    tracking.send(sender=object, event=event, esp_name="Postmark")


def test_T32_mail_that_came_back_stops_all_kinds_until_the_address_changes(access: Access, town: Town) -> None:
    _owe(access, town.ann, "Thing")
    _tracked(EventType.DEFERRED, "ann@shop.example")
    assert not DeadAddress.objects.exists()
    _tracked(EventType.BOUNCED, "Ann@shop.example")
    _tracked(EventType.BOUNCED, "Ann@shop.example")
    assert Notice.objects.get().state == NoticeState.BOUNCED
    assert {budget.may_contact(town.ann, p).code for p in Purpose} == {"bounced"}
    assert Entry.objects.filter(verb="address.bounced").count() == 1
    town.ann.email = "ann@new.example"
    town.ann.save()
    assert budget.may_contact(town.ann, "news").allowed


def test_T32_a_complaint_stops_all_kinds_and_a_member_cannot_take_it_back(access: Access, town: Town) -> None:
    _owe(access, town.ann, "Thing")
    _tracked(EventType.COMPLAINED, "ann@shop.example")
    assert Notice.objects.get().state == NoticeState.OPTED_OUT
    assert {o.purpose for o in OptOut.objects.all()} == set(Purpose.values)
    with pytest.raises(ValueError, match="Only they"):
        addresses.try_again(access, DeadAddress.objects.get())
    addresses.opt_in(town.ann, "answers")
    assert notices.send_due() == 1, "they asked for it themselves"


def test_a_bounced_address_is_tried_again_when_a_member_says_so(access: Access, town: Town) -> None:
    _owe(access, town.ann, "Thing")
    addresses.came_back(access.workspace.pk, "ann@shop.example", "550 no such user")
    addresses.try_again(access, DeadAddress.objects.get())
    assert notices.send_due() == 1


def _report(notice: Notice, address: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = "Undelivered Mail Returned to Sender"
    letter.set_content("I'm sorry.")
    letter.make_mixed()
    kind = "Content-Type: message/delivery-status\r\n\r\n"
    fields = f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n"
    head = (
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <notice-{notice.key[:32]}@localhost>\r\nSubject: x\r\n"
    )
    return (
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n{kind}{fields}\r\n--b\r\n{head}\r\n--b--\r\n"
    ).encode()


def test_a_report_that_mail_came_back_is_understood_and_only_of_mail_we_sent(access: Access, town: Town) -> None:
    owed = _owe(access, town.ann, "Thing")
    notices.send_due()
    with pytest.raises(ValueError, match="failed for good"):
        letter_came_back(_report(owed, "ann@shop.example", "delayed", "4.4.1"))
    with pytest.raises(ValueError, match="no mail that we sent"):
        letter_came_back(_report(owed, "tim@shop.example"))
    with pytest.raises(ValueError, match="no delivery report"):
        letter_came_back(b"Subject: hello\r\n\r\nhi")
    assert letter_came_back(_report(owed, "ann@shop.example")) == "ann@shop.example"
    owed.refresh_from_db()
    assert owed.state == NoticeState.BOUNCED
    assert "5.1.1 550 no such user" in owed.error
    assert DeadAddress.objects.get().address == "ann@shop.example"


# For members ------------------------------------------------------------------------------------------------------


def test_an_owner_sets_limits_and_sees_what_they_hold_back(access: Access, town: Town, as_owner: Client) -> None:
    given = {
        "per_week": "1",
        "per_month": "4",
        "quiet_from": "",
        "quiet_until": "",
        **{f"gap_{p}": "0" for p in Purpose},
    }
    assert as_owner.post("/w/acme/settings/budget", given).status_code == 302
    for n in range(2):
        _owe(access, town.ann, f"Thing {n}")
    background.run_all()
    notices.send_due()
    shown = as_owner.get("/w/acme/settings/budget").content.decode()
    assert "They got 1 mail in the last 7 days; 1 at most." in shown
    assert "Waits until" in as_owner.get("/w/acme/tell/notices").content.decode()
    person = as_owner.get(f"/w/acme/people/{town.ann.pk}").content.decode()
    assert "May we write to them?" in person
    refused = as_owner.post("/w/acme/settings/budget", {**given, "per_week": "many"})
    assert refused.status_code == 422
    assert "whole number from 1 to 100" in refused.content.decode()
    assert Limits.objects.get().per_week == 1


def test_a_viewer_reads_the_limits_and_cannot_set_them(as_viewer: Client, access: Access) -> None:
    assert as_viewer.get("/w/acme/settings/budget").status_code == 200
    assert as_viewer.post("/w/acme/settings/budget", {"per_week": "9"}).status_code == 403


def test_T10_who_is_erased_leaves_no_address_behind(access: Access, town: Town) -> None:
    from wellheard.tell.services import erasing

    addresses.came_back(access.workspace.pk, "ann@shop.example", "550")
    _spend(town.ann, 1, NOW)
    erasing.erase(access, town.ann)
    assert not DeadAddress.objects.exists()
    assert not Contact.objects.exists()
