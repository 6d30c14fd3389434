"""How a message is signed (Standard Webhooks 1.0.0, symmetric variant v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def make_secret() -> str:
    """A fresh secret: 32 random bytes, in base64, as receivers' libraries expect it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, key: str, seconds: int, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over "id.timestamp.body"; `seconds` is the Unix time of this attempt."""
    raw = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(raw, f"{key}.{seconds}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def headers(held: Sequence[str], key: str, seconds: int, body: bytes) -> dict[str, str]:
    """What goes along with one attempt; signed with each secret that holds, so that a rotation loses nothing."""
    return {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(s, key, seconds, body) for s in held),
    }
