"""Checking who signed a request."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from .base import Arrived, Turned

TOLERANCE = 300


def same(given: str, made: str) -> bool:
    """Compared in constant time, whatever characters were sent."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), made.encode())


def hex_of(secret: str, raw: bytes, algorithm: Callable[..., Any] = hashlib.sha256) -> str:
    return hmac.new(secret.encode(), raw, algorithm).hexdigest()


def base64_of(secret: str, raw: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def signature(arrived: Arrived, header: str, prefix: str = "") -> str:
    given = arrived.header(header)
    if not given:
        raise Turned(401, "no signature")
    if not given.startswith(prefix):
        raise Turned(401, "wrong signature")
    return given


def one_of(given: str, made: list[str]) -> None:
    if not any(same(given, one) for one in made):
        raise Turned(401, "wrong signature")


def fresh(arrived: Arrived, stamp: float) -> None:
    """Within five minutes of now, to both sides."""
    if not abs(arrived.now.timestamp() - stamp) <= TOLERANCE:
        raise Turned(401, "the time stamp is more than five minutes off")
