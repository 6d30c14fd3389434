"""Releases the public may read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models.functions import Coalesce
from django.utils import timezone

from wellheard.core.markdown import to_html
from wellheard.people.models import Person, Workspace

from ..models import ABOUT, Notice, Release, public


@dataclass(frozen=True, slots=True)
class News:
    release: Release
    html: str


def published(workspace: Workspace, limit: int = 50) -> list[News]:
    """Newest first; drafts and future dates never."""
    rows = Release.objects.filter(workspace=workspace, published_at__lte=timezone.now()).order_by(
        "-published_at", "-pk"
    )
    return [News(r, to_html(r.body)) for r in rows[:limit]]


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
