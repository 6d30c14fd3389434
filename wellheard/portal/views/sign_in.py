"""Signing in by mail, when somebody wants to be known; signing out; the language."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.core import clean, ratelimit
from wellheard.listen.queries.boards import Guest
from wellheard.listen.services import sign_in as codes
from wellheard.people.services import visitors

from .. import doors, languages, oidc
from .board import too_often

log = logging.getLogger(__name__)
SALT = "portal-code-asked"


def _held(request: HttpRequest, who: Guest) -> tuple[str, str]:
    """The address that asked for a code in this browser, and the browser's secret; two empty texts when none did."""
    try:
        place, email, secret = signing.loads(
            request.COOKIES.get(_cookie(who), ""), salt=SALT, max_age=codes.MINUTES * 60
        )
    except (signing.BadSignature, ValueError, TypeError):
        return "", ""
    return (email, secret) if place == who.workspace.pk else ("", "")


def _cookie(who: Guest) -> str:
    return f"wh_code_{who.workspace.pk}"


def account_name() -> str:
    """What the other account is called; empty when there is none."""
    if not oidc.configured():
        return ""
    return settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname or ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def start(request: HttpRequest, who: Guest) -> HttpResponse:
    """Ask for a code. Whether we know the address, or it has had too many mails, the answer is the same."""
    home = reverse("portal", args=[who.workspace.slug])
    then, error, email = doors.back_to(request, who, home), "", doors.given(request, "email")
    if request.method == "POST":
        if not ratelimit.allow(f"sign-in:{who.workspace.pk}", ratelimit.address(request), most=10, seconds=600):
            return too_often(request, who)
        try:
            address = clean.email(email)
            if address is None:
                raise ValueError("Write your e-mail address.")
        except ValueError as e:
            error = _(str(e))
        else:
            secret = secrets.token_urlsafe(24)
            made = codes.start(who.workspace, address, secret)
            if made is not None and not doors.mail_code(who.workspace, address, made.code, made.token):
                error = _("We could not send a mail just now. Try again in a few minutes.")
            else:
                reply = redirect(f"{reverse('sign_in_code', args=[who.workspace.slug])}?{urlencode({'next': then})}")
                reply.set_cookie(
                    _cookie(who), signing.dumps([who.workspace.pk, address, secret], salt=SALT),
                    max_age=codes.MINUTES * 60, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
                )  # fmt: skip
                return reply
    return doors.shown(
        request,
        who,
        "portal/sign_in.html",
        422 if error else 200,
        email=email,
        error=error,
        then=then,
        tab="sign_in",
        account=account_name(),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def code(request: HttpRequest, who: Guest) -> HttpResponse:
    """Type the six digits. Tries are counted on the code, on the address and on the network."""
    home = reverse("portal", args=[who.workspace.slug])
    then = doors.back_to(request, who, home)
    email, secret = _held(request, who)
    if not email:
        return redirect("sign_in", who.workspace.slug)
    error = ""
    if request.method == "POST":
        if not ratelimit.allow(f"code:{who.workspace.pk}", ratelimit.address(request), most=30, seconds=3600):
            return too_often(request, who)
        digits = "".join(c for c in doors.given(request, "code")[:20] if c in "0123456789")
        if len(digits) == 6 and codes.by_code(who.workspace, email, secret, digits):
            return _welcome(request, who, email, then)
        error = _("These digits do not fit, or they are too old. After five tries, ask for a new code.")
    return doors.shown(
        request, who, "portal/sign_in_code.html", 422 if error else 200, email=email, error=error, then=then,
        minutes=codes.MINUTES, tab="sign_in",
    )  # fmt: skip


def _welcome(request: HttpRequest, who: Guest, email: str, then: str, name: str = "") -> HttpResponse:
    try:
        person = visitors.arrive(who.workspace, email, who.person, name)
    except ValueError as e:
        messages.error(request, _(str(e)))
        return redirect("sign_in", who.workspace.slug)
    messages.success(request, _("You are signed in."))
    reply = doors.remember(redirect(then), who.workspace, person)
    reply.delete_cookie(_cookie(who), samesite="Lax")
    return reply


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def link(request: HttpRequest, who: Guest, token: str) -> HttpResponse:
    """The link of the mail: a button signs in, for mail scanners open links too."""
    if request.method == "POST":
        email = codes.by_link(who.workspace, token)
        if email is not None:
            return _welcome(request, who, email, reverse("portal", args=[who.workspace.slug]))
    found = codes.waiting_link(who.workspace, token)
    reply = doors.shown(
        request, who, "portal/sign_in_link.html", 200 if found else 410, email=found.email if found else "",
        tab="sign_in",
    )  # fmt: skip
    reply["Referrer-Policy"] = "same-origin"
    return reply


def _account_cookie(who: Guest) -> str:
    return f"wh_account_{who.workspace.pk}"


def _back(who: Guest) -> str:
    return settings.PUBLIC_URL + reverse("sign_in_account_back", args=[who.workspace.slug])


@never_cache
@require_safe
@doors.portal
def account(request: HttpRequest, who: Guest) -> HttpResponse:
    """Off to the account people have elsewhere. Nothing is written here; the browser holds what it must come back with."""
    if not oidc.configured():
        raise Http404("No other account is set up.")
    if not ratelimit.allow(f"sign-in:{who.workspace.pk}", ratelimit.address(request), most=30, seconds=600):
        return too_often(request, who)
    then = doors.back_to(request, who, reverse("portal", args=[who.workspace.slug]))
    try:
        begun = oidc.begin(who.workspace.pk, _back(who), then)
    except oidc.Unproven as e:
        return _not_there(request, who, e)
    reply = HttpResponseRedirect(begun.url)
    reply.set_cookie(
        _account_cookie(who), begun.held, max_age=oidc.SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )  # fmt: skip
    return reply


@never_cache
@require_safe
@doors.portal
def account_back(request: HttpRequest, who: Guest) -> HttpResponse:
    """Back from there. A GET, for the issuer sends the browser so; without what this browser holds it is nothing."""
    if not oidc.configured():
        raise Http404("No other account is set up.")
    held = request.COOKIES.get(_account_cookie(who), "")
    if request.method == "HEAD" or not held:
        return redirect("sign_in", who.workspace.slug)
    if not ratelimit.allow(f"sign-in:{who.workspace.pk}", ratelimit.address(request), most=30, seconds=600):
        return too_often(request, who)
    try:
        proven = oidc.finish(
            who.workspace.pk, _back(who), held, request.GET.get("state", ""), request.GET.get("code", "")
        )
    except oidc.Unproven as e:
        reply = _not_there(request, who, e)
    else:
        reply = _welcome(request, who, proven.email, proven.then, proven.name)
    reply.delete_cookie(_account_cookie(who), samesite="Lax")
    return reply


def _not_there(request: HttpRequest, who: Guest, why: oidc.Unproven) -> HttpResponse:
    log.warning("signing in with an account elsewhere failed: %s", why)
    messages.error(request, _("That account did not let you in. Try again, or let us send you a code."))
    return redirect("sign_in", who.workspace.slug)


@require_POST
@doors.portal
def out(request: HttpRequest, who: Guest) -> HttpResponse:
    messages.success(request, _("You are signed out on this device."))
    return doors.forget(redirect("portal", who.workspace.slug), who.workspace)


@require_POST
@doors.portal
def language(request: HttpRequest, who: Guest) -> HttpResponse:
    reply = redirect(doors.back_to(request, who, reverse("portal", args=[who.workspace.slug])))
    wanted = request.POST.get("language", "")
    if wanted in languages.CODES:
        reply.set_cookie(
            languages.COOKIE, wanted, max_age=doors.YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return reply
