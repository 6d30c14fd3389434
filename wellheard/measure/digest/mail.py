"""A digest as mail: readable without pictures, short, with a way out."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from ..letter import letter
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
    page = f"{settings.PUBLIC_URL}{reverse('digest', args=[workspace.slug])}"
    subject = f"{workspace.name}: {span(digest.first, digest.last)}"
    return letter(held, day, "digest", subject, {"digest": digest, "page": page})


def span(first: date, last: date) -> str:
    """Days as a letter names them: "24 Nov 2026" or "18 to 24 Nov 2026"."""
    if first == last:
        return f"{last:%-d %b %Y}"
    return f"{first:%-d}{'' if first.month == last.month else f' {first:%b}'} to {last:%-d %b %Y}"
