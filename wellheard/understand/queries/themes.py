"""Suggested themes with a few words of those who are most at their centre."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from wellheard.listen.models import Triage, Voice
from wellheard.people.models import Workspace
from wellheard.people.queries.lists import Page, cut

from ..models import Theme, ThemeVoice


@dataclass(frozen=True, slots=True)
class ThemeRow:
    theme: Theme
    quotes: list[Voice]


def suggested(workspace: Workspace, quotes: int = 2) -> list[ThemeRow]:
    """Open suggestions, the largest first, each with its most central voices."""
    themes = list(Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED).order_by("-size", "pk"))
    central: dict[int, list[Voice]] = defaultdict(list)
    rows = ThemeVoice.objects.filter(theme__in=themes, rank__lt=quotes).order_by("theme", "rank")
    for row in rows.select_related("voice__author", "voice__account"):
        central[row.theme_id].append(row.voice)
    return [ThemeRow(t, central[t.pk]) for t in themes]


def members(theme: Theme, number: int = 1) -> Page[Voice]:
    """A page of the theme's voices, the most central first."""
    rows = Voice.objects.filter(themes__theme=theme).select_related("author", "account").order_by("themes__rank")
    return Page(*cut(rows, number))


def loose(workspace: Workspace) -> int:
    """How many voices stand under no problem and may be grouped."""
    voices = Voice.objects.filter(workspace=workspace, evidence=None).exclude(triage=Triage.ASIDE)
    return voices.aggregate(n=Count("pk"))["n"]  # type: ignore[no-any-return]
