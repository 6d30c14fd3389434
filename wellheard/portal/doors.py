"""Who stands at the portal: which workspace, and which visitor, by a signed cookie and nothing else."""

from __future__ import annotations

import logging
import smtplib

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from wellheard.core import ratelimit
from wellheard.people.models import Person, Segment, Workspace
from wellheard.people.queries import known_as
from wellheard.people.services import visitors
from wellheard.tell.channels.mail import one_line

log = logging.getLogger(__name__)
SALT = "portal-visitor"
YEAR = 365 * 86_400
DAY = 86_400


class TooOften(Exception):
    """The visitor's address has written more than its share."""


def workspace(slug: str) -> Workspace:
    """The workspace whose portal is open, or Http404."""
    found = Workspace.objects.filter(slug=slug, portal_open=True).first()
    if found is None:
        raise Http404("There is no such portal.")
    return found


def _cookie(place: Workspace) -> str:
    return f"wh_visitor_{place.pk}"


def visitor(request: HttpRequest, place: Workspace) -> Person | None:
    """The visitor whose cookie this is; a cookie of another workspace, forged or old, is nobody.

    Somebody with a confirmed address answers only to a cookie given out at or after the confirmation: whoever
    typed a stranger's address does not become that stranger when the stranger presses the button.
    """
    raw = request.COOKIES.get(_cookie(place), "")
    try:
        held, pk, confirmed = signing.loads(raw, salt=SALT, max_age=YEAR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if held != place.pk:
        return None
    person = Person.objects.filter(workspace=place, pk=pk).first()
    if person is None and isinstance(pk, int):
        now = known_as.became(place, Segment.Of.PEOPLE, pk, by_hand=True)
        person = Person.objects.filter(workspace=place, pk=now).first() if now else None
    if person is None or "became" in person.traits or (person.email is not None and not confirmed):
        return None
    return person


def visitor_or_new(request: HttpRequest, place: Workspace) -> Person:
    """For a write: the visitor, made when there is none. Raises TooOften."""
    if not ratelimit.allow(f"portal:{place.pk}", ratelimit.address(request), most=40, seconds=600):
        raise TooOften
    return visitor(request, place) or visitors.new_visitor(place)


def given(request: HttpRequest, name: str) -> str:
    """What somebody typed into a field."""
    return request.POST.get(name, "").strip()


def first_name(person: Person | None) -> str:
    """All that the public learns of an author. Never an address, also when somebody typed one as their name."""
    first = person.name.split()[0] if person is not None and person.name.split() else ""
    return "" if "@" in first else first[:40]


def board_address(slug: str, asked: str, number: int) -> str:
    """The board as it was filtered, at the idea just voted for. Only what the board itself asks is taken over."""
    kept = QueryDict(mutable=True)
    old = QueryDict(asked[:600])
    for name in ("q", "status", "order", "page"):
        if old.get(name):
            kept[name] = old[name]
    query = f"?{kept.urlencode()}" if kept else ""
    return f"{reverse('portal', args=[slug])}{query}#idea-{number}"


def remember(response: HttpResponse, place: Workspace, person: Person) -> HttpResponse:
    response.set_cookie(
        _cookie(place),
        signing.dumps([place.pk, person.pk, person.email is not None], salt=SALT),
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def mail_confirmation(place: Workspace, email: str, token: str) -> bool:
    """Ask the owner of an address whether it was them; False when the mail cannot leave just now.

    Nobody gets more than three of these a day, however many visitors type the address, and the visitor is told
    the same whether we know the address, whether it is full, or neither.
    """
    if not ratelimit.allow(f"confirm:{place.pk}", email.strip().lower(), most=3, seconds=DAY):
        return True
    link = f"{settings.PUBLIC_URL}{reverse('confirm_address', args=[place.slug, token])}"
    mail = EmailMultiAlternatives(
        subject=one_line(f"Is this your address? ({place.name})"),
        body=f"Somebody, probably you, left this address at {place.name} to hear what becomes of an idea.\n\n"
        f"If that was you, open this page and press the button:\n{link}\n\n"
        "If it was not you, do nothing: you will not hear from us.\n",
        to=[email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as e:
        log.warning("confirmation mail failed: %s", e)
        return False
    return True
