"""No quiet no: an idea whose refusal hurts a colleague's accounts is declined through a decision they have seen."""

from __future__ import annotations

from wellheard.core import journal
from wellheard.core.models import Entry
from wellheard.listen.models import Idea, IdeaStatus

from .models import Decision
from .queries.hurt import of_thing


@journal.on("idea.answered")
def seen_before_declined(entry: Entry) -> None:
    """Runs inside the write and refuses it; whoever declines knows themselves."""
    if entry.data.get("after") != IdeaStatus.DECLINED or entry.data.get("before") == IdeaStatus.DECLINED:
        return
    idea = Idea.objects.select_related("workspace", "voice").get(pk=entry.thing_id or 0)
    if Decision.objects.filter(idea=idea, answer=Decision.Answer.NO, published_at__isnull=False).exists():
        return
    actor = entry.actor_id if entry.actor_kind == "member" else None
    others = [c.name for c in of_thing(idea).needed if c.member is None or c.member.pk != actor]
    if others:
        names = ", ".join(others[:3]) + (" and others" if len(others) > 3 else "")
        raise ValueError(f"Declining it hurts people {names} {'looks' if len(others) == 1 else 'look'} after. Decide on it (“Decide”, or POST /api/decisions): they see it before it is published.")  # fmt: skip
