"""Connecting Stripe: the address it calls, its signing secrets, what it said, whose customers those are."""

from __future__ import annotations

from django.conf import settings as config
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from wellheard.core import ratelimit
from wellheard.people.access import enter
from wellheard.people.billing.signature import Unsigned
from wellheard.people.models import Account, Billing, Role
from wellheard.people.queries import billing as reading
from wellheard.people.queries import known_as
from wellheard.people.services import billing as service

from ..frame import page

PER_MINUTE = 1200


@csrf_exempt
@require_POST
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """Stripe calls here. Kept before it is answered, worked after; told twice it counts once."""
    if not ratelimit.allow("billing", key, PER_MINUTE, 60):
        return _answer(429, "Too many calls in a minute.", {"Retry-After": "60"})
    billing = Billing.objects.select_related("workspace").filter(key=key, kind="stripe").first()
    if billing is None:
        return _answer(404, "There is no such connection.")
    if billing.paused_at:
        return _answer(503, "The connection is paused; send it again later.", {"Retry-After": "3600"})
    if int(request.headers.get("Content-Length") or 0) > service.BODY_LIMIT:
        return _answer(413, "The body is larger than 1 MB.")
    try:
        service.receive(billing, request.headers.get("Stripe-Signature", ""), request.body)
    except Unsigned:
        return _answer(401, "The signature is missing, old, or not by this connection's secret.")
    except ValueError as e:
        return _answer(400, str(e))
    return JsonResponse({"received": True})


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"code": "refused", "message": message}, status=status, headers=headers)


def _shown(
    request: HttpRequest, slug: str, need: Role = Role.EDITOR, status: int = 200, error: str = ""
) -> HttpResponse:
    access = enter(request, slug, need)
    q = request.GET.get("q", "").strip()[:80]
    found = [(c, reading.customers(c.billing, q)) for c in reading.connections(access.workspace)]
    return page(
        request, access, "console/settings/billing.html", status=status, connections=found, url=config.PUBLIC_URL, q=q,
        error=error, twice=reading.counted_twice(access.workspace),
    )  # fmt: skip


@login_required
@require_safe
def connections(request: HttpRequest, slug: str) -> HttpResponse:
    return _shown(request, slug)


@login_required
@require_POST
def make(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    try:
        service.make(access, request.POST.get("name", ""))
    except ValueError as e:
        return _shown(request, slug, status=422, error=str(e))
    return redirect("billing", slug)


@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """`do` is secret, drop, pause, resume or delete."""
    access = enter(request, slug, Role.OWNER)
    billing = access.get(Billing, number, "workspace")
    what = request.POST.get("do", "")
    try:
        if what == "secret":
            service.add_secret(access, billing, request.POST.get("secret", ""))
            messages.success(request, "The signing secret is kept. Send a test event from Stripe to see it arrive.")
        elif what == "drop":
            service.drop_old_secret(access, billing)
        elif what in ("pause", "resume"):
            service.pause(access, billing, what == "pause")
        elif what == "delete":
            gone = service.delete(access, billing, bool(request.POST.get("revenue")))
            messages.success(
                request, f"The connection is gone{f', and {gone} rows of revenue with it' if gone else ''}."
            )
        else:
            raise ValueError("Choose what to do: secret, drop, pause, resume or delete.")
    except ValueError as e:
        return _shown(request, slug, status=422, error=str(e))
    return redirect("billing", slug)


@login_required
@require_POST
def link(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A member says which account a customer is, by the account's name or id."""
    access = enter(request, slug, Role.EDITOR)
    billing = access.get(Billing, number, "workspace")
    said = request.POST.get("account", "").strip()[:300]
    accounts = Account.objects.filter(workspace=access.workspace)
    found = list(accounts.filter(external_id=said)[:1]) or list(accounts.filter(name__iexact=said)[:2])
    found = found or [a for a in [known_as.account_by(access.workspace, "id", said)] if a]
    try:
        if len(found) != 1:
            raise ValueError(
                f"There are several accounts called {said[:80]!r}: use its id." if found
                else f"There is no account {said[:80]!r}. Write its name or its id."
            )  # fmt: skip
        service.link_customer(access, billing, request.POST.get("customer", ""), found[0])
    except ValueError as e:
        return _shown(request, slug, status=422, error=str(e))
    messages.success(request, f"What {request.POST.get('customer', '')} pays is {found[0]}'s now.")
    return redirect("billing", slug)
