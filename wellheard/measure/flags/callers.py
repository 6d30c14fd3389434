"""Who asks for flags: the holder of a write key (public: it stands in browsers and apps) or of an API token (secret).

A key that was known goes on being known while the database is away.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from wellheard.listen.intake.body import Unacceptable
from wellheard.listen.intake.rules import address_of
from wellheard.listen.intake.senders import Buckets, header_key
from wellheard.people.access import by_token
from wellheard.people.keys import look_up

from .snapshot import AWAY, Snapshot, Unknown
from .snapshot import of as snapshot_of

REMEMBER = 5.0
MOST_KEYS, LONGEST = 10_000, 200


class Holder(NamedTuple):
    """`sender` is (workspace, its time zone, a name for the key), as the intake has it. `secret`: by an API token."""

    sender: tuple[int, str, str]
    secret: bool

    @property
    def workspace(self) -> int:
        return self.sender[0]


_known: dict[str, tuple[float, Holder | None]] = {}
_buckets: dict[int, Buckets] = {}


def key_of(environ: dict[str, object]) -> str:
    """The key in the headers: a bearer, or as OFREP's clients may say it."""
    return str(environ.get("HTTP_X_API_KEY") or "").strip() or header_key(environ)


def holder(key: str) -> Holder | None:
    """Raises Unacceptable while the database is away and the key was not known."""
    now = time.monotonic()
    until, found = _known.get(key, (0.0, None))
    if now < until:
        return found
    if not key or len(key) > LONGEST or "\0" in key:
        return None
    try:
        found = _find(key)
    except AWAY as away:
        if key not in _known:
            raise Unacceptable(503, "not_now", "Keys cannot be looked up at the moment.", 5) from away
    if len(_known) > MOST_KEYS:
        _known.clear()
    _known[key] = now + REMEMBER, found
    return found


def _find(key: str) -> Holder | None:
    if (sender := look_up(key)) is not None:
        return Holder((sender.workspace, sender.time_zone, sender.source), False)
    try:
        access = by_token(key)
    except AWAY:
        if connection.in_atomic_block:
            raise
        connection.close()
        access = by_token(key)
    if access is None:
        return None
    return Holder((access.workspace.pk, access.workspace.time_zone, f"token{access.actor.id}"), True)


def let_in(key: str, environ: dict[str, object], secret: bool = False) -> tuple[Holder, Snapshot]:
    """The holder, within what one address may ask, and the flags. `secret`: only an API token will do. Raises
    Unacceptable."""
    found = holder(key)
    if found is None or (secret and not found.secret):
        what = "API token" if secret else "write key or API token"
        raise Unacceptable(401, "unknown_key", f"No workspace has this {what}.")
    rate = settings.FLAGS_RATE
    buckets = _buckets.setdefault(rate, Buckets(rate))
    caller = f"{found.sender[2]} {address_of(environ, settings.PROXY_HOPS)}"
    if wait := buckets.wait(caller):
        raise Unacceptable(429, "too_many", "This address asks for flags more often than it may.", wait)
    buckets.take(caller, 1)
    try:
        return found, snapshot_of(found.workspace)
    except Unknown as no:
        raise Unacceptable(503, "not_now", str(no), 5) from None


def forget() -> None:
    """Look every key up again (tests)."""
    _known.clear()
    _buckets.clear()
