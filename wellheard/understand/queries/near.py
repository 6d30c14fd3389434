"""Voices that stand under no problem yet and sound like the evidence of one."""

from __future__ import annotations

import numpy as np

from wellheard.listen.models import Triage, Voice

from .. import words
from ..models import Evidence, Problem

# Tried on the sample: about two in three voices held out of a problem lie above this, of unrelated ones one in a
# thousand. Half of that and most suggestions are wrong.
LEAST = 0.2


def unplaced_like(problem: Problem, limit: int = 8) -> list[tuple[Voice, float]]:
    """(voice, likeness to the problem's average voice), the most alike first."""
    mine = list(Evidence.objects.filter(problem=problem).values_list("voice", flat=True))
    if not mine:
        return []
    held = words.of_workspace(problem.workspace)
    rows = np.flatnonzero(np.isin(held.ids, np.asarray(mine, dtype=np.int64)))
    if not rows.size:
        return []
    centre = np.asarray(held.matrix[rows].mean(axis=0)).ravel()
    length = float(np.sqrt(centre @ centre)) or 1.0
    scores = np.asarray(held.matrix @ (centre / length)).ravel()
    order = [int(i) for i in np.argsort(-scores, kind="stable")[:2000] if scores[i] >= LEAST]
    likeness = {int(held.ids[i]): round(float(scores[i]), 2) for i in order}
    free = (
        Voice.objects.filter(pk__in=likeness, workspace=problem.workspace, evidence=None)
        .exclude(triage=Triage.ASIDE)
        .select_related("author", "account")
    )
    ranked = sorted(free, key=lambda v: (-likeness[v.pk], v.pk))[:limit]
    return [(v, likeness[v.pk]) for v in ranked]
