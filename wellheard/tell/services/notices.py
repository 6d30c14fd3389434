"""Sending what is owed, exactly once, and hearing what became of it.

A notice is claimed (committed as "sending") before it is handed to the mail server and marked sent after. A
crash between the two leaves it "sending": with the file backend sending again is harmless, for the message's
id is its file; with a real mail server nobody can know whether it went out, so it is not sent twice behind
anybody's back: it is shown as unsure, and a member decides.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role
from wellheard.people.services.folding import Settled, settle

from .. import budget
from ..channels.mail import message_for
from ..models import ABOUT, Notice, NoticeState, Purpose, public
from . import addresses
from .post import Post, room

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


def due() -> QuerySet[Notice]:
    """Owed, and not held back until later; oldest first."""
    now = timezone.now()
    rows = Notice.objects.filter(public(now), Q(next_try_at=None) | Q(next_try_at__lte=now), state=NoticeState.OWED)
    return rows.order_by("created_at", "pk")


def send_due(limit: int = BATCH) -> int:
    """Send the notices that are owed and due, oldest first; returns how many were handed over."""
    return send_batch(limit)[0]


def send_batch(limit: int = BATCH, pause: float = 0) -> tuple[int, bool]:
    """(how many were handed over, whether to come again at once: there is more, and the mail server takes it). With
    `pause`, each takes at least so many seconds, so that whoever waits for a page does not wait for mails."""
    wanted, sent = min(limit, room()), 0
    numbers = list(due().values_list("pk", flat=True)[:wanted])
    with Post() as post:
        for pk in numbers:
            end = time.monotonic() + pause
            outcome = send(pk, post)
            if outcome is None:  # the mail server is away: keep the order, try all of them later
                return sent, False
            sent += outcome
            time.sleep(max(0, end - time.monotonic()))
    return sent, wanted > 0 and len(numbers) == wanted


def send(pk: int, post: Post | None = None) -> bool | None:
    """Send one notice. True: sent; False: not to be sent (now); None: the mail server could not take it."""
    notice = _claim(pk)
    if notice is None:
        return False
    try:
        message = message_for(notice)
    except Exception as e:
        # Nothing went out. One notice that cannot be written must not hold up the others.
        log.exception("notice %s cannot be written", notice.pk)
        _later(notice, f"The message could not be written: {e}"[:500])
        return False
    if post is None:
        with Post() as own:
            handed = own.hand(message)
    else:
        handed = post.hand(message)
    if handed.what == "sent":
        _set(notice, NoticeState.SENT)
        return True
    if handed.what == "unsure":
        # It may have gone out. Left as "being sent" for a member to decide; it counts in the budget.
        Notice.objects.filter(pk=notice.pk).update(error=handed.error)
        return None
    if handed.what == "away":
        _release(notice, error=handed.error)
        return None
    if handed.what == "later":
        _later(notice, handed.error)
        return None if handed.busy else False
    budget.give_back("notice", notice.pk)
    if handed.dead:
        addresses.came_back(notice.workspace_id, notice.person.email or "", handed.error)
    _set(notice, NoticeState.BOUNCED, handed.error)
    return False


def _claim(pk: int) -> Notice | None:
    """Takes one from the person's budget and marks it as being sent, in one transaction under the person's lock; or
    settles why it does not go now. None: not to be sent."""
    rows = Notice.objects.filter(pk=pk, state=NoticeState.OWED)
    notice = rows.select_related("person", "voice", "workspace", *ABOUT).first()
    if notice is None:
        return None
    try:
        with transaction.atomic():
            verdict = budget.spend(notice.person, Purpose.ANSWERS, "notice", pk, notice.title)
            if verdict.allowed and not rows.update(
                state=NoticeState.SENDING, claimed_at=timezone.now(), held="", next_try_at=None
            ):
                transaction.set_rollback(True)  # somebody else took it, or it is settled: nothing was spent
                return None
            if not verdict.allowed and verdict.until:
                rows.update(next_try_at=verdict.until, held=verdict.why[:300])
                return None
    except Person.DoesNotExist:  # merged or erased in this moment
        return None
    if verdict.allowed:
        return notice
    _set(notice, NEVER[verdict.code], verdict.why if verdict.code == "bounced" else "")
    return None


# What becomes of a notice that may never go.
NEVER = {
    "opted_out": NoticeState.OPTED_OUT, "complained": NoticeState.OPTED_OUT, "bounced": NoticeState.BOUNCED,
    "no_address": NoticeState.NO_ADDRESS,
}  # fmt: skip


def _release(notice: Notice, **values: Any) -> None:
    """It surely did not go out: owed as before, and not counted."""
    with transaction.atomic():
        budget.give_back("notice", notice.pk)
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.OWED, **values)


def _later(notice: Notice, error: str) -> None:
    wait = BACKOFF[min(notice.tries, len(BACKOFF) - 1)]
    _release(notice, tries=notice.tries + 1, error=error, next_try_at=timezone.now() + wait)
    log.warning("mail for notice %s failed, next try in %s: %s", notice.pk, wait, error)


def _set(notice: Notice, state: NoticeState, error: str = "") -> None:
    actor = journal.system(notice.workspace_id)
    with journal.record(actor, f"notice.{state.value}") as entry:
        values: dict[str, Any] = {"state": state, "error": error, "held": ""}
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
    return waiting.update(state=NoticeState.OWED, next_try_at=None, held="")


def send_again(access: Access, notice: Notice) -> None:
    """A member decides that an unsure or bounced notice goes out again."""
    access.need(Role.EDITOR)
    if notice.state not in (NoticeState.SENDING, NoticeState.BOUNCED, NoticeState.NO_ADDRESS):
        raise ValueError("Only a notice that bounced, had no address or whose sending was cut off can be sent again.")
    if not notice.person.email:
        raise ValueError("There is still no e-mail address for this person.")
    with journal.record(access.actor, "notice.sent_again") as entry:
        addresses.forget(notice.workspace_id, notice.person.email)
        budget.give_back("notice", notice.pk)
        Notice.objects.filter(pk=notice.pk).update(state=NoticeState.OWED, next_try_at=None, held="")
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


def bounce(key: str, error: str) -> bool:
    """The mail came back (told by a provider or by a letter); `key` is the notice's, or the beginning of it that stands in
    its Message-ID."""
    rows = Notice.objects.filter(state__in=[NoticeState.SENT, NoticeState.SENDING]).select_related("person")
    notice = rows.filter(key__startswith=key).first() if len(key) >= 32 else None
    if notice is None:
        return False
    _set(notice, NoticeState.BOUNCED, error[:500])
    return True
