"""Who the sample's releases were told to, and what became of each message."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from wellheard.listen.models import Triage, Voice
from wellheard.tell.models import Notice, NoticeState, Release

if TYPE_CHECKING:
    from .load import Filler


def owe_notices(filler: Filler, release: Release, topics: Sequence[str], at: datetime) -> None:
    newest: dict[int, tuple[Voice, str]] = {}
    for v, row in zip(filler.world.voices, filler.voices, strict=True):
        if v.topic in topics and v.topic in filler.problems and v.said_at < at and row.triage == Triage.KEPT:
            newest[v.author] = (row, v.topic)
    rows = []
    for n, (author, (voice, topic)) in enumerate(sorted(newest.items())):
        state = _state(filler.chance)
        sent = at + timedelta(minutes=5 + n % 50)
        reached = sent + timedelta(hours=1 + filler.chance.random() * 60)
        values: dict[str, Any] = {}
        if state in (NoticeState.SENT, NoticeState.REACHED, NoticeState.BOUNCED):
            values = {"sent_at": sent, "tries": 1}
        if state == NoticeState.REACHED:
            values["reached_at"] = min(reached, timezone.now())
        if state == NoticeState.BOUNCED:
            values["error"] = "550 5.1.1 mailbox unavailable"
        rows.append(
            Notice(
                workspace=filler.workspace,
                release=release,
                person=filler.people[author],
                voice=voice,
                problem=filler.problems[topic],
                state=state,
                created_at=at,
                **values,
            )
        )
    Notice.objects.bulk_create(rows, batch_size=2000)


def _state(chance: random.Random) -> NoticeState:
    roll = chance.random()
    if roll < 0.58:
        return NoticeState.REACHED
    if roll < 0.93:
        return NoticeState.SENT
    return NoticeState.BOUNCED if roll < 0.97 else NoticeState.OPTED_OUT
