"""A digest as mail: readable without pictures, short, with a way out."""

from __future__ import annotations

from datetime import date
from email.utils import formataddr, parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from wellheard.tell.channels.mail import one_line, plain

from ..models import Subscription
from .gather import days_before, gather

KEY = "digest"


def message_for(held: Subscription) -> EmailMultiAlternatives | None:
    """The letter of the date it is due on, or None when nothing happened and nothing waits: empty letters are not sent."""
    workspace = held.workspace
    day = held.due_at.astimezone(ZoneInfo(workspace.time_zone)).date()
    digest = gather(workspace, *days_before(workspace, held.every, day))
    if not digest.stirring:
        return None
    unsubscribe = f"{settings.PUBLIC_URL}{reverse('stop_dashboard', args=[held.key])}"
    words = {
        "workspace": workspace,
        "digest": digest,
        "every": held.get_every_display(),
        "page": f"{settings.PUBLIC_URL}{reverse('digest', args=[workspace.slug])}",
        "unsubscribe": unsubscribe,
    }
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user = held.member.user
    message = EmailMultiAlternatives(
        subject=one_line(f"{workspace.name}: {span(digest.first, digest.last)}"),
        body=plain(render_to_string("measure/mail/digest.txt", words)),
        from_email=formataddr((one_line(workspace.name or name), address)),
        to=[formataddr((one_line(user.name), user.email))],
        headers={
            "Message-ID": f"<digest-{held.key[:32]}-{day}@{address.rpartition('@')[2] or 'localhost'}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("measure/mail/digest.html", words), "text/html")
    return message


def span(first: date, last: date) -> str:
    """Days as a letter names them: "24 Nov 2026" or "18 to 24 Nov 2026"."""
    if first == last:
        return f"{last:%-d %b %Y}"
    return f"{first:%-d}{'' if first.month == last.month else f' {first:%b}'} to {last:%-d %b %Y}"
