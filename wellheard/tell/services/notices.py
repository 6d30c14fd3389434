"""Sending what is owed, exactly once, and hearing what became of it.

A notice is claimed (committed as "sending") before it is handed to the mail server and marked sent after. A
crash between the two leaves it "sending": with the file backend sending again is harmless, for the message's
id is its file; with a real mail server nobody can know whether it went out, so it is not sent twice behind
anybody's back: it is shown as unsure, and a member decides.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Q
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role
from wellheard.people.services.folding import Settled, settle

from ..channels.mail import message_for
from ..models import ABOUT, Notice, NoticeState, OptOut, public

log = logging.getLogger(__name__)
BACKOFF = [timedelta(minutes=m) for m in (1, 5, 30, 120, 600, 1440, 1440)]
BATCH = 200
# Of two notices about one thing to people who turn out to be one, the one that got further stays: nobody is told twice.
FURTHER = [
    NoticeState.NO_ADDRESS, NoticeState.OPTED_OUT, NoticeState.BOUNCED, NoticeState.OWED, NoticeState.SENDING,
    NoticeState.SENT, NoticeState.REACHED,
]  # fmt: skip


@settle("tell.notice")
def _further(gone: Notice, kept: Notice) -> Settled:
    return Settled(prefer_gone=FURTHER.index(NoticeState(gone.state)) > FURTHER.index(NoticeState(kept.state)))


def send_due(limit: int = BATCH) -> int:
    """Send the notices that are owed and due, oldest first; returns how many were handed over."""
    now = timezone.now()
    due = Notice.objects.filter(public(now), Q(next_try_at=None) | Q(next_try_at__lte=now), state=NoticeState.OWED)
    sent = 0
    for pk in list(due.order_by("created_at", "pk").values_list("pk", flat=True)[:limit]):
        outcome = send(pk)
        if outcome is None:  # the mail server is away: keep the order, try all of them later
            break
        sent += outcome
    return sent


def send(pk: int) -> bool | None:
    """Send one notice. True: sent; False: not ours to send; None: the mail server could not be reached."""
    now = timezone.now()
    if not Notice.objects.filter(pk=pk, state=NoticeState.OWED).update(state=NoticeState.SENDING, claimed_at=now):
        return False
    notice = Notice.objects.select_related("person", "voice", "workspace", *ABOUT).get(pk=pk)
    if OptOut.objects.filter(person=notice.person, purpose="answers").exists():
        _set(notice, NoticeState.OPTED_OUT)
        return False
    if not notice.person.email:
        _set(notice, NoticeState.NO_ADDRESS)
        return False
    try:
        message = message_for(notice)
    except Exception as e:
        # Nothing went out. One notice that cannot be written must not hold up the others.
        log.exception("notice %s cannot be written", notice.pk)
        _later(notice, f"The message could not be written: {e}"[:500])
        return False
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as e:
        _later(notice, str(e)[:500])
        return None
    try:
        message.connection = connection
        message.send()
    except smtplib.SMTPRecipientsRefused as e:
        _set(notice, NoticeState.BOUNCED, str(e)[:500])
        return False
    except smtplib.SMTPResponseException as e:
        # The server answered with a refusal, so it surely did not take the message.
        if e.smtp_code >= 500:
            _set(notice, NoticeState.BOUNCED, str(e)[:500])
            return False
        _later(notice, str(e)[:500])
        return None
    except (OSError, smtplib.SMTPException) as e:
        # Cut off in the middle: it may have gone out. Left as "being sent" for a member to decide.
        Notice.objects.filter(pk=notice.pk).update(error=str(e)[:500])
        log.warning("mail for notice %s was cut off; whether it went out is not known: %s", notice.pk, e)
        return None
    finally:
        connection.close()
    _set(notice, NoticeState.SENT)
    return True


def _later(notice: Notice, error: str) -> None:
    wait = BACKOFF[min(notice.tries, len(BACKOFF) - 1)]
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.OWED, tries=notice.tries + 1, error=error, next_try_at=timezone.now() + wait
    )
    log.warning("mail for notice %s failed, next try in %s: %s", notice.pk, wait, error)


def _set(notice: Notice, state: NoticeState, error: str = "") -> None:
    actor = journal.system(notice.workspace_id)
    with journal.record(actor, f"notice.{state.value}") as entry:
        values: dict[str, Any] = {"state": state, "error": error}
        if state == NoticeState.SENT:
            values |= {"sent_at": timezone.now(), "tries": notice.tries + 1}
        Notice.objects.filter(pk=notice.pk).update(**values)
        entry.about(notice, person=notice.person_id, release=notice.release_id, decision=notice.decision_id)


def recover_claims(older_than: timedelta = timedelta(minutes=10)) -> int:
    """After a crash: claimed notices whose fate is known to be harmless go back to owed (file backend only)."""
    if not settings.EMAIL_BACKEND.endswith("FileBackend"):
        return 0
    stuck = Notice.objects.filter(state=NoticeState.SENDING, claimed_at__lt=timezone.now() - older_than)
    return stuck.update(state=NoticeState.OWED)


def found_addresses() -> int:
    """Who had no address and has one now is owed their notice after all."""
    waiting = Notice.objects.filter(state=NoticeState.NO_ADDRESS, person__email__isnull=False)
    return waiting.update(state=NoticeState.OWED, next_try_at=None)


def send_again(access: Access, notice: Notice) -> None:
    """A member decides that an unsure or bounced notice goes out again."""
    access.need(Role.EDITOR)
    if notice.state not in (NoticeState.SENDING, NoticeState.BOUNCED, NoticeState.NO_ADDRESS):
        raise ValueError("Only a notice that bounced, had no address or whose sending was cut off can be sent again.")
    if not notice.person.email:
        raise ValueError("There is still no e-mail address for this person.")
    with journal.record(access.actor, "notice.sent_again") as entry:
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.OWED, next_try_at=None)
        entry.about(notice, before=notice.state)


def mark_told(access: Access, notice: Notice, how: str) -> None:
    """A member told the person some other way (a call, in person)."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "notice.told_in_person", how) as entry:
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.REACHED, reached_at=timezone.now())
        entry.about(notice, before=notice.state)


def reached(person: Person) -> int:
    """The person's own page was shown in a browser: what was sent to them has reached them."""
    now = timezone.now()
    open_states = [NoticeState.SENT, NoticeState.OWED, NoticeState.NO_ADDRESS]
    found = Notice.objects.filter(public(now), person=person, state__in=open_states)
    with journal.record(
        journal.Actor(person.workspace_id, "person", person.pk, str(person)), "notices.reached"
    ) as entry:
        count = found.update(state=NoticeState.REACHED, reached_at=now)
        if not count:
            entry.nothing_changed()
            return 0
        entry.about(person, notices=count)
    return count


def opt_out(person: Person, how: str, purpose: str = "answers") -> bool:
    """No more mail of this kind; what is still owed turns into "opted out". Doing it twice changes nothing."""
    with journal.record(
        journal.Actor(person.workspace_id, "person", person.pk, str(person)), "person.opted_out"
    ) as entry:
        _, fresh = OptOut.objects.get_or_create(person=person, purpose=purpose, defaults={"how": how})
        if not fresh:
            entry.nothing_changed()
            return False
        Notice.objects.filter(person=person, state=NoticeState.OWED).update(state=NoticeState.OPTED_OUT)
        entry.about(person, purpose=purpose, how=how)
    return True


def opt_in(person: Person, purpose: str = "answers") -> None:
    with journal.record(
        journal.Actor(person.workspace_id, "person", person.pk, str(person)), "person.opted_in"
    ) as entry:
        if not OptOut.objects.filter(person=person, purpose=purpose).delete()[0]:
            entry.nothing_changed()
            return
        Notice.objects.filter(person=person, state=NoticeState.OPTED_OUT).update(state=NoticeState.OWED)
        entry.about(person, purpose=purpose)


def bounce(notice_key: str, error: str) -> bool:
    """The mail came back (reported by a mail provider)."""
    notice = Notice.objects.filter(key=notice_key, state__in=[NoticeState.SENT, NoticeState.SENDING]).first()
    if notice is None:
        return False
    _set(notice, NoticeState.BOUNCED, error[:500])
    return True
