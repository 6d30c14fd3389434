"""What people were told before, as promises a decision may break."""

from __future__ import annotations

from collections.abc import Iterable

from wellheard.decide.promises import Promise, Thing, given
from wellheard.decide.queries.snapshot import voices_about

from .models import Reply

MOST = 200


@given
def replies(on: Thing) -> Iterable[Promise]:
    """Answers that members wrote to those who spoke of it: each may have raised a hope."""
    rows = Reply.objects.filter(voice__in=voices_about(on).order_by().values("pk")).order_by("-at", "-pk")
    for reply in rows[:MOST]:
        yield Promise("an answer to somebody who asked", reply.text, reply.by, reply.at, "voice", reply.voice_id)
