"""Turning what people said into numbers, in the background: what is missing or was edited, batch by batch."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from wellheard.core import background, journal
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from ..meaning import encoders
from ..models import Meaning, Method, Vector

BATCH = 256
LONGEST = 4000


def digest(text: str) -> int:
    """Eight bytes of the text, signed, as a database holds them."""
    return int.from_bytes(hashlib.blake2b(text[:LONGEST].encode(), digest_size=8).digest(), "big", signed=True)


def chosen(workspace: Workspace) -> str:
    """english, languages or words: what a member chose, or what the voices are written in."""
    held = Meaning.objects.filter(workspace=workspace).first()
    if held is not None and held.method:
        return str(held.method)
    said = Voice.objects.filter(workspace=workspace).values_list("language").annotate(n=Count("pk"))
    return encoders.best(Counter(dict(said)))


def encoder_of(workspace: Workspace) -> encoders.Encoder | None:
    return encoders.encoder(chosen(workspace))


def choose(access: Access, method: str, uses_model: bool) -> Meaning:
    """How this workspace finds what is alike; every voice is encoded anew in the background when it changes."""
    access.need(Role.OWNER)
    if method not in Method.values:
        raise ValueError(
            f"{method[:40]!r} is not a way. Use {', '.join(m for m in Method.values if m)}, or leave it empty."
        )
    with journal.record(access.actor, "meaning.chosen") as entry:
        held, _ = Meaning.objects.get_or_create(workspace=access.workspace)
        if (held.method, held.uses_model) == (method, uses_model):
            entry.nothing_changed()
            return held
        entry.about(
            access.workspace, before=held.method, after=method, model_before=held.uses_model, model_after=uses_model
        )
        held.method, held.uses_model = method, uses_model
        held.save()
    return held


def _missing(workspace: Workspace, model: str) -> QuerySet[Voice]:
    """Voices without numbers of this model, or said otherwise since, the newest first."""
    stale = Q(vector=None) | ~Q(vector__model=model)
    return Voice.objects.filter(stale, workspace=workspace).exclude(triage=Triage.ASIDE).order_by("-said_at", "-pk")


@dataclass(frozen=True, slots=True)
class Progress:
    """How many voices have numbers of the encoder in use, of how many; `model` is empty where words alone are used."""

    method: str
    model: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 if not self.total else self.done * 100 // self.total


def progress(workspace: Workspace) -> Progress:
    method = chosen(workspace)
    encoder = encoders.encoder(method)
    total = Voice.objects.filter(workspace=workspace).exclude(triage=Triage.ASIDE).count()
    if encoder is None:
        return Progress(method, "", total, total)
    done = Vector.objects.filter(workspace=workspace, model=encoder.id).exclude(voice__triage=Triage.ASIDE).count()
    return Progress(method, encoder.id, done, total)


def missing(workspace: Workspace) -> bool:
    encoder = encoder_of(workspace)
    return encoder is not None and _missing(workspace, encoder.id).exists()


def edited(workspace: Workspace) -> int:
    """Forget the numbers of voices whose text is not what they were made of; returns how many."""
    gone = 0
    rows = Vector.objects.filter(workspace=workspace, voice__changed_at__isnull=False)
    for pk, of, text in rows.values_list("pk", "digest", "voice__text").iterator(chunk_size=1000):
        if digest(text) != of:
            gone += Vector.objects.filter(pk=pk).delete()[0]
    return gone


def encode(workspace: Workspace, most: int | None = None) -> int:
    """Encode what is missing; returns how many were done. Raises background.Stopping between batches when the
    process ends. Two who do the same at once write the same rows."""
    encoder = encoder_of(workspace)
    done = 0
    while encoder is not None and (most is None or done < most):
        rows = list(_missing(workspace, encoder.id).values_list("pk", "text")[:BATCH])
        if not rows:
            break
        if background.stopping.is_set():
            raise background.Stopping
        texts = [text[:LONGEST] for _, text in rows]
        numbers = encoder.encode(texts).astype(np.float16)
        with transaction.atomic():  # voices erased meanwhile are left out
            there = set(Voice.objects.filter(pk__in=[pk for pk, _ in rows]).values_list("pk", flat=True))
            Vector.objects.bulk_create(
                [
                    Vector(workspace=workspace, voice_id=pk, model=encoder.id, digest=digest(text), data=row.tobytes())
                    for (pk, _), text, row in zip(rows, texts, numbers, strict=True)
                    if pk in there
                ],
                update_conflicts=True,
                unique_fields=["voice"],
                update_fields=["model", "digest", "data"],
            )
        done += len(rows)
    return done
