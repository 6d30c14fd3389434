"""What is like a text: voices, and the problem it may speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from wellheard.core.search import matching
from wellheard.listen.models import Idea, Triage, Voice
from wellheard.people.models import Workspace

from .. import holding
from ..models import Theme, ThemeVoice
from ..services.encoding import LONGEST
from .routes import Routed, of_texts

FEW_WORDS = 3


class Similar(NamedTuple):
    """A voice like the text; `score` is a likeness between 0 and 1, of words and meaning."""

    id: int
    source_id: str | None
    text: str
    score: float


def similar(workspace: Workspace, text: str, limit: int = 5, without: int | None = None) -> list[Similar]:
    """Voices most like a text, best first; `without` leaves one voice out (the one being looked at)."""
    near = holding.index_of(workspace).nearest(text[:LONGEST], limit + 1)
    shown = Voice.objects.filter(workspace=workspace).exclude(triage=Triage.ASIDE)  # set aside since it was made
    held = shown.in_bulk([pk for pk, _ in near])
    rows = [Similar(pk, held[pk].source_id, held[pk].text, score) for pk, score in near if pk in held and pk != without]
    return rows[:limit]


def near_ideas(workspace: Workspace, text: str, among: QuerySet[Idea], limit: int, share: float = 1.0) -> list[Idea]:
    """Of the ideas `among` (which say who may see what), those much like the text, best first; a smaller `share` is
    content with less likeness."""
    said = set(among.values_list("voice", flat=True))
    near = holding.index_of(workspace).nearest(text[:LONGEST], limit, said)
    scores = {pk: score for pk, score in near if score >= share * holding.much_alike(workspace)}
    found = list(among.filter(voice__in=scores).select_related("voice")) if scores else []
    found.sort(key=lambda i: -scores[i.voice_id])
    words = text.split()
    if len(found) < limit and len(words) <= FEW_WORDS and all(len(w) > 2 for w in words):
        # Of a word or two there is little meaning to compare: the titles that hold them are meant.
        held = matching(among, "title", text).exclude(pk__in=[i.pk for i in found]).order_by("-votes_count", "pk")
        found += held.select_related("voice")[: limit - len(found)]
    return found[:limit]


def routes(workspace: Workspace, texts: Sequence[str]) -> list[dict[str, Any]]:
    """For each text the problem it speaks of, or None when none is near enough, and the runner-up."""
    return [_told(r) for r in of_texts(workspace, texts)]


def _told(found: Routed) -> dict[str, Any]:
    best, other = found.problem, found.runner_up
    return {
        "problem": {"id": best.pk, "name": best.name} if best else None,
        "score": found.score,
        "runner_up": {"id": other.pk, "name": other.name, "score": found.runner_up_score} if other else None,
    }


def theme_rows(workspace: Workspace, level: int = 1) -> tuple[list[dict[str, Any]], list[str]]:
    """Open suggestions with their voices (source ids, or numbers where there is none), and what is in no group."""
    members: dict[int, list[str]] = defaultdict(list)
    grouped: set[int] = set()
    suggested = Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED, level=level)
    for theme, voice, source_id in (
        ThemeVoice.objects.filter(theme__in=suggested)
        .order_by("theme", "rank")
        .values_list("theme", "voice", "voice__source_id")
    ):
        members[theme].append(source_id or str(voice))
        grouped.add(voice)
    rows = [
        {"id": t.pk, "level": t.level, "name": t.name, "size": t.size, "source_ids": members[t.pk]}
        for t in suggested.order_by("-size", "pk")
    ]
    rest = Voice.objects.filter(workspace=workspace, evidence=None).exclude(triage=Triage.ASIDE)
    ungrouped = [s or str(pk) for pk, s in rest.values_list("pk", "source_id") if pk not in grouped]
    return rows, ungrouped
