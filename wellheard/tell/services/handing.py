"""Handing single mails to the mail server: each claimed before and marked after, so that none goes out twice."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.models import Person

from ..models import FollowNotice, Mail, OptOut, Reply

log = logging.getLogger(__name__)
BATCH = 100
Kind = type[Reply] | type[FollowNotice]


def opted_out(person: Person) -> bool:
    return OptOut.objects.filter(person=person, purpose="answers").exists()


def send_due(kind: Kind, write: Callable[[Any], EmailMultiAlternatives | None], verb: str) -> int:
    """Hand over what is owed, oldest first; stops when the mail server is away, and goes on later. `write` gives None
    for what is not to be sent any more."""
    sent = 0
    owed = kind._default_manager.filter(mail=Mail.OWED).order_by("at", "pk")
    for pk in list(owed.values_list("pk", flat=True)[:BATCH]):
        outcome = _send(kind, pk, write, verb)
        if outcome is None:
            break
        sent += outcome
    return sent


def _send(kind: Kind, pk: int, write: Callable[[Any], EmailMultiAlternatives | None], verb: str) -> bool | None:
    """True: sent; False: not to be sent; None: the mail server could not be reached. What was cut off in the middle stays
    "being sent": nobody can know whether it went out."""
    rows = kind._default_manager.filter(pk=pk)
    if not rows.filter(mail=Mail.OWED).update(mail=Mail.SENDING):
        return False
    owed = rows.select_related("person", "workspace").get()
    message = None if not owed.person.email or opted_out(owed.person) else write(owed)
    if message is None:
        rows.update(mail=Mail.NONE)
        return False
    try:
        connection = get_connection()
        connection.open()
    except (OSError, smtplib.SMTPException) as e:
        rows.update(mail=Mail.OWED, error=str(e)[:300])
        return None
    try:
        message.connection = connection
        message.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as e:
        again = isinstance(e, smtplib.SMTPResponseException) and e.smtp_code < 500
        rows.update(mail=Mail.OWED if again else Mail.BOUNCED, error=str(e)[:300])
        return None if again else False
    except (OSError, smtplib.SMTPException) as e:
        rows.update(error=str(e)[:300])
        log.warning("a mail (%s) was cut off; whether it went out is not known: %s", owed, e)
        return None
    finally:
        connection.close()
    with journal.record(journal.system(owed.workspace_id), verb) as entry:
        rows.update(mail=Mail.SENT, error="")
        entry.about(owed, person=owed.person_id)
    return True


def recover(older_than: timedelta = timedelta(minutes=10)) -> int:
    """After a crash, with the file backend only: sending again writes the same file."""
    if not settings.EMAIL_BACKEND.endswith("FileBackend"):
        return 0
    old = {"mail": Mail.SENDING, "at__lt": timezone.now() - older_than}
    return sum(kind._default_manager.filter(**old).update(mail=Mail.OWED) for kind in (Reply, FollowNotice))
