"""A notice as mail: the person's own words, what was done about them, and a way out."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from wellheard.core.markdown import to_html, to_text

from ..models import Notice


def one_line(value: str) -> str:
    """No line break survives, so no name or title can add a header."""
    return " ".join(value.split())


def plain(rendered: str) -> str:
    """A rendered plain text is marked safe, though nothing in it is escaped: shown in a page it must count as text."""
    return "".join(["", *rendered])


def message_for(notice: Notice) -> EmailMultiAlternatives:
    """The mail for a notice. Its Message-ID is made from the notice, so a second copy can be recognised."""
    workspace, person, release = notice.workspace, notice.person, notice.release
    unsubscribe = f"{settings.PUBLIC_URL}/u/{notice.key}"
    words = {
        "notice": notice,
        "workspace": workspace,
        "person": person,
        "release": release,
        "said": notice.voice.text[:600] if notice.voice and notice.voice.author_id == person.pk else "",
        "followed": notice.voice.text.split("\n")[0][:200]
        if notice.voice and notice.voice.author_id != person.pk
        else "",
        "said_at": notice.voice.said_at if notice.voice else None,
        "body_html": to_html(release.body),
        "body_text": to_text(release.body),
        "page": f"{settings.PUBLIC_URL}/me/{person.page_key}",
        "unsubscribe": unsubscribe,
    }
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        subject=one_line(f"You said, we did: {release.title}"),
        body=plain(render_to_string("tell/mail/notice.txt", words)),
        from_email=formataddr((one_line(workspace.name or name), address)),
        to=[formataddr((one_line(person.name), person.email or ""))],
        headers={
            "Message-ID": f"<notice-{notice.key[:32]}@{address.rpartition('@')[2] or 'localhost'}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("tell/mail/notice.html", words), "text/html")
    return message
