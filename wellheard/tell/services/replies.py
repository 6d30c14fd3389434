"""Answering one voice in words. The person reads it on their page, in the widget, and by mail where we may write."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from .. import budget
from ..channels.mail import one_line
from ..models import Purpose, Reply
from . import handing

MOST = 10_000


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
        mail = Reply.Mail.OWED if person.email and not handing.opted_out(person) else Reply.Mail.NONE
        made = Reply.objects.create(
            workspace=access.workspace, voice=voice, person=person, text=words, by=access.actor.name, member=access.member, mail=mail
        )  # fmt: skip
        entry.about(voice, reply=made.pk, person=person.pk)
    return made


def seen(person: Person) -> int:
    """The person really looked; how many were new to them."""
    with journal.record(journal.Actor(person.workspace_id, "person", person.pk, str(person)), "replies.seen") as entry:
        count = Reply.objects.filter(person=person, seen_at=None).update(seen_at=timezone.now())
        entry.about(person, replies=count)
        if not count:
            entry.nothing_changed()
    return count


def send_due() -> int:
    return handing.send_due(handing.Kind(Reply, message_for, "reply.sent", "reply", lambda r: not r.bulk))


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
            **budget.headers(budget.unsubscribe_url(reply.person, Purpose.ANSWERS)),
        },
    )
