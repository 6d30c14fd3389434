"""Who stands at the portal: which workspace, and which visitor, by a signed cookie and nothing else.

Members of the team are known by their session, as in the console; here they see every board and write as the team.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from wellheard.core import ratelimit
from wellheard.core.journal import Actor
from wellheard.listen.models import Look
from wellheard.listen.queries.boards import Guest, visible
from wellheard.people.access import Access
from wellheard.people.models import Member, Person, Role, Segment, Workspace
from wellheard.people.queries import known_as
from wellheard.people.services import visitors
from wellheard.tell.channels.mail import one_line

from . import languages

log = logging.getLogger(__name__)
SALT = "portal-visitor"
YEAR = 365 * 86_400
DAY = 86_400


P = ParamSpec("P")


class TooOften(Exception):
    """The visitor's address has written more than its share."""


def workspace(slug: str) -> Workspace:
    """The workspace whose portal is open, or Http404."""
    found = Workspace.objects.filter(slug=slug, portal_open=True).first()
    if found is None:
        raise Http404("There is no such portal.")
    return found


def team_access(request: HttpRequest, place: Workspace) -> Access | None:
    """The access of a signed-in member of this workspace; to everybody else the team's things do not exist."""
    if not request.user.is_authenticated:
        return None
    member = Member.objects.select_related("user").filter(workspace=place, user=request.user.pk).first()
    if member is None:
        return None
    return Access(place, Actor(place.pk, "member", member.pk, str(member)), Role(member.role), member)


def guest(request: HttpRequest, place: Workspace) -> Guest:
    return Guest(place, visitor(request, place), team_access(request, place))


def look_of(place: Workspace) -> Look:
    return Look.objects.filter(workspace=place).first() or Look(workspace=place)


@contextmanager
def speaking(request: HttpRequest, place: Workspace) -> Iterator[None]:
    """In the guest's language, for pages that do not need the portal to be open."""
    request.look = look_of(place)  # type: ignore[attr-defined]
    with translation.override(languages.chosen(request, request.look)):  # type: ignore[attr-defined]
        yield


def portal(
    view: Callable[Concatenate[HttpRequest, Guest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """A page of an open portal: its view gets the guest, and speaks the guest's language."""

    @wraps(view)
    def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        place = workspace(slug)
        with speaking(request, place):
            reply = view(request, guest(request, place), *args, **kwargs)
            reply.setdefault("Content-Language", translation.get_language() or "en")
        return reply

    return opened


def shown(request: HttpRequest, who: Guest, template: str, status: int = 200, /, **words: Any) -> HttpResponse:
    """Draw a page inside the portal's frame."""
    held: Look = getattr(request, "look", None) or look_of(who.workspace)
    language = translation.get_language() or "en"
    frame = {
        "workspace": who.workspace, "who": who, "look": held, "language": language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr", "languages": languages.OFFERED,
        "me": first_name(who.person), "boards": words["boards"] if "boards" in words else visible(who),
    }  # fmt: skip
    reply = render(request, template, {**frame, **words}, status=status)
    reply["Vary"] = "Cookie, Accept-Language"
    return reply


def back_to(request: HttpRequest, who: Guest, default: str) -> str:
    """Where a form asked to go on to: an address of this portal, or the default."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    home = reverse("portal", args=[who.workspace.slug])
    plain = wanted.startswith(home) and not any(ord(c) < 33 or c == "\\" for c in wanted)
    return wanted if plain and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else default


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


def writer(request: HttpRequest, who: Guest) -> Person:
    """For a write: the visitor, made when there is none; a member writes as the person with their address.

    Raises TooOften.
    """
    if not ratelimit.allow(f"portal:{who.workspace.pk}", ratelimit.address(request), most=40, seconds=600):
        raise TooOften
    if who.team is not None and who.team.member is not None and not who.verified:
        return visitors.arrive(who.workspace, who.team.member.user.email.lower(), who.person)
    return who.person or visitors.new_visitor(who.workspace)


def given(request: HttpRequest, name: str) -> str:
    """What somebody typed into a field."""
    return request.POST.get(name, "").strip()


def first_name(person: Person | None) -> str:
    """All that the public learns of an author. Never an address, also when somebody typed one as their name."""
    first = person.name.split()[0] if person is not None and person.name.split() else ""
    return "" if "@" in first else first[:40]


def board_address(slug: str, asked: str, number: int, board: str = "") -> str:
    """The board as it was filtered, at the idea just voted for. Only what the board itself asks is taken over."""
    kept = QueryDict(mutable=True)
    old = QueryDict(asked[:600])
    for name in ("q", "status", "order", "page", "tag", "mine"):
        if old.get(name):
            kept[name] = old[name]
    query = f"?{kept.urlencode()}" if kept else ""
    home = reverse("board", args=[slug, board]) if board else reverse("portal", args=[slug])
    return f"{home}{query}#idea-{number}"


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


def forget(response: HttpResponse, place: Workspace) -> HttpResponse:
    response.delete_cookie(_cookie(place), samesite="Lax")
    return response


def mail_confirmation(place: Workspace, email: str, token: str) -> bool:
    """Ask the owner of an address whether it was them; False when the mail cannot leave just now.

    Nobody gets more than three of these a day, however many visitors type the address, and the visitor is told
    the same whether we know the address, whether it is full, or neither.
    """
    if not ratelimit.allow(f"confirm:{place.pk}", email.strip().lower(), most=3, seconds=DAY):
        return True
    link = f"{settings.PUBLIC_URL}{reverse('confirm_address', args=[place.slug, token])}"
    return _send(
        email,
        _("Is this your address? (%(name)s)") % {"name": place.name},
        _(
            "Somebody, probably you, left this address at %(name)s to hear what becomes of an idea.\n\n"
            "If that was you, open this page and press the button:\n%(link)s\n\n"
            "If it was not you, do nothing: you will not hear from us.\n"
        )
        % {"name": place.name, "link": link},
    )


def mail_code(place: Workspace, email: str, code: str, token: str) -> bool:
    """Send the digits and the link; False when the mail cannot leave just now."""
    link = f"{settings.PUBLIC_URL}{reverse('sign_in_link', args=[place.slug, token])}"
    return _send(
        email,
        _("%(code)s is your code for %(name)s") % {"code": code, "name": place.name},
        _(
            "Your code to sign in at %(name)s:\n\n%(code)s\n\n"
            "Type it where you asked for it, or open this page and press the button:\n%(link)s\n\n"
            "Both work once and for a quarter of an hour. If you did not ask for this, do nothing, "
            "and give the code to nobody.\n"
        )
        % {"code": code, "name": place.name, "link": link},
    )


def _send(email: str, subject: str, body: str) -> bool:
    mail = EmailMultiAlternatives(
        subject=one_line(subject), body=body, to=[email], headers={"Auto-Submitted": "auto-generated"}
    )
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as e:
        log.warning("a mail of the portal failed: %s", e)
        return False
    return True
