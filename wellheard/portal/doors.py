"""Who stands at the portal: which workspace, and which visitor, by a signed cookie and nothing else."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from wellheard.core import ratelimit
from wellheard.people.models import Person, Workspace
from wellheard.people.services import visitors
from wellheard.tell.channels.mail import one_line

SALT = "portal-visitor"
YEAR = 365 * 86_400


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
    """The visitor whose cookie this is; a cookie of another workspace, forged or old, is nobody."""
    raw = request.COOKIES.get(_cookie(place), "")
    try:
        held, pk = signing.loads(raw, salt=SALT, max_age=YEAR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if held != place.pk:
        return None
    person = Person.objects.filter(workspace=place, pk=pk).first()
    if person is not None and "became" in person.traits:
        return Person.objects.filter(workspace=place, pk=person.traits["became"]).first()
    return person


def visitor_or_new(request: HttpRequest, place: Workspace) -> Person:
    """For a write: the visitor, made when there is none. Raises TooOften."""
    if not ratelimit.allow(f"portal:{place.pk}", ratelimit.address(request), most=40, seconds=600):
        raise TooOften
    return visitor(request, place) or visitors.new_visitor(place)


def remember(response: HttpResponse, place: Workspace, person: Person) -> HttpResponse:
    response.set_cookie(
        _cookie(place),
        signing.dumps([place.pk, person.pk], salt=SALT),
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def mail_confirmation(place: Workspace, person: Person, email: str, token: str) -> None:
    """Ask the owner of an address whether it was them. Says the same whether we know the address or not."""
    link = f"{settings.PUBLIC_URL}{reverse('confirm_address', args=[place.slug, token])}"
    EmailMultiAlternatives(
        subject=one_line(f"Is this your address? ({place.name})"),
        body=f"Somebody, probably you, left this address at {place.name} to hear what becomes of an idea.\n\n"
        f"Yes, that was me: {link}\n\nIf it was not you, do nothing: you will not hear from us again.\n",
        to=[email],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
