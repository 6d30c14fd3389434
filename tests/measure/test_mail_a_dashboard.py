"""A dashboard comes by mail: at seven o'clock, once for each date, and to nobody who may not see it."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as config
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.engine import Events
from wellheard.core import background
from wellheard.core.journal import Actor
from wellheard.core.models import Entry
from wellheard.measure.dashboards import services, subscribing, tasks
from wellheard.measure.dashboards.mail import spark
from wellheard.measure.dashboards.subscribing import next_due
from wellheard.measure.dashboards.words import Spec
from wellheard.measure.models import Dashboard, Subscription, Tile
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces
from wellheard.store import Store

FILES = "wellheard.core.mail.FileBackend"
MONDAY = datetime(2026, 5, 11, 5, 0, tzinfo=UTC)  # seven o'clock in Berlin


@pytest.fixture
def vera(access: Access, viewer: Member) -> Access:
    return Access(access.workspace, Actor(access.workspace.pk, "member", viewer.pk, str(viewer)), Role.VIEWER, viewer)


@pytest.fixture
def busy(access: Access, event_store: Store) -> Events:
    found = Events(event_store, access.workspace.pk)
    found.send(*(found.track(who, "Viewed", f"2026-05-0{day} 10:00") for day in range(1, 9) for who in ("ann", "bo")))
    return found


@pytest.fixture
def board(access: Access, busy: Events) -> Dashboard:
    tiles = [
        Spec("Views", "trend", {"event": "Viewed", "every": "day"}, "7"),
        Spec("", "note", note="See **this**"),
        Spec("Paths", "paths", {"event": "Viewed"}),
    ]
    return services.create(access, "Our <Mondays>", tiles=tiles)


@pytest.fixture
def weekly(vera: Access, board: Dashboard) -> Subscription:
    """Due on Monday, the eleventh."""
    with time_machine.travel(MONDAY - timedelta(days=2), tick=False):
        found = subscribing.subscribe(vera, board, "week")
    assert found is not None
    assert found.due_at == MONDAY
    return found


def at(moment: datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def tick() -> None:
    """The clock's job, and what it queued."""
    tasks.mail_what_is_due()
    background.run_all()


def test_it_comes_on_monday_at_seven_with_the_numbers_as_tables(weekly: Subscription, vera: Access) -> None:
    with at(MONDAY - timedelta(minutes=1)):
        tick()
        assert mail.outbox == []
    with at(MONDAY + timedelta(minutes=1)):
        tick()
    (sent,) = mail.outbox
    assert sent.to == ["Vera Viewer <vera@acme.example>"]
    assert sent.subject == "Our <Mondays>, 11 May 2026"
    text, html = str(sent.body), str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    assert "2026-05-08" in text
    assert "4 May 2026 to 10 May 2026" in text, "up to the day before"
    assert "Our &lt;Mondays&gt;" in html
    assert "<strong>this</strong>" in html
    assert "<table" in html
    assert "<img" not in html
    assert "<svg" not in html
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    weekly.refresh_from_db()
    assert weekly.due_at == MONDAY + timedelta(weeks=1)
    assert Entry.objects.filter(verb="dashboard.mailed").count() == 1


def test_two_ticks_and_two_workers_send_it_once(weekly: Subscription) -> None:
    with at(MONDAY + timedelta(minutes=1)):
        tasks.mail_what_is_due()
        tasks.mail_what_is_due()
        background.run_all()
        assert subscribing.send(weekly.pk) is False, "another worker comes late"
        tick()
    assert len(mail.outbox) == 1


def test_who_claims_second_leaves_it(weekly: Subscription) -> None:
    with at(MONDAY + timedelta(minutes=1)):
        Subscription.objects.update(claimed_at=timezone.now())
        assert subscribing.send(weekly.pk) is False
        tick()
    assert mail.outbox == []


def _files() -> list[Path]:
    return sorted(Path(config.EMAIL_FILE_PATH).glob("dashboard-*.eml"))


def test_a_crash_after_sending_sends_no_second_file(
    weekly: Subscription, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, str(tmp_path)

    class Crash(BaseException):
        pass

    def crash(*a: Any, **k: Any) -> None:
        raise Crash

    with at(MONDAY + timedelta(minutes=1)), monkeypatch.context() as patch:
        patch.setattr(subscribing, "_on", crash)
        with pytest.raises(Crash):
            subscribing.send(weekly.pk)
    assert len(_files()) == 1
    with at(MONDAY + timedelta(minutes=5)):
        tick()
        weekly.refresh_from_db()
        assert weekly.claimed_at, "it may still be under way"
    with at(MONDAY + timedelta(minutes=20)):
        tick()
    assert len(_files()) == 1
    weekly.refresh_from_db()
    assert (weekly.claimed_at, weekly.due_at) == (None, MONDAY + timedelta(weeks=1))


def test_a_crash_before_sending_sends_it_later(weekly: Subscription, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, str(tmp_path)
    Subscription.objects.update(claimed_at=MONDAY)
    with at(MONDAY + timedelta(minutes=20)):
        tick()
    assert len(_files()) == 1


def test_a_crash_with_a_real_mail_server_passes_that_date_over(weekly: Subscription) -> None:
    """Nobody can know whether it went out."""
    Subscription.objects.update(claimed_at=MONDAY)
    with at(MONDAY + timedelta(minutes=20)):
        tick()
    assert mail.outbox == []
    weekly.refresh_from_db()
    assert "may have gone out" in weekly.error
    with at(MONDAY + timedelta(weeks=1, minutes=1)):
        tick()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_tried_again(weekly: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    def away(self: Any) -> None:
        raise ConnectionRefusedError("nobody there")

    with at(MONDAY + timedelta(minutes=1)), monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        tick()
        weekly.refresh_from_db()
        assert "nobody there" in weekly.error
        assert weekly.claimed_at is None
    with at(MONDAY + timedelta(minutes=3)):
        tick()
    assert len(mail.outbox) == 1


def test_a_refused_address_is_not_hammered(weekly: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, fail_silently: bool = False) -> int:
        raise smtplib.SMTPRecipientsRefused({"vera@acme.example": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    with at(MONDAY + timedelta(minutes=1)):
        tick()
        tick()
    weekly.refresh_from_db()
    assert weekly.due_at == MONDAY + timedelta(weeks=1)
    assert "no such user" in weekly.error


def test_weeks_the_server_was_away_are_not_made_up_for(weekly: Subscription) -> None:
    with at(MONDAY + timedelta(days=24)):
        tick()
        tick()
    assert len(mail.outbox) == 1
    weekly.refresh_from_db()
    assert weekly.due_at == MONDAY + timedelta(weeks=4)


@pytest.mark.parametrize("how", ["private", "deleted", "removed", "inactive"])
def test_quiet_for_who_may_not_see_it_any_more(weekly: Subscription, access: Access, viewer: Member, how: str) -> None:
    if how == "private":
        Dashboard.objects.update(shared=False)
    elif how == "deleted":
        services.delete(access, Dashboard.objects.get())
    elif how == "removed":
        workspaces.remove_member(access, viewer)
    else:
        viewer.user.is_active = False
        viewer.user.save()
    with at(MONDAY + timedelta(minutes=1)):
        tick()
    assert mail.outbox == []
    assert Subscription.objects.filter(due_at__lte=MONDAY).count() == 0


def test_a_tile_that_cannot_be_asked_is_told_in_the_mail(weekly: Subscription, board: Dashboard) -> None:
    Tile.objects.create(workspace=board.workspace, dashboard=board, kind="gone", title="Old", position=9)
    with at(MONDAY + timedelta(minutes=1)):
        tick()
    assert "There is no question 'gone'" in str(mail.outbox[0].body)


def test_a_mail_that_cannot_be_written_does_not_hold_up_the_others(
    weekly: Subscription, owner: Member, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wellheard.measure.dashboards import mail as letters

    olga = Access(access.workspace, access.actor, Role.OWNER, owner)
    with at(MONDAY - timedelta(days=1)):
        subscribing.subscribe(olga, None, "day", "health")
    real = letters.message_for

    def broken(held: Subscription, reader: Any) -> Any:
        if held.pk == weekly.pk:
            raise RuntimeError("template")
        return real(held, reader)

    monkeypatch.setattr(letters, "message_for", broken)
    with at(MONDAY + timedelta(minutes=1)):
        tick()
    assert [m.subject for m in mail.outbox] == ["Product health, 11 May 2026"]


def test_one_click_ends_it_and_looking_does_not(weekly: Subscription) -> None:
    client = Client(enforce_csrf_checks=True)
    url = f"/stop/{weekly.key}"
    assert "Press the button" in client.get(url).content.decode()
    assert Subscription.objects.exists()
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).content == b"Unsubscribed."
    assert not Subscription.objects.exists()
    assert client.post(url).status_code == 200, "a second time changes nothing"
    assert client.get("/stop/nonsense").status_code == 200
    assert Entry.objects.filter(verb="dashboard.unsubscribed").count() == 1


def test_a_viewer_subscribes_changes_and_ends_it_on_the_page(
    as_viewer: Client, board: Dashboard, viewer: Member
) -> None:
    url = f"/w/acme/measure/boards/{board.pk}"
    assert "every Monday at 7:00" in as_viewer.post(f"{url}/mail", {"every": "week"}, follow=True).content.decode()
    as_viewer.post(f"{url}/mail", {"every": "month"})
    assert Subscription.objects.get().every == "month"
    assert Subscription.objects.get().member == viewer
    as_viewer.post(f"{url}/mail", {"every": "hourly"})
    assert Subscription.objects.get().every == "month"
    as_viewer.post(f"{url}/mail", {"every": ""})
    as_viewer.post("/w/acme/measure/boards/built-in/health/mail", {"every": "day"})
    assert Subscription.objects.get().built_in == "health"
    assert as_viewer.post("/w/acme/measure/boards/built-in/magic/mail", {"every": "day"}).status_code == 404


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        ("day", "2026-05-11T05:00:00+00:00", "2026-05-12T05:00:00+00:00"),
        ("day", "2026-05-11T04:59:00+00:00", "2026-05-11T05:00:00+00:00"),
        ("day", "2026-03-28T12:00:00+00:00", "2026-03-29T05:00:00+00:00"),  # the clocks go forward
        ("day", "2026-10-24T12:00:00+00:00", "2026-10-25T06:00:00+00:00"),  # and back
        ("week", "2026-05-11T05:00:00+00:00", "2026-05-18T05:00:00+00:00"),
        ("month", "2026-12-15T00:00:00+00:00", "2027-01-01T06:00:00+00:00"),
    ],
)
def test_seven_oclock_is_that_of_the_workspace(every: str, after: str, due: str) -> None:
    found = next_due(every, "Europe/Berlin", datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(due)


def test_a_course_as_text() -> None:
    assert spark([0, 1, 2, 4, 8]) == "▁▂▃▅█"
    assert spark([0, 0, 0]) == ""
    assert spark([1, 2]) == ""
