"""Which problem a voice speaks of, learnt from what members placed and refused."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import close_old_connections
from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber

from wellheard.listen.models import Voice
from wellheard.people.models import Workspace

from .. import holding
from ..meaning.encoders import Encoder
from ..meaning.routing import Example, Route, Router
from ..models import Evidence, Problem, Refusal
from ..services.encoding import LONGEST, encoder_of

# Of a problem with thousands of voices the newest are example enough.
EXAMPLES = 60
KEPT = 8
# Up to so much evidence all is learnt anew while the page waits; beyond, behind it.
AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Routed:
    """`problem` is None when none of the known ones is near enough. `score` is the chance that it is right."""

    problem: Problem | None
    score: float
    runner_up: Problem | None = None
    runner_up_score: float = 0.0
    placed: list[Problem] = field(default_factory=list)

    @property
    def percent(self) -> int:
        return min(99, round(self.score * 100))


@dataclass(frozen=True, slots=True)
class Learnt:
    mark: tuple[Any, ...]
    router: Router
    problems: dict[int, Problem]


log = logging.getLogger(__name__)
_learning: set[int] = set()
_lock = threading.Lock()
_held: OrderedDict[int, Learnt] = OrderedDict()


def targets(workspace: Workspace) -> list[Problem]:
    """Problems a voice can be placed under."""
    return list(Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).order_by("name"))


def of_texts(workspace: Workspace, texts: Sequence[str]) -> list[Routed]:
    """One answer a text."""
    learnt, encoder = _learnt(workspace)
    cut = [t[:LONGEST] for t in texts]
    vectors = encoder.encode(cut) if encoder and cut else None
    return [_told(learnt, r) for r in learnt.router.route(cut, vectors)]


def of_voices(workspace: Workspace, voices: Sequence[Voice]) -> dict[int, Routed]:
    """Voice → where it stands, or what it sounds like; problems a member refused for it are never named again."""
    placed: dict[int, list[Problem]] = defaultdict(list)
    for row in Evidence.objects.filter(voice__in=voices, problem__merged_into=None).select_related("problem"):
        placed[row.voice_id].append(row.problem)
    found = {pk: Routed(None, 0.0, placed=at) for pk, at in placed.items()}
    free = [v for v in voices if v.pk not in placed]
    if not free:
        return found
    learnt, encoder = _learnt(workspace)
    vectors = _vectors(workspace, [v.pk for v in free], [v.text[:LONGEST] for v in free], encoder)
    routes = learnt.router.route([v.text[:LONGEST] for v in free], vectors, _refused(free))
    return found | {v.pk: _told(learnt, r) for v, r in zip(free, routes, strict=True)}


def ranked(workspace: Workspace, voice: Voice, most: int = 4) -> list[tuple[Problem, float]]:
    """The problems a voice may speak of, the likeliest first, with the chance of each."""
    learnt, encoder = _learnt(workspace)
    text = voice.text[:LONGEST]
    vectors = _vectors(workspace, [voice.pk], [text], encoder)
    (ranks,) = learnt.router.ranks([text], vectors, _refused([voice]), most) or [[]]
    return [(learnt.problems[label], chance) for label, chance in ranks]


def _refused(voices: Sequence[Voice]) -> list[frozenset[int]]:
    by_voice: dict[int, set[int]] = defaultdict(set)
    for voice, problem in Refusal.objects.filter(voice__in=voices).values_list("voice", "problem"):
        by_voice[voice].add(problem)
    return [frozenset(by_voice[v.pk]) for v in voices]


def _told(learnt: Learnt, route: Route) -> Routed:
    return Routed(
        learnt.problems[route.label] if route.label is not None else None,
        route.score,
        learnt.problems[route.runner_up] if route.runner_up is not None else None,
        route.runner_up_score,
    )


def _vectors(workspace: Workspace, ids: list[int], texts: list[str], encoder: Encoder | None) -> np.ndarray | None:
    """Stored rows; what the background has not come to yet is encoded here, for it is a page of voices at most."""
    if encoder is None:
        return None
    rows = holding.vectors_of(workspace, ids, encoder)
    bare = np.flatnonzero(~rows.any(axis=1))[: holding.AT_ONCE * 4]
    if bare.size:
        rows[bare] = encoder.encode([texts[n] for n in bare])
    return rows


def _learnt(workspace: Workspace) -> tuple[Learnt, Encoder | None]:
    encoder = encoder_of(workspace)
    problems = {p.pk: p for p in targets(workspace)}
    evidence = Evidence.objects.filter(problem__in=problems).aggregate(n=Count("pk"), last=Max("pk"))
    refusals = Refusal.objects.filter(problem__in=problems).aggregate(n=Count("pk"), last=Max("pk"))
    mark = (
        encoder.id if encoder else "",
        tuple((p.pk, p.name) for p in problems.values()),
        *evidence.values(),
        *refusals.values(),
    )
    with _lock:
        held = _held.get(workspace.pk)
        if held is not None:
            _held.move_to_end(workspace.pk)
    if held is not None and held.mark == mark:
        return held, encoder
    if held is not None and held.mark[:2] == mark[:2] and evidence["n"] > AT_ONCE:
        _learn_behind(workspace, mark, problems, encoder)  # who sorts does not wait for each correction to be learnt
        return held, encoder
    return _keep(workspace, Learnt(mark, _fit(workspace, problems, encoder), problems)), encoder


def _keep(workspace: Workspace, learnt: Learnt) -> Learnt:
    with _lock:
        _held[workspace.pk] = learnt
        _held.move_to_end(workspace.pk)
        while len(_held) > KEPT:
            _held.popitem(last=False)
    return learnt


def _learn_behind(
    workspace: Workspace, mark: tuple[Any, ...], problems: dict[int, Problem], encoder: Encoder | None
) -> None:
    with _lock:
        if workspace.pk in _learning:
            return
        _learning.add(workspace.pk)

    def work() -> None:
        try:
            _keep(workspace, Learnt(mark, _fit(workspace, problems, encoder), problems))
        except Exception:
            log.exception("the suggestions of %s could not learn; the earlier ones stay", workspace)
        finally:
            with _lock:
                _learning.discard(workspace.pk)
            close_old_connections()

    threading.Thread(target=work, daemon=True, name="routes").start()


def warm(workspace: Workspace) -> None:
    """Learn before somebody waits for it."""
    _learnt(workspace)


def _fit(workspace: Workspace, problems: dict[int, Problem], encoder: Encoder | None) -> Router:
    newest = Window(RowNumber(), partition_by=F("problem"), order_by=F("pk").desc())
    placed = Evidence.objects.filter(problem__in=problems).annotate(nth=newest).filter(nth__lte=EXAMPLES)
    rows = [(p, v, t, False) for p, v, t in placed.order_by("pk").values_list("problem", "voice", "voice__text")]
    known = {(p, v) for p, v, _, _ in rows}
    refused = (
        Refusal.objects.filter(problem__in=problems).order_by("-pk").values_list("problem", "voice", "voice__text")
    )
    rows += [(p, v, t, True) for p, v, t in refused[: 20 * EXAMPLES] if (p, v) not in known]
    examples = [Example(p, t[:LONGEST], no) for p, _, t, no in rows]
    names = {pk: p.name for pk, p in problems.items()}
    if encoder is None:
        return Router.fit(examples, None, names)
    vectors = holding.vectors_of(workspace, [v for _, v, _, _ in rows], encoder)
    bare = np.flatnonzero(~vectors.any(axis=1))[:500]
    if bare.size:
        vectors[bare] = encoder.encode([examples[n].text for n in bare])
    return Router.fit(examples, vectors, names, encoder.encode(list(names.values())) if names else None)
