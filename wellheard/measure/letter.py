"""What every letter to a subscribed member has in common: from whom, to whom, known by its date, with a way out."""

from __future__ import annotations

from datetime import date
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from wellheard.tell.channels.mail import one_line, plain

from .models import Subscription


def letter(held: Subscription, day: date, kind: str, subject: str, words: dict[str, Any]) -> EmailMultiAlternatives:
    """Written from measure/mail/`kind`.txt and .html. Its Message-ID is made of the subscription and the date, so that a
    second copy can be recognised."""
    unsubscribe = f"{settings.PUBLIC_URL}{reverse('stop_dashboard', args=[held.key])}"
    words = {"workspace": held.workspace, "every": held.get_every_display(), "unsubscribe": unsubscribe, **words}
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user = held.member.user
    message = EmailMultiAlternatives(
        subject=one_line(subject),
        body=plain(render_to_string(f"measure/mail/{kind}.txt", words)),
        from_email=formataddr((one_line(held.workspace.name or name), address)),
        to=[formataddr((one_line(user.name), user.email))],
        headers={
            "Message-ID": f"<{kind}-{held.key[:32]}-{day}@{address.rpartition('@')[2] or 'localhost'}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string(f"measure/mail/{kind}.html", words), "text/html")
    return message
