"""Answering one voice in words. The person reads it on their page, in the widget, and by mail where we may write."""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from ..channels.mail import one_line
from ..models import OptOut, Reply

log = logging.getLogger(__name__)
MOST = 10_000
BATCH = 100


def answer(access: Access, voice: Voice, text: str) -> Reply:
    """Raises ValueError when there is nobody to answer, or nothing to say."""
    access.need(Role.CONTRIBUTOR)
    words = clean.text(text, MOST, "The answer")
    if not words:
        raise ValueError("Write what you answer.")
    person = voice.author
    if person is None:
        raise ValueError("Nobody is known to have said it, so there is nobody to answer.")
    with journal.record(access.actor, "voice.answered") as entry:
        mail = Reply.Mail.OWED if person.email and not _opted_out(person) else Reply.Mail.NONE
        made = Reply.objects.create(
            workspace=access.workspace, voice=voice, person=person, text=words, by=access.actor.name, member=access.member, mail=mail
        )  # fmt: skip
        entry.about(voice, reply=made.pk, person=person.pk)
    return made


def _opted_out(person: Person) -> bool:
    return OptOut.objects.filter(person=person, purpose="answers").exists()


def seen(person: Person) -> int:
    """The person really looked; how many were new to them."""
    with journal.record(journal.Actor(person.workspace_id, "person", person.pk, str(person)), "replies.seen") as entry:
        count = Reply.objects.filter(person=person, seen_at=None).update(seen_at=timezone.now())
        entry.about(person, replies=count)
        if not count:
            entry.nothing_changed()
    return count


def send_due() -> int:
    """Hand over what is to be sent, oldest first; stops when the mail server is away, and goes on later."""
    sent = 0
    for pk in list(
        Reply.objects.filter(mail=Reply.Mail.OWED).order_by("at", "pk").values_list("pk", flat=True)[:BATCH]
    ):
        outcome = _send(pk)
        if outcome is None:
            break
        sent += outcome
    return sent


def _send(pk: int) -> bool | None:
    """Claimed before it is handed over: what was cut off in the middle stays "being sent", and is never sent twice."""
    if not Reply.objects.filter(pk=pk, mail=Reply.Mail.OWED).update(mail=Reply.Mail.SENDING):
        return False
    reply = Reply.objects.select_related("person", "voice", "workspace").get(pk=pk)
    if not reply.person.email or _opted_out(reply.person):
        Reply.objects.filter(pk=pk).update(mail=Reply.Mail.NONE)
        return False
    message = message_for(reply)
    try:
        connection = get_connection()
        connection.open()
    except (OSError, smtplib.SMTPException) as e:
        Reply.objects.filter(pk=pk).update(mail=Reply.Mail.OWED, error=str(e)[:300])
        return None
    try:
        message.connection = connection
        message.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as e:
        again = isinstance(e, smtplib.SMTPResponseException) and e.smtp_code < 500
        Reply.objects.filter(pk=pk).update(mail=Reply.Mail.OWED if again else Reply.Mail.BOUNCED, error=str(e)[:300])
        return None if again else False
    except (OSError, smtplib.SMTPException) as e:
        Reply.objects.filter(pk=pk).update(error=str(e)[:300])
        log.warning("mail for reply %s was cut off; whether it went out is not known: %s", pk, e)
        return None
    finally:
        connection.close()
    with journal.record(journal.system(reply.workspace_id), "reply.sent") as entry:
        Reply.objects.filter(pk=pk).update(mail=Reply.Mail.SENT, error="")
        entry.about(reply, person=reply.person_id)
    return True


def message_for(reply: Reply) -> EmailMultiAlternatives:
    """Plain text: the answer, what it answers, and the person's own page with the way out."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    page = f"{settings.PUBLIC_URL}/me/{reply.person.page_key}"
    said = "\n".join(f"> {line}" for line in reply.voice.text[:1500].splitlines())
    body = (
        f"{reply.text}\n\n{reply.by}, {reply.workspace.name}\n\nYou wrote on {reply.voice.said_at:%d %B %Y}:\n\n{said}\n\n"
        f"All you said and what became of it, and how to get no more mail:\n{page}\n"
    )
    return EmailMultiAlternatives(
        subject=one_line(f"{reply.workspace.name}: {reply.voice.text[:60]}"),
        body=body,
        from_email=formataddr((one_line(reply.workspace.name or name), address)),
        to=[formataddr((one_line(reply.person.name), reply.person.email or ""))],
        headers={
            "Message-ID": f"<reply-{reply.workspace_id}-{reply.pk}@{address.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def recover(older_than: timedelta = timedelta(minutes=10)) -> int:
    """After a crash, with the file backend only: sending again writes the same file."""
    if not settings.EMAIL_BACKEND.endswith("FileBackend"):
        return 0
    return Reply.objects.filter(mail=Reply.Mail.SENDING, at__lt=timezone.now() - older_than).update(
        mail=Reply.Mail.OWED
    )
