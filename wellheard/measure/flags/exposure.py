"""That somebody met a flag, as an event of theirs: at most once per person, flag, variant and day from each process."""

from __future__ import annotations

import logging
import re
import threading
from datetime import UTC, datetime

from wellheard.listen.intake.body import Unacceptable
from wellheard.listen.intake.doors import Asked

from .conditions import Subject
from .evaluate import Ready
from .subjects import is_known

EVENT = "Flag Evaluated"
MOST = 500_000
log = logging.getLogger(__name__)
MADE_UP = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")

_lock = threading.Lock()
_seen: set[tuple[int, str, int, str]] = set()
_day = ""


def seen(
    asked: Asked, sender: tuple[int, str, str], flag: Ready, variant: str, who: Subject, anonymous: bool = False
) -> None:
    """Writes the event, unless this process did today. What cannot be stored is let go: the answer matters more.

    An id that nobody of ours has and that looks like a made-up one is a visitor's, as is one said to be `anonymous`.
    """
    if not who.id or not _first(sender[0], who.id, flag.id, variant):
        return
    day = datetime.now(UTC).date().isoformat()
    visitor = anonymous or (MADE_UP.fullmatch(who.id) is not None and not is_known(sender[0], who.id))
    event = {
        "type": "track",
        "event": EVENT,
        "messageId": f"flag:{flag.key}:{variant}:{day}:{who.id}",
        "anonymousId" if visitor else "userId": who.id,
        "properties": {"flag": flag.key, "variant": variant, "version": flag.version},
    }
    if who.account and not who.account.startswith("#"):
        event["context"] = {"groupId": who.account}
    try:
        asked.keep(sender, event)
    except Unacceptable as no:
        log.warning("an exposure of flag %s is not kept: %s", flag.key, no.message)
        forget()


def _first(workspace: int, id_: str, flag: int, variant: str) -> bool:
    global _day
    today = datetime.now(UTC).date().isoformat()
    with _lock:
        if today != _day or len(_seen) >= MOST:
            _seen.clear()
            _day = today
        found = (workspace, id_, flag, variant)
        if found in _seen:
            return False
        _seen.add(found)
        return True


def forget() -> None:
    with _lock:
        _seen.clear()
