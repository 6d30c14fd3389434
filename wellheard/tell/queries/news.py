"""Releases the public may read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from wellheard.core.markdown import to_html
from wellheard.people.models import Person, Segment, Workspace
from wellheard.store import StoreError

from ..audience import inside
from ..models import ABOUT, Notice, Release, public


@dataclass(frozen=True, slots=True)
class News:
    release: Release
    html: str


def published(workspace: Workspace, limit: int = 50, person: Person | None = None, team: bool = False) -> list[News]:
    """Newest first; drafts and future dates never; what is for some only when `person` is one of them, or for the team."""
    rows = Release.objects.filter(workspace=workspace, published_at__lte=timezone.now())
    if not team:
        rows = rows.filter(Q(audience=None) | Q(audience__in=_in(workspace, person)))
    return [News(r, to_html(r.body)) for r in rows.order_by("-published_at", "-pk")[:limit]]


def _in(workspace: Workspace, person: Person | None) -> list[int]:
    """Of the segments that releases are for, those the person is in now; what cannot be read holds nobody."""
    if person is None:
        return []
    found = []
    for segment in Segment.objects.filter(
        workspace=workspace, pk__in=Release.objects.filter(workspace=workspace).values("audience")
    ):
        try:
            if person.pk in inside(segment):
                found.append(segment.pk)
        except (StoreError, ValueError):
            continue
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a person was told: their words, what was done or decided."""

    notice: Notice
    html: str


def told(person: Person) -> list[Told]:
    rows = (
        Notice.objects.filter(public(timezone.now()), person=person)
        .select_related("person", "workspace", "voice", "problem", *ABOUT)
        .order_by(Coalesce("release__published_at", "decision__published_at").desc(), "-pk")
    )
    return [Told(n, to_html(n.words)) for n in rows]
