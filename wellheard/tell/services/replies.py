"""Answering one voice in words. The person reads it on their page, in the widget, and by mail where we may write."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import Truncator

from wellheard.core import clean, journal
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from .. import budget
from ..channels.mail import language_of, one_line, plain
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
    """Text and HTML in the person's language: the answer, what it answers, the person's own page and the way out."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    unsubscribe = budget.unsubscribe_url(reply.person, Purpose.ANSWERS)
    words = {
        "reply": reply, "workspace": reply.workspace, "said": reply.voice.text[:1500], "unsubscribe": unsubscribe,
        "page": f"{settings.PUBLIC_URL}/me/{reply.person.page_key}",
    }  # fmt: skip
    language = language_of(reply.person)
    with translation.override(language):
        text = plain(render_to_string("tell/mail/reply.txt", words))
        html = render_to_string("tell/mail/reply.html", words)
    message = EmailMultiAlternatives(
        subject=one_line(f"{reply.workspace.name}: {Truncator(reply.voice.text).words(9)}")[:140],
        body=text,
        from_email=formataddr((one_line(reply.workspace.name or name), address)),
        to=[formataddr((one_line(reply.person.name), reply.person.email or ""))],
        headers={
            "Message-ID": f"<reply-{reply.workspace_id}-{reply.pk}@{address.rpartition('@')[2] or 'localhost'}>",
            **budget.headers(unsubscribe),
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    message.attach_alternative(html, "text/html")
    return message
