"""Texts as weighted words, for finding what shares them: rows over hashed terms, so that new texts need no new count.

Weights are sublinear term counts times inverse document frequency (Salton & Buckley 1988), rows of length 1. A word
also counts by its first five letters: a rough stem in any alphabet.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .encoders import MOST_HEAD, head

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TERMS = 1 << 20
MOST = 4000  # characters of a text that count
STEM = 5
WORD = re.compile(r"[^\W_]+")
# Scripts without spaces between words: their characters count in pairs.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def plain(text: str) -> str:
    """Lower case without accents."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", "".join(c for c in folded if not unicodedata.combining(c)))


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def tokens(text: str) -> list[str]:
    """The words that count, in order; what a long text puts first comes twice."""
    part = text[:MOST]
    if first := head(part):
        part = f"{first[:MOST_HEAD]}\n{part}"
    found: list[str] = []
    for word in WORD.findall(plain(part)):
        if UNSPACED.search(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif len(word) > 1 and word not in _stop():
            found.append(word)
    return found


def length(text: str) -> int:
    """Words in a text, stop words as well."""
    return len(WORD.findall(text[:MOST]))


@lru_cache(maxsize=200_000)
def _slots(word: str) -> tuple[int, ...]:
    """Where a word and its beginning stand. A short word is its own beginning, so "expor" finds "export"."""
    whole = zlib.crc32(word.encode()) % TERMS
    return whole, zlib.crc32(f"{word[:STEM]}*".encode()) % TERMS


def counts(texts: Sequence[str]) -> csr_matrix:
    """(texts × TERMS): 1 + log(count) of each term."""
    from scipy.sparse import csr_matrix

    ends = np.zeros(len(texts) + 1, dtype=np.int64)
    columns: list[int] = []
    values: list[int] = []
    for i, text in enumerate(texts):
        terms = Counter(slot for word in tokens(text) for slot in set(_slots(word)))
        columns.extend(terms)
        values.extend(terms.values())
        ends[i + 1] = len(columns)
    data = 1 + np.log(np.asarray(values, dtype=np.float32)) if values else np.zeros(0, dtype=np.float32)
    return csr_matrix((data, np.asarray(columns, dtype=np.int32), ends), shape=(len(texts), TERMS))


def rarity(matrix: csr_matrix) -> np.ndarray:
    """(TERMS) float32: how much a term says, from how few of the texts hold it."""
    held = np.bincount(matrix.indices, minlength=TERMS)
    return np.asarray(np.log((1 + matrix.shape[0]) / (1 + held)) + 1, dtype=np.float32)


def weigh(matrix: csr_matrix, rare: np.ndarray) -> csr_matrix:
    """Counts to weights, rows of length 1; a row without terms stays empty."""
    from scipy.sparse import csr_matrix

    data = matrix.data * rare[matrix.indices]
    per_row = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), per_row)
    squares = np.bincount(rows, weights=data.astype(np.float64) ** 2, minlength=matrix.shape[0])
    data = data / np.sqrt(np.maximum(squares, 1e-12))[rows].astype(np.float32)
    return csr_matrix((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)
