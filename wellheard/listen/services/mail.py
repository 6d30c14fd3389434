"""Letters that a mail server hands over: found by the secret part of the address they were sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import sources
from ..models import Connection, Delivery
from ..sources.base import Arrived
from . import hearing

_TOKEN = re.compile(r"\+([0-9a-f]{32})@", re.IGNORECASE)


class NoSuchBox(ValueError):
    """None of the addresses has the secret part of a connection."""


def receive(raw: bytes, recipients: Iterable[str]) -> tuple[Delivery, bool]:
    """Keep a letter and queue its work: (delivery, whether it is new). Raises NoSuchBox, and ValueError for what is no
    letter. The envelope's addresses come first; the letter's own are looked at when those have no secret part."""
    from django.utils import timezone

    connection = _box(recipients)
    source = (
        connection.source if connection else next(n for n, s in sources.hooks().items() if s.hook and s.hook.by_mail)
    )
    hook = sources.hooks()[source].hook
    assert hook is not None
    if len(raw) > hook.most_bytes:
        raise ValueError(f"The letter is larger than {hook.most_bytes // 1024**2} MB.")
    connection = connection or _box(_heads(raw))
    if connection is None:
        raise NoSuchBox("No connection has this address.")
    if connection.paused:
        hearing.turned_away(connection, "the connection is paused")
        raise NoSuchBox("The connection is paused.")
    try:
        key = hook.key(Arrived({}, raw, timezone.now()))
    except sources.base.Turned as no:
        hearing.turned_away(connection, no.reason)
        raise ValueError("This is no letter that can be read.") from None
    return hearing.keep(connection, key, {}, raw)


def _heads(raw: bytes) -> list[str]:
    head = re.split(rb"\r?\n\r?\n", raw[: 256 * 1024], maxsplit=1)[0].decode("latin-1")
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()
    return [
        line
        for line in lines
        if re.match(r"(?i)(to|cc|delivered-to|x-original-to|x-forwarded-to|envelope-to)\s*:", line)
    ]


def _box(texts: Iterable[str]) -> Connection | None:
    tokens = {token.lower() for text in texts for token in _TOKEN.findall(text)}
    for connection in Connection.objects.select_related("workspace").filter(source__in=_by_mail()) if tokens else ():
        if tokens & set(hearing.secrets_of(connection)):
            return connection
    return None


def _by_mail() -> list[str]:
    return [name for name, source in sources.hooks().items() if source.hook and source.hook.by_mail]
