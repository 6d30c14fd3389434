"""Quotes for the head of a problem's page, chosen for their spread."""

from __future__ import annotations

from collections import Counter

import numpy as np

from wellheard.listen.models import Voice
from wellheard.people.queries.lenses import Sight

from ..meaning.naming import every_word
from ..models import Problem
from ..models_meaning import Vector
from ..spread import Voiced, choose

MOST_WEIGHED = 300
SHORT, LONG = 20, 600  # characters that a quote should have


def quotes(problem: Problem, limit: int = 6, sight: Sight | None = None) -> list[Voice]:
    """Different people, accounts, lenses, channels, times and wordings, as far as there are any."""
    held = list(
        Voice.objects.filter(evidence__problem=problem).order_by("-said_at", "-pk").values_list("pk", "text")
    )  # fmt: skip
    fit = [pk for pk, text in held if SHORT <= len(text) <= LONG] or [pk for pk, _ in held]
    if len(fit) > MOST_WEIGHED:  # evenly over time
        fit = [fit[i] for i in np.linspace(0, len(fit) - 1, MOST_WEIGHED).astype(int)]
    rows = list(
        Voice.objects.filter(pk__in=fit).select_related("author", "account").order_by("-said_at", "-pk")
    )  # fmt: skip
    if not rows:
        return []
    sight = sight or Sight(problem.workspace)
    voiced = [Voiced(v.pk, v.author_id, _sides(v, sight)) for v in rows]
    chosen = choose(voiced, _likeness(rows), limit)
    by_key = {v.pk: v for v in rows}
    return [by_key[pk] for pk in chosen]


def _sides(voice: Voice, sight: Sight) -> dict[str, object]:
    seen = sight.look([(voice.author_id, voice.account_id)])
    lens = "both" if seen.users and seen.customers else "users" if seen.users else "customers" if seen.customers else ""
    told: dict[str, object] = {
        "lens": lens,
        "channel": voice.channel,
        "time": (voice.said_at.year, (voice.said_at.month - 1) // 3),
    }
    if voice.account_id is not None:
        told["account"] = voice.account_id
    language = voice.language or (voice.author.language if voice.author else "")
    return told | ({"language": language} if language else {})


def _likeness(rows: list[Voice]) -> np.ndarray:
    """By meaning where all of them have vectors of one model, else by words."""
    held = list(Vector.objects.filter(voice__in=[v.pk for v in rows]).values_list("voice", "model", "data"))
    models = Counter(model for _, model, _ in held)
    if models and models.most_common(1)[0][1] == len(rows):
        vectors = {voice: np.frombuffer(bytes(data), np.float16).astype(np.float32) for voice, _, data in held}
        matrix = np.stack([vectors[v.pk] for v in rows])
        return np.clip(matrix @ matrix.T, 0, 1)
    weighed = every_word([v.text[:4000] for v in rows])
    return np.clip(np.asarray((weighed @ weighed.T).todense()), 0, 1)
