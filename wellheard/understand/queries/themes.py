"""Suggested themes at two levels, with a few words of those who are most at their centre."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from wellheard.listen.models import Triage, Voice
from wellheard.people.models import Workspace
from wellheard.people.queries.lists import Page, cut

from ..models import Theme, ThemeVoice

LATELY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ThemeRow:
    theme: Theme
    quotes: list[Voice]


@dataclass(frozen=True, slots=True)
class Area:
    """A wide theme and the themes in it; `theme` is None for those that stand alone."""

    theme: Theme | None
    rows: list[ThemeRow]

    @property
    def voices(self) -> int:
        return sum(r.theme.size for r in self.rows)


def _open(workspace: Workspace) -> list[Theme]:
    held = Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED, level=1)
    return list(held.select_related("parent").order_by("-size", "pk"))


def suggested(workspace: Workspace, quotes: int = 2) -> list[ThemeRow]:
    """Open suggestions, the largest first, each with its most central voices."""
    themes = _open(workspace)
    central: dict[int, list[Voice]] = defaultdict(list)
    rows = ThemeVoice.objects.filter(theme__in=themes, rank__lt=quotes + 6).order_by("theme", "rank")
    for row in rows.select_related("voice__author", "voice__account"):
        if len(central[row.theme_id]) < quotes:
            central[row.theme_id].append(row.voice)
    return [ThemeRow(t, central[t.pk]) for t in themes]


def areas(workspace: Workspace, quotes: int = 2) -> list[Area]:
    """The suggestions by the wide theme they stand in, the most spoken of first; single ones last."""
    by_parent: dict[int, list[ThemeRow]] = defaultdict(list)
    alone: list[ThemeRow] = []
    rows = suggested(workspace, quotes)
    parents = {r.theme.parent_id: r.theme.parent for r in rows if r.theme.parent is not None}
    for row in rows:
        if row.theme.parent_id:
            by_parent[row.theme.parent_id].append(row)
        else:
            alone.append(row)
    alone += [r for held in by_parent.values() if len(held) == 1 for r in held]
    found = [Area(parents[pk], held) for pk, held in by_parent.items() if len(held) > 1]
    found.sort(key=lambda a: -a.voices)
    alone.sort(key=lambda r: (-r.theme.size, r.theme.pk))
    return [*found, Area(None, alone)] if alone else found


def lately(workspace: Workspace) -> list[Theme]:
    """What became of themes when they were last looked for: split, joined, or gone. The newest first."""
    since = timezone.now() - LATELY
    held = Theme.objects.filter(workspace=workspace, level=1, changed_at__gte=since).exclude(changed="")
    return list(
        held.exclude(state__in=(Theme.State.CONFIRMED, Theme.State.DISMISSED)).order_by("-changed_at", "pk")[:20]
    )


def members(theme: Theme, number: int = 1) -> Page[Voice]:
    """A page of the theme's voices, the most central first."""
    rows = Voice.objects.filter(themes__theme=theme).select_related("author", "account").order_by("themes__rank")
    return Page(*cut(rows, number))


def parts(theme: Theme) -> list[Theme]:
    """The themes within a wide one."""
    return list(theme.parts.filter(state=Theme.State.SUGGESTED).order_by("-size", "pk"))


def loose(workspace: Workspace) -> int:
    """How many voices stand under no problem and may be grouped."""
    voices = Voice.objects.filter(workspace=workspace, evidence=None).exclude(triage=Triage.ASIDE)
    return voices.aggregate(n=Count("pk"))["n"]  # type: ignore[no-any-return]
