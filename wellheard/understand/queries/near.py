"""Voices that stand under no problem yet and sound like the evidence of one."""

from __future__ import annotations

from wellheard.listen.models import Triage, Voice

from .. import holding
from ..models import Evidence, Problem


def unplaced_like(problem: Problem, limit: int = 8) -> list[tuple[Voice, float]]:
    """(voice, likeness to the problem's average voice), the most alike first."""
    mine = list(Evidence.objects.filter(problem=problem).values_list("voice", flat=True))
    if not mine:
        return []
    least = holding.around(problem.workspace)
    around = holding.index_of(problem.workspace).around(mine, 200)
    likeness = {pk: round(score, 2) for pk, score in around if score >= least}
    free = (
        Voice.objects.filter(pk__in=likeness, workspace=problem.workspace, evidence=None)
        .exclude(triage=Triage.ASIDE)
        .select_related("author", "account")
    )
    ranked = sorted(free, key=lambda v: (-likeness[v.pk], v.pk))[:limit]
    return [(v, likeness[v.pk]) for v in ranked]
