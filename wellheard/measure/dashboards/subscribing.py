"""Dashboards by mail, each due date once.

A mail is claimed (committed) before it is handed to the mail server, and its next date is set after. A crash between
the two leaves the claim: with the file backend sending again is harmless, for the message's id names subscription and
date and is its file; with a real mail server nobody can know whether it went out, so that date is passed over, and the
next one comes as usual.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Q
from django.utils import timezone

from wellheard import store
from wellheard.core import journal
from wellheard.people.access import Access

from ..models import Dashboard, Subscription

log = logging.getLogger(__name__)
HOUR = time(7)
BACKOFF = [timedelta(minutes=m) for m in (1, 5, 30, 120)]
STUCK = timedelta(minutes=10)


def next_due(every: str, zone: str, after: datetime) -> datetime:
    """The next seven o'clock of the workspace on a day the mail goes out, later than `after`."""
    tz = ZoneInfo(zone)
    day = after.astimezone(tz).date()
    while True:
        wanted = every == "day" or (every == "week" and day.weekday() == 0) or (every == "month" and day.day == 1)
        at = datetime.combine(day, HOUR, tz)
        if wanted and at > after:
            return at.astimezone(ZoneInfo("UTC"))
        day += timedelta(days=1)


def subscribe(access: Access, board: Dashboard | None, every: str, built_in: str = "") -> Subscription | None:
    """For oneself. An empty `every` ends it. Raises ValueError."""
    if access.member is None:
        raise ValueError("Only members get dashboards by mail, at their own address.")
    if every and every not in Subscription.Every.values:
        raise ValueError(f"Say one of {', '.join(Subscription.Every.values)}.")
    which: dict[str, Any] = {"member": access.member, "dashboard": board, "built_in": "" if board else built_in}
    with journal.record(access.actor, "dashboard.subscribed" if every else "dashboard.unsubscribed") as entry:
        held = Subscription.objects.select_for_update().filter(**which).first()
        if (held.every if held else "") == every:
            entry.nothing_changed()
            return held
        entry.about(board or access.member, built_in=built_in, every=every)
        if not every:
            assert held is not None
            held.delete()
            return None
        due = next_due(every, access.workspace.time_zone, timezone.now())
        fresh = {"every": every, "due_at": due, "claimed_at": None, "tries": 0, "next_try_at": None, "error": ""}
        found, _ = Subscription.objects.update_or_create(**which, defaults={**fresh, "workspace": access.workspace})
    return found


def stop(key: str, how: str) -> bool:
    """Whoever holds a mail ends it. Doing it twice changes nothing."""
    held = Subscription.objects.select_related("member__user").filter(key=key).first()
    if held is None:
        return False
    actor = journal.Actor(held.workspace_id, "member", held.member_id, str(held.member))
    with journal.record(actor, "dashboard.unsubscribed", how) as entry:
        entry.about(held.dashboard or held.member, built_in=held.built_in)
        held.delete()
    return True


def due() -> list[int]:
    """Numbers of the subscriptions whose time has come, longest waiting first."""
    now = timezone.now()
    rows = Subscription.objects.filter(due_at__lte=now, claimed_at=None).filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now)
    )
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:500])


def send_due() -> int:
    """Returns how many were handed over."""
    sent = 0
    for pk in due():
        outcome = send(pk)
        if outcome is None:  # the mail server is away: try all of them later
            break
        sent += outcome
    return sent


def send(pk: int) -> bool | None:
    """One mail. True: sent; False: not ours to send; None: the mail server could not be reached."""
    from .mail import message_for, reads

    now = timezone.now()
    claimed = Subscription.objects.filter(pk=pk, claimed_at=None, due_at__lte=now).filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now)
    )
    if not claimed.update(claimed_at=now):
        return False
    held = Subscription.objects.select_related("member__user", "workspace", "dashboard").filter(pk=pk).first()
    if held is None:
        return False
    if not reads(held):
        _on(held, "passed_over", "The dashboard cannot be seen any more.")
        return False
    try:
        message = message_for(held, store.get().reader)
    except store.StoreError:
        _again(held, "The event store did not answer.", tried=False)
        return None
    except Exception as e:
        # Nothing went out. One mail that cannot be written must not hold up the others.
        log.exception("the dashboard mail %s cannot be written", held.pk)
        _again(held, f"The mail could not be written: {e}"[:500])
        return False
    if message is None:
        _on(held, "passed_over", "Nothing happened in these days, so no empty mail was sent.")
        return False
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as e:
        _again(held, str(e)[:500])
        return None
    try:
        message.connection = connection
        message.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as e:
        # The server answered with a refusal, so it surely did not take the message.
        if isinstance(e, smtplib.SMTPResponseException) and e.smtp_code < 500:
            _again(held, str(e)[:500])
            return None
        _on(held, "refused", str(e)[:500])
        return False
    except (OSError, smtplib.SMTPException) as e:
        # Cut off in the middle: it may have gone out, so it does not go out again.
        _on(held, "cut_off", str(e)[:500])
        return None
    finally:
        connection.close()
    _on(held, "mailed")
    return True


def _again(held: Subscription, error: str, tried: bool = True) -> None:
    wait = BACKOFF[min(held.tries, len(BACKOFF) - 1)]
    Subscription.objects.filter(pk=held.pk).update(
        claimed_at=None, tries=held.tries + tried, error=error, next_try_at=timezone.now() + wait
    )
    log.warning("dashboard mail %s: %s Next try in %s.", held.pk, error, wait)


def _on(held: Subscription, what: str, error: str = "") -> None:
    """This date is done with; the next one is set. What was missed while the server was away is not made up for."""
    now = timezone.now()
    with journal.record(journal.system(held.workspace_id), f"dashboard.{what}", error) as entry:
        values = {"claimed_at": None, "tries": 0, "next_try_at": None, "error": error,
                  "due_at": next_due(held.every, held.workspace.time_zone, max(now, held.due_at))}  # fmt: skip
        if what == "mailed":
            values["sent_at"] = now
        if not Subscription.objects.filter(pk=held.pk, due_at=held.due_at).update(**values):
            entry.nothing_changed()
            return
        entry.about(held.dashboard or held.member, subscription=held.pk, built_in=held.built_in,
                    due=held.due_at.isoformat(), member=held.member_id)  # fmt: skip


def recover_claims(older_than: timedelta = STUCK) -> int:
    """After a crash in the middle: sent again where that is harmless, passed over where it is not."""
    stuck = Subscription.objects.select_related("workspace", "member", "dashboard")
    stuck = stuck.filter(claimed_at__lt=timezone.now() - older_than)
    if settings.EMAIL_BACKEND.endswith("FileBackend"):
        return stuck.update(claimed_at=None)
    rows = list(stuck)
    for held in rows:
        _on(held, "cut_off", "The server stopped in the middle; the mail may have gone out.")
    return len(rows)
