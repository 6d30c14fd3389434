"""The index of a workspace's voices, made once and kept in memory.

New voices are added to what is held, so nobody who types waits for all texts to be weighed again; when many came
in, it is made anew in the background while the earlier one goes on answering.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from django.db import close_old_connections
from django.db.models import Count, Max

from wellheard.listen.models import Triage, Voice
from wellheard.people.models import Workspace

from .meaning import encoders
from .meaning.index import Index, index
from .models import Vector
from .services.encoding import LONGEST, encoder_of

log = logging.getLogger(__name__)
MOST = 200_000
KEPT = 8
# More than this share of new voices, or of vectors that came later, and the index is made anew.
STALE = 0.05
AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """What the index was made of."""

    voices: int
    last: int
    vectors: int
    model: str


@dataclass(slots=True)
class Held:
    mark: Mark
    index: Index


_lock = threading.Lock()
_held: OrderedDict[int, Held] = OrderedDict()
_making: set[int] = set()


def forget(workspace: Workspace) -> None:
    with _lock:
        _held.pop(workspace.pk, None)


def index_of(workspace: Workspace) -> Index:
    """What is there to compare with; voices set aside are left out."""
    encoder = encoder_of(workspace)
    now = _mark(workspace, encoder)
    with _lock:
        held = _held.get(workspace.pk)
        if held is not None:
            _held.move_to_end(workspace.pk)
    if held is None or held.mark.model != now.model:
        return _make(workspace, encoder, now)
    if held.mark == now:
        return held.index
    few = max(AT_ONCE, STALE * held.mark.voices)
    came = now.voices - held.mark.voices
    if 0 <= came <= few and now.last >= held.mark.last and now.vectors - held.mark.vectors <= came + few:
        added = _added(workspace, held, encoder, now)
        if added is not None:
            return added
    if held.mark.voices < 5000:
        return _make(workspace, encoder, now)
    _make_behind(workspace, encoder, now)
    return held.index


# From this likeness on two texts say much the same; by words alone a smaller number says as much.
MUCH_ALIKE, MUCH_ALIKE_BY_WORDS = 0.45, 0.3
AROUND, AROUND_BY_WORDS = 0.5, 0.2


def much_alike(workspace: Workspace) -> float:
    """What counts as alike for somebody who types: see docs/benchmarks.md for what it finds and misses."""
    return MUCH_ALIKE if _by_meaning(workspace) else MUCH_ALIKE_BY_WORDS


def around(workspace: Workspace) -> float:
    """What counts as like the voices of a problem."""
    return AROUND if _by_meaning(workspace) else AROUND_BY_WORDS


def _by_meaning(workspace: Workspace) -> bool:
    """Whether the index compares meaning. The one in memory answers, without looking whether voices came since."""
    with _lock:
        held = _held.get(workspace.pk)
    return (held.index if held is not None else index_of(workspace)).sample is not None


def _mark(workspace: Workspace, encoder: encoders.Encoder | None) -> Mark:
    voices = Voice.objects.filter(workspace=workspace).exclude(triage=Triage.ASIDE)
    state = voices.aggregate(n=Count("pk"), last=Max("pk"))
    vectors = Vector.objects.filter(workspace=workspace, model=encoder.id).count() if encoder else 0
    return Mark(state["n"], state["last"] or 0, vectors, encoder.id if encoder else "")


def _rows(workspace: Workspace, after: int = 0) -> list[tuple[int, str]]:
    voices = Voice.objects.filter(workspace=workspace, pk__gt=after).exclude(triage=Triage.ASIDE)
    rows = voices.order_by("-said_at", "-pk").values_list("pk", "text")[:MOST]
    return [(pk, text[:LONGEST]) for pk, text in rows]


def vectors_of(workspace: Workspace, ids: list[int], encoder: encoders.Encoder) -> np.ndarray:
    """(ids × size) as float32; what is not encoded yet is a row of zeros."""
    found = np.zeros((len(ids), encoder.size), dtype=np.float32)
    place: dict[int, list[int]] = {}
    for n, pk in enumerate(ids):  # a voice may stand under two problems
        place.setdefault(pk, []).append(n)
    rows = Vector.objects.filter(workspace=workspace, model=encoder.id)
    if len(ids) <= 500:
        rows = rows.filter(voice__in=ids)
    for voice, data in rows.values_list("voice", "data").iterator(chunk_size=5000):
        if voice in place:
            found[place[voice]] = np.frombuffer(bytes(data), dtype=np.float16)
    return found


def _make(workspace: Workspace, encoder: encoders.Encoder | None, mark: Mark) -> Index:
    rows = _rows(workspace)
    ids = [pk for pk, _ in rows]
    vectors = vectors_of(workspace, ids, encoder) if encoder and mark.vectors else None
    made = index(ids, [text for _, text in rows], vectors, encoder if vectors is not None else None)
    _keep(workspace.pk, Held(mark, made))
    return made


def _keep(workspace: int, held: Held) -> None:
    with _lock:
        _held[workspace] = held
        _held.move_to_end(workspace)
        while len(_held) > KEPT:
            _held.popitem(last=False)


def _added(workspace: Workspace, held: Held, encoder: encoders.Encoder | None, now: Mark) -> Index | None:
    """The index with the voices that came since; None when something else changed as well."""
    rows = _rows(workspace, held.mark.last)
    if len(rows) != now.voices - held.mark.voices:
        return None
    if not rows:
        if now.vectors - held.mark.vectors > STALE * held.mark.voices:
            return None
        return held.index
    ids, texts = [pk for pk, _ in rows], [text for _, text in rows]
    vectors = None
    if encoder and held.index.sample is not None:
        vectors = vectors_of(workspace, ids, encoder)
        bare = np.flatnonzero(~vectors.any(axis=1))
        if bare.size and bare.size <= AT_ONCE:
            vectors[bare] = encoder.encode([texts[n] for n in bare])
    longer = held.index.extended(ids, texts, vectors)
    if longer.stale:
        return None
    _keep(workspace.pk, Held(now, longer))
    return longer


def _make_behind(workspace: Workspace, encoder: encoders.Encoder | None, mark: Mark) -> None:
    with _lock:
        if workspace.pk in _making:
            return
        _making.add(workspace.pk)

    def work() -> None:
        try:
            _make(workspace, encoder, mark)
        except Exception:
            log.exception("the index of %s could not be made; the earlier one stays", workspace)
        finally:
            with _lock:
                _making.discard(workspace.pk)
            close_old_connections()

    threading.Thread(target=work, daemon=True, name="index").start()
