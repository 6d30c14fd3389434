"""Letters: a member's words to one person, on their page at once and by mail within their budget."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Person

from .. import budget
from ..channels.mail import language_of, one_line, plain
from ..models import Letter
from . import handing

MOST = 10_000


def write_within(access: Access, person: Person, purpose: str, subject: str, text: str, key: str) -> Letter:
    """Inside the transaction of whatever gives the occasion. Raises ValueError when there is nothing to say, or when the
    person wants no mail of this kind."""
    words, head = _said(text, MOST, "The words"), _said(subject, 140, "The subject")
    verdict = budget.may_contact(person, purpose)
    if not verdict.allowed and verdict.until is None:
        raise ValueError(verdict.why)
    made, fresh = Letter.objects.get_or_create(
        person=person, key=key,
        defaults={"workspace": access.workspace, "purpose": purpose, "subject": head, "text": words, "by": access.actor.name, "member": access.member},
    )  # fmt: skip
    if not fresh:
        raise ValueError("They were written to about this already.")
    _go()
    return made


def write_many_within(access: Access, written: Sequence[tuple[Person, str, str]], purpose: str, key: str) -> int:
    """One letter each of (person, subject, words), of one occasion; who was written to about it already is passed over.
    Inside the transaction of whatever gives the occasion. Returns how many are new."""
    before = Letter.objects.filter(key=key, workspace=access.workspace).count()
    rows = [
        Letter(
            workspace=access.workspace, person=person, purpose=purpose, subject=_said(subject, 140, "The subject"),
            text=_said(text, MOST, "The words"), key=key, by=access.actor.name, member=access.member,
        )
        for person, subject, text in written
    ]  # fmt: skip
    Letter.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    if rows:
        _go()
    return Letter.objects.filter(key=key, workspace=access.workspace).count() - before


def _said(text: str, most: int, what: str) -> str:
    words = clean.text(text, most, what)
    if not words:
        raise ValueError("Write a subject and what you want to say.")
    return words


def _go() -> None:
    from ..tasks import send_letters

    send_letters.enqueue()


def message_for(letter: Letter) -> EmailMultiAlternatives:
    """Text and HTML: the words, who wrote them, the person's own page, and the way out of this kind of mail."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    unsubscribe = budget.unsubscribe_url(letter.person, letter.purpose)
    words = {
        "letter": letter, "workspace": letter.workspace, "unsubscribe": unsubscribe,
        "paragraphs": [p.strip() for p in letter.text.split("\n\n") if p.strip()],
        "page": f"{settings.PUBLIC_URL}/me/{letter.person.page_key}",
    }  # fmt: skip
    with translation.override(language_of(letter.person)):
        text = plain(render_to_string("tell/mail/letter.txt", words))
        html = render_to_string("tell/mail/letter.html", words)
    message = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=text,
        from_email=formataddr((one_line(letter.workspace.name or name), address)),
        to=[formataddr((one_line(letter.person.name), letter.person.email or ""))],
        reply_to=[letter.member.user.email] if letter.member else None,
        headers={
            "Message-ID": f"<letter-{letter.workspace_id}-{letter.pk}@{address.rpartition('@')[2] or 'localhost'}>",
            **budget.headers(unsubscribe),
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


KIND = handing.Kind(Letter, message_for, "letter.sent", "letter")


def send_due() -> int:
    return handing.send_due(KIND)


def seen(person: Person) -> int:
    """The person really looked; how many were new to them."""
    with journal.record(journal.Actor(person.workspace_id, "person", person.pk, str(person)), "letters.seen") as entry:
        count = Letter.objects.filter(person=person, seen_at=None).update(seen_at=timezone.now())
        entry.about(person, letters=count)
        if not count:
            entry.nothing_changed()
    return count
