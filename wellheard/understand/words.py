"""Texts as weighted words: the lexical method behind similar voices and suggested themes.

TF-IDF with sublinear term counts (Salton & Buckley 1988); rows have length 1, so a product of two is a cosine.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count, Max

from wellheard.listen.models import Triage, Voice
from wellheard.people.models import Workspace

if TYPE_CHECKING:  # loading scikit-learn takes seconds, so only what weighs texts waits for it
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

# Words so common in feedback that they say nothing about its subject, beside English stop words.
FEEDBACK_WORDS = frozenset(
    (
        "hi hello hey thanks thank please would could really just like love want need lot bit way make makes made get "
        "got use using used able also still always never ever im ive id dont cant doesnt didnt isnt wont it's don't "
        "i'm i've can't doesn't one thing things something much many good great nice better best easy easier don ve "
        "ll re doesn didn isn der die das und ist nicht ich wir sie ein eine zu den mit auf fur für im es dass wenn le "
        "la les des un une et est pas je nous que qui pour dans sur el los las una no por para con"
    ).split()
)
MOST = 50_000


@cache
def stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS | FEEDBACK_WORDS)


@dataclass(frozen=True, slots=True)
class Words:
    """`matrix` is (voices × terms), row i belongs to voice `ids[i]`."""

    ids: np.ndarray
    matrix: csr_matrix
    vectorizer: TfidfVectorizer


def fit(ids: list[int], texts: list[str]) -> Words:
    """Weigh texts against each other. Texts without any word get an all-zero row, similar to nothing."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        lowercase=True,
        strip_accents="unicode",
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=1 if len(texts) < 2000 else 2,
        max_features=200_000,
        dtype=np.float32,
        token_pattern=r"(?u)\b\w[\w'’-]+\b",  # noqa: S106 - words, not a password
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # no word in any text
        matrix = vectorizer.fit_transform([*texts, "nothing"])[: len(texts)]
    return Words(np.asarray(ids, dtype=np.int64), csr_matrix(matrix), vectorizer)


_lock = threading.Lock()
_held: OrderedDict[int, tuple[tuple[int, int | None], Words]] = OrderedDict()


def of_workspace(workspace: Workspace) -> Words:
    """The newest 50,000 voices of a workspace, weighed once and kept until a voice comes or goes."""
    voices = Voice.objects.filter(workspace=workspace).exclude(triage=Triage.ASIDE)
    state = voices.aggregate(n=Count("pk"), last=Max("pk"))
    mark = (state["n"], state["last"])
    with _lock:
        if workspace.pk in _held and _held[workspace.pk][0] == mark:
            _held.move_to_end(workspace.pk)
            return _held[workspace.pk][1]
    rows = list(voices.order_by("-said_at", "-pk").values_list("pk", "text")[:MOST])
    words = fit([pk for pk, _ in rows], [text[:4000] for _, text in rows])
    with _lock:
        _held[workspace.pk] = (mark, words)
        while len(_held) > 8:
            _held.popitem(last=False)
    return words


def nearest(words: Words, text: str, limit: int, among: Collection[int] | None = None) -> list[tuple[int, float]]:
    """(voice, cosine) of the voices (all, or those `among`) most like the text, best first, those without a common
    word left out."""
    if not words.ids.size or not text.strip():
        return []
    scores = (words.vectorizer.transform([text[:4000]]) @ words.matrix.T).toarray()[0]
    if among is not None:
        scores[~np.isin(words.ids, np.fromiter(among, dtype=np.int64, count=len(among)))] = 0
    top = np.argsort(-scores, kind="stable")[:limit]
    return [(int(words.ids[i]), round(float(scores[i]), 4)) for i in top if scores[i] > 0]
