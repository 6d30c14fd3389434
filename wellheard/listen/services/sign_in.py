"""Signing in to the portal: six digits or a link by mail, for one workspace, once, within a quarter of an hour."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from wellheard.people.models import Workspace

from ..models import SignInCode

SALT = "portal-sign-in"
MINUTES = 15
TRIES = 5
TRIES_PER_ADDRESS = 15
MAILS_PER_HOUR = 5


class Started(NamedTuple):
    code: str
    token: str


def _digest(workspace: Workspace, email: str, code: str) -> str:
    """Six digits are guessed in no time from a plain hash, so it is keyed."""
    said = f"{SALT}:{workspace.pk}:{email}:{code}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


def browser_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def start(workspace: Workspace, email: str, browser: str) -> Started | None:
    """A code for the address, good in this browser; None when the address has had its share. Known or not, all alike."""
    now = timezone.now()
    with transaction.atomic():
        # What is long over is kept no longer.
        SignInCode.objects.filter(workspace=workspace, created_at__lt=now - timedelta(days=1)).delete()
        lately = SignInCode.objects.filter(workspace=workspace, email=email, created_at__gt=now - timedelta(hours=1))
        if lately.count() >= MAILS_PER_HOUR:
            return None
        lately.filter(browser=browser_digest(browser), used_at=None).update(expires_at=now)
        code = f"{secrets.randbelow(1_000_000):06d}"
        made = SignInCode.objects.create(
            workspace=workspace, email=email, digest=_digest(workspace, email, code), browser=browser_digest(browser),
            expires_at=now + timedelta(minutes=MINUTES), created_at=now,
        )  # fmt: skip
    return Started(code, signing.dumps([workspace.pk, made.pk, made.digest[:24]], salt=SALT))


def by_code(workspace: Workspace, email: str, browser: str, code: str) -> bool:
    """Whether these are the digits. Each try counts, before it is looked at, on the code and on the address."""
    now = timezone.now()
    with transaction.atomic():
        rows = SignInCode.objects.select_for_update().filter(workspace=workspace, email=email)
        spent = rows.filter(created_at__gt=now - timedelta(hours=1)).values_list("tries", flat=True)
        found = rows.filter(browser=browser_digest(browser), used_at=None, expires_at__gt=now).order_by("-pk").first()
        if found is None or found.tries >= TRIES or sum(spent) >= TRIES_PER_ADDRESS:
            return False
        SignInCode.objects.filter(pk=found.pk).update(tries=F("tries") + 1)
        right = hmac.compare_digest(found.digest, _digest(workspace, email, code))
        if right:
            SignInCode.objects.filter(pk=found.pk).update(used_at=now)
    return right


def waiting_link(workspace: Workspace, token: str) -> SignInCode | None:
    """The code a link belongs to, while it can be used. Looking uses nothing up."""
    try:
        held, pk, digest = signing.loads(token, salt=SALT, max_age=MINUTES * 60)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if held != workspace.pk:
        return None
    return SignInCode.objects.filter(
        pk=pk, workspace=workspace, digest__startswith=digest, used_at=None, expires_at__gt=timezone.now()
    ).first()


def by_link(workspace: Workspace, token: str) -> str | None:
    """The address of a link, used up now; None when it cannot be used any more."""
    found = waiting_link(workspace, token)
    if found is None:
        return None
    taken = SignInCode.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now())
    return found.email if taken else None
