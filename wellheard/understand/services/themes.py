"""Looking for themes anew. What members settled is never touched."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..grouping import groups
from ..models import Theme, ThemeVoice
from ..words import MOST


def find_themes(access: Access, least: int = 4) -> list[Theme]:
    """Group the voices that are evidence of nothing yet; replaces the open suggestions of last time."""
    access.need(Role.CONTRIBUTOR)
    open_voices = (
        Voice.objects.filter(workspace=access.workspace, evidence=None)
        .exclude(triage=Triage.ASIDE)
        .order_by("-said_at", "-pk")
    )
    rows = list(open_voices.values_list("pk", "text")[:MOST])
    found, rest = groups([pk for pk, _ in rows], [text[:4000] for _, text in rows], least)
    with journal.record(access.actor, "themes.found") as entry:
        dismissed = [
            set(t.members.values_list("voice", flat=True))
            for t in Theme.objects.filter(workspace=access.workspace, state=Theme.State.DISMISSED)
        ]
        Theme.objects.filter(workspace=access.workspace, state=Theme.State.SUGGESTED).delete()
        made = []
        for group in found:
            members = set(group.members)
            if any(len(members & old) > 0.5 * len(members) for old in dismissed):
                continue
            theme = Theme.objects.create(
                workspace=access.workspace, name=group.name, terms=group.terms, size=len(group.members)
            )
            ThemeVoice.objects.bulk_create(
                [ThemeVoice(theme=theme, voice_id=v, rank=i) for i, v in enumerate(group.members)], batch_size=1000
            )
            made.append(theme)
        entry.about(access.workspace, themes=len(made), grouped=sum(t.size for t in made), ungrouped=len(rest))
    return made


def rename_theme(access: Access, theme: Theme, name: str) -> None:
    """A member's name for a suggestion; looking anew keeps it as long as the theme lives."""
    access.need(Role.CONTRIBUTOR)
    wanted = clean.text(name, 140, "The name")
    if not wanted:
        raise ValueError("Write a name, as the people who say it would.")
    with journal.record(access.actor, "theme.renamed") as entry:
        entry.about(theme, before=theme.name, after=wanted)
        theme.name, theme.named_by = wanted, access.actor.name[:120]
        theme.save(update_fields=["name", "named_by"])
