"""The inbox and a voice's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from wellheard.core import search
from wellheard.people.models import Workspace

from ..models import Channel, Kind, Sentiment, Triage, Voice
from ..sorting import being

PAGE = 30


@dataclass(frozen=True, slots=True)
class Ask:
    """What an inbox shows; empty means any."""

    triage: str = Triage.NEW
    q: str = ""
    channel: str = ""
    kind: str = ""  # "none": neither sorted nor suggested
    sentiment: str = ""
    lens: str = ""
    source: str = ""
    brought: str = ""  # the number of the import that brought them

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.channel or self.kind or self.sentiment or self.lens or self.source or self.brought)


@dataclass(frozen=True, slots=True)
class Inbox:
    """One screenful, newest first; `next` is the position after the last one, for the page that follows."""

    voices: list[Voice]
    next: str
    counts: dict[str, int]


def inbox(workspace: Workspace, ask: Ask, after: str = "") -> Inbox:
    rows = Voice.objects.filter(workspace=workspace)
    counts = {state: rows.filter(triage=state).count() for state in Triage.values}
    if ask.triage in Triage.values:
        rows = rows.filter(triage=ask.triage)
    if ask.channel in Channel.values:
        rows = rows.filter(channel=ask.channel)
    if ask.kind in Kind.values and ask.kind:
        rows = rows.filter(being("kind", ask.kind))
    elif ask.kind == "none":
        rows = rows.filter(being("kind", ""))
    if ask.sentiment in Sentiment.values and ask.sentiment:
        rows = rows.filter(being("sentiment", ask.sentiment))
    if ask.source:
        rows = rows.filter(source=ask.source)
    if ask.brought:
        whole = ask.brought.isascii() and ask.brought.isdecimal() and len(ask.brought) < 19
        rows = rows.filter(brought_by=int(ask.brought)) if whole else rows.none()
    if ask.lens == "users":
        rows = rows.filter(Q(author__relations__uses=True) | Q(author__isnull=False, author__relations=None)).distinct()
    elif ask.lens == "customers":
        rows = rows.filter(author__relations__buys=True).distinct()
    if ask.q:
        rows = search.matching(rows, "text", ask.q)
    found = list(_after(rows, after).select_related("author", "account").order_by("-said_at", "-pk")[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    mark = f"{found[-1].said_at.timestamp():.6f}_{found[-1].pk}" if more else ""
    return Inbox(found, mark, counts)


def _after(rows: QuerySet[Voice], mark: str) -> QuerySet[Voice]:
    from datetime import UTC, datetime

    try:
        stamp, pk = mark.split("_")
        at = datetime.fromtimestamp(float(stamp), UTC)
        return rows.filter(Q(said_at__lt=at) | Q(said_at=at, pk__lt=int(pk)))
    except (ValueError, OverflowError, OSError):
        return rows
