"""Which problem a voice speaks of, learnt from what members placed and refused."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Max

from wellheard.listen.models import Voice
from wellheard.people.models import Workspace

from .. import holding
from ..meaning.routing import Router
from ..models import Evidence, Problem, Refusal

# Of a problem with thousands of voices the newest are example enough.
EXAMPLES = 400


@dataclass(frozen=True, slots=True)
class Routed:
    """`problem` is None when none of the known ones is near enough. `score` lies between 0 and 1."""

    problem: Problem | None
    score: float
    runner_up: Problem | None = None
    runner_up_score: float = 0.0
    placed: list[Problem] = field(default_factory=list)

    @property
    def percent(self) -> int:
        return round(self.score * 100)


def targets(workspace: Workspace) -> list[Problem]:
    """Problems a voice can be placed under."""
    return list(Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).order_by("name"))


def of_voices(workspace: Workspace, voices: Sequence[Voice]) -> dict[int, Routed]:
    return {}
