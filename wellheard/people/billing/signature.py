"""Whether a call really comes from Stripe: `Stripe-Signature: t=…,v1=…` over `t.body`, at most five minutes old."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

TOLERANCE = 300


class Unsigned(ValueError):
    """The call is not to be believed; the message says why, for the owner's eyes and not for the caller's."""


def sign(secret: str, moment: int, raw: bytes) -> str:
    """The hex digest Stripe puts behind `v1=`."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()


def verify(header: str, raw: bytes, secrets: Iterable[str], now: float) -> None:
    """Raises Unsigned unless one of the header's v1 signatures is by one of the secrets and its time is near."""
    parts = [p.strip().partition("=") for p in header[:4000].split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not re.fullmatch("[0-9]{1,12}", moments[0]) or not given:
        raise Unsigned("The call carries no whole signature (Stripe-Signature: t=…,v1=…).")
    moment = int(moments[0])
    expected = [sign(secret, moment, raw) for secret in secrets]
    if not expected:
        raise Unsigned("No signing secret is set for this connection yet.")
    if not any(hmac.compare_digest(e.encode(), g.encode()) for e in expected for g in given[:10]):
        raise Unsigned("The signature is by another secret, or the text was changed on its way.")
    if abs(now - moment) > TOLERANCE:
        raise Unsigned(f"The call is {abs(now - moment):.0f} seconds from now; five minutes are allowed.")
