"""Webhooks for their pages: how each fares, and what became of each telling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from wellheard.people.models import Workspace

from ..models import Telling, Webhook


@dataclass(frozen=True, slots=True)
class Row:
    """An address with its counts: delivered in 30 days, waiting and given up now."""

    webhook: Webhook
    done: int
    waiting: int
    failed: int
    last_at: datetime | None


def webhooks(workspace: Workspace) -> list[Row]:
    since = timezone.now() - timedelta(days=30)
    done = Q(tellings__state=Telling.State.DONE)
    held = (
        Webhook.objects.filter(workspace=workspace)
        .annotate(
            done=Count("tellings", filter=done & Q(tellings__ended_at__gte=since)),
            waiting=Count("tellings", filter=Q(tellings__state=Telling.State.WAITING)),
            failed=Count("tellings", filter=Q(tellings__state=Telling.State.FAILED)),
            last=Max("tellings__ended_at", filter=done),
        )
        .order_by("pk")
    )
    return [Row(w, w.done, w.waiting, w.failed, w.last) for w in held]


def tellings(webhook: Webhook, state: str = "", most: int = 50) -> list[Telling]:
    """The newest first; `state` is waiting, done or failed, or empty for all. Raises ValueError for another."""
    if state and state not in Telling.State.values:
        raise ValueError(f"There is no state {state[:20]!r}. Use {', '.join(Telling.State.values)}.")
    rows = Telling.objects.filter(webhook=webhook).select_related("happening")
    return list((rows.filter(state=state) if state else rows).order_by("-pk")[:most])


def ailing(workspace: Workspace) -> int:
    """How many addresses need somebody: switched off, or with something given up."""
    off = Q(state=Webhook.State.DISABLED)
    given_up = Q(tellings__state=Telling.State.FAILED)
    return Webhook.objects.filter(off | given_up, workspace=workspace).distinct().count()
