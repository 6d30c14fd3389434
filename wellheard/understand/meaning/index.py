"""What is like a text: words and meaning in one number.

`Index` holds numbers only, never a text. Words count more while a text is short (two words have no meaning to speak of,
but they occur somewhere) and again in long ones, of which an encoder reads only the beginning. Two things keep the
answer honest: texts that are near to everything are held back by how near they are (the idea of cross-domain similarity
local scaling, Conneau et al. 2018), and what was found first draws the query a little towards it (Rocchio 1971).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from . import bags
from .encoders import Encoder, unit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

EXACT = 50_000  # up to here every vector is compared; above, sign bits choose candidates
CANDIDATES = 2000
BY_WORDS = 400
SAMPLE = 4000  # texts that tell how near a text is to everything
HELD_BACK = 0.45
DRAWN = 0.2
FIRST = 3
STALE = 0.25  # grown by this share since it was counted, an index should be made anew
SAME = 0.98


def share_of_words(n: int) -> float:
    """How much words count against meaning in a text of n words."""
    return max(0.1, 0.6 / max(1, n) ** 0.8) if n <= 25 else min(0.55, 0.1 + (n - 25) * 0.02)


@dataclass(frozen=True, slots=True)
class Part:
    """A block of rows. `terms` is (TERMS × rows): what holds a term is read in one go. `bits` only where needed."""

    terms: csr_matrix
    vectors: np.ndarray | None
    bits: np.ndarray | None
    near: np.ndarray  # per row, how near it is to everything, less the mean


@dataclass(frozen=True, slots=True)
class Index:
    """Made by `index`. Not changed once made: `extended` and `without` give another one and share what they can."""

    ids: np.ndarray
    alive: np.ndarray
    parts: tuple[Part, ...]
    rare: np.ndarray
    sample: np.ndarray | None
    mean_near: float
    encoder: Encoder | None
    counted: int

    def __len__(self) -> int:
        return int(self.alive.sum())

    @property
    def stale(self) -> bool:
        """So much came or went since words were counted that it should be made anew."""
        return len(self.ids) > (1 + STALE) * max(200, self.counted) or len(self) < (1 - STALE) * len(self.ids)

    @property
    def bytes(self) -> int:
        held = self.ids.nbytes + self.rare.nbytes + (self.sample.nbytes if self.sample is not None else 0)
        for part in self.parts:
            held += part.terms.data.nbytes + part.terms.indices.nbytes + part.terms.indptr.nbytes + part.near.nbytes
            held += sum(a.nbytes for a in (part.vectors, part.bits) if a is not None)
        return held

    def nearest(
        self, text: str, limit: int, among: Collection[int] | None = None, vector: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """(id, likeness 0…1) of those (all, or `among`) most like the text, best first. `vector` spares encoding."""
        if limit <= 0 or not self.ids.size or not text.strip():
            return []
        if vector is None and self.encoder is not None and self.sample is not None:
            vector = self.encoder.encode([text])[0]
        if vector is not None and (not vector.any() or self.sample is None):
            vector = None
        words = self._by_words(text)
        open_rows = self.alive if among is None else self.alive & np.isin(self.ids, _array(among))
        rows = self._candidates(words, vector, open_rows)
        if not rows.size:
            return []
        scores = words[rows]
        if vector is not None:
            scores = self._fused(rows, scores, vector, share_of_words(bags.length(text)))
        order = np.lexsort((rows, -scores))[:limit]
        return [(int(self.ids[rows[i]]), round(float(scores[i]), 4)) for i in order if scores[i] > 0]

    def around(
        self, members: Collection[int], limit: int, among: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """(id, likeness) of those not among `members` that are most like them on the average, best first."""
        mine = self.alive & np.isin(self.ids, _array(members))
        rows = np.flatnonzero(mine)
        if not rows.size:
            return []
        words = self._by_words_of(mine)
        vector = None
        if self.sample is not None:
            centre = self._vectors(rows).mean(axis=0, dtype=np.float32)
            vector = unit(centre[None])[0] if centre.any() else None
        open_rows = self.alive & ~mine
        if among is not None:
            open_rows &= np.isin(self.ids, _array(among))
        found = self._candidates(words, vector, open_rows)
        scores = words[found]
        if vector is not None and found.size:
            scores = self._fused(found, scores, vector, share_of_words(20), drawn=0)
        order = np.lexsort((found, -scores))[:limit]
        return [(int(self.ids[found[i]]), round(float(scores[i]), 4)) for i in order if scores[i] > 0]

    def extended(self, ids: Sequence[int], texts: Sequence[str], vectors: np.ndarray | None = None) -> Index:
        """With new texts, which are weighed as the old ones were counted; those whose id is known replace it."""
        if not len(ids):
            return self
        known = np.isin(self.ids, _array(ids))
        weights = bags.weigh(bags.counts(texts), self.rare)
        old = self.parts[-1] if len(self.parts) > 1 else None
        part = _part(
            weights, self._fitting(vectors, len(ids)), self.sample, self.mean_near, bits=len(self.ids) > EXACT * 3 // 4
        )
        parts = (*self.parts[:-1], _joined(old, part)) if old is not None else (*self.parts, part)
        return replace(
            self,
            ids=np.concatenate([self.ids, _array(ids)]),
            alive=np.concatenate([self.alive & ~known, np.ones(len(ids), dtype=bool)]),
            parts=parts,
        )

    def without(self, ids: Collection[int]) -> Index:
        """Without some: they are found no more, and neither their words nor their vectors are kept."""
        gone = np.isin(self.ids, _array(ids)) & self.alive
        if not gone.any():
            return self
        parts, at = [], 0
        for part in self.parts:
            mine = gone[at : at + _n(part)]
            parts.append(_blanked(part, mine) if mine.any() else part)
            at += _n(part)
        return replace(self, alive=self.alive & ~gone, parts=tuple(parts))

    # What follows counts in rows: positions in `ids`.

    def _fitting(self, vectors: np.ndarray | None, n: int) -> np.ndarray | None:
        if self.sample is None:
            return None
        return np.zeros((n, self.sample.shape[1]), dtype=np.float32) if vectors is None else np.asarray(vectors)

    def _by_words(self, text: str) -> np.ndarray:
        row = bags.weigh(bags.counts([text]), self.rare)
        return self._score(row.indices, row.data)

    def _by_words_of(self, mine: np.ndarray) -> np.ndarray:
        total = np.zeros(bags.TERMS, dtype=np.float32)
        at = 0
        for part in self.parts:
            total += part.terms @ mine[at : at + _n(part)].astype(np.float32)
            at += _n(part)
        slots = np.flatnonzero(total)
        weights = total[slots]
        return self._score(slots, weights / (float(np.sqrt(weights @ weights)) or 1.0))

    def _score(self, slots: np.ndarray, weights: np.ndarray) -> np.ndarray:
        out = np.zeros(len(self.ids), dtype=np.float32)
        at = 0
        for part in self.parts:
            end = at + _n(part)
            block = out[at:end]
            for slot, weight in zip(slots.tolist(), weights.tolist()):
                a, b = part.terms.indptr[slot], part.terms.indptr[slot + 1]
                block[part.terms.indices[a:b]] += weight * part.terms.data[a:b]
            at = end
        return out

    def _candidates(self, words: np.ndarray, vector: np.ndarray | None, open_rows: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(open_rows)
        if vector is None:
            return rows[words[rows] > 0]
        if rows.size <= EXACT:
            return rows
        chosen = np.zeros(len(self.ids), dtype=bool)
        best = np.argpartition(-np.where(open_rows, words, -1), BY_WORDS)[:BY_WORDS]
        chosen[best] = True
        asked = _bits(vector[None])[:, 0]
        apart = np.empty(len(self.ids), dtype=np.uint16)
        at = 0
        for part in self.parts:
            bits = part.bits if part.bits is not None else _bits(self._vectors(np.arange(at, at + _n(part))))
            apart[at : at + _n(part)] = sum(
                np.bitwise_count(row ^ one).astype(np.uint16) for row, one in zip(bits, asked)
            )
            at += _n(part)
        reached = np.cumsum(np.bincount(apart[open_rows]))
        chosen |= apart <= np.searchsorted(reached, CANDIDATES)
        return np.flatnonzero(chosen & open_rows)

    def _vectors(self, rows: np.ndarray) -> np.ndarray:
        if len(self.parts) == 1 and rows.size == len(self.ids):
            return np.asarray(self.parts[0].vectors, dtype=np.float32)
        at, found = 0, []
        for part in self.parts:
            inside = rows[(rows >= at) & (rows < at + _n(part))] - at
            whole = inside.size == _n(part)
            held = part.vectors if part.vectors is not None else np.zeros((_n(part), 1), dtype=np.float32)
            found.append(np.asarray(held if whole else held[inside], dtype=np.float32))
            at += _n(part)
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _fused(
        self, rows: np.ndarray, words: np.ndarray, vector: np.ndarray, share: float, drawn: float = DRAWN
    ) -> np.ndarray:
        held = self._vectors(rows)
        back = HELD_BACK * np.concatenate([part.near for part in self.parts])[rows]
        means = _dot(held, vector)
        scores = share * words + (1 - share) * means - back
        if drawn and rows.size > FIRST:
            first = np.argpartition(-scores, FIRST)[:FIRST]
            pull = (held[first] * np.clip(scores[first], 0, 1)[:, None]).mean(axis=0)
            asked = unit((vector + drawn * pull)[None])[0]
            scores = share * words + (1 - share) * _dot(held, asked) - back
        # A text not encoded yet is compared by its words; the very same text is the likest there is.
        scores = np.where(held.any(axis=1), scores, words)
        return np.clip(
            np.where((means >= SAME) | (words >= SAME), np.maximum(scores, np.minimum(means, 1)), scores), 0, 1
        )


def index(
    ids: Sequence[int], texts: Sequence[str], vectors: np.ndarray | None = None, encoder: Encoder | None = None
) -> Index:
    """An index over texts. `vectors` are (texts × size) of the encoder, rows of length 1 or, where a text is not encoded
    yet, of zeros; None leaves words alone. ValueError where the three do not belong together."""
    if len(ids) != len(texts) or (vectors is not None and len(vectors) != len(ids)):
        raise ValueError("ids, texts and vectors must be of one length")
    if encoder is not None and vectors is not None and vectors.shape[1] != encoder.size:
        raise ValueError(f"vectors have {vectors.shape[1]} columns, {encoder.name} makes {encoder.size}")
    counted = bags.counts(texts)
    rare = bags.rarity(counted)
    sample, mean_near = None, 0.0
    if vectors is not None:
        filled = np.flatnonzero(np.asarray(vectors).any(axis=1))
        chosen = np.sort(np.random.default_rng(7).permutation(filled)[:SAMPLE])
        sample = np.asarray(vectors[chosen], dtype=np.float32)
        raw = _near(sample, sample)
        mean_near = float(raw.mean()) if raw.size else 0.0
    part = _part(bags.weigh(counted, rare), vectors, sample, mean_near, bits=len(ids) > EXACT * 3 // 4)
    held = _array(ids)
    return Index(held, np.ones(len(held), dtype=bool), (part,), rare, sample, mean_near, encoder, len(held))


def _array(ids: Collection[int]) -> np.ndarray:
    return np.fromiter(ids, dtype=np.int64, count=len(ids))


def _n(part: Part) -> int:
    return int(part.terms.shape[1])


def _part(
    weights: csr_matrix, vectors: np.ndarray | None, sample: np.ndarray | None, mean_near: float, bits: bool
) -> Part:
    n = weights.shape[0]
    near = np.zeros(n, dtype=np.float32)
    if vectors is None or sample is None:
        return Part(weights.T.tocsr(), None, None, near)
    for start in range(0, n, 4096):
        block = np.asarray(vectors[start : start + 4096], dtype=np.float32)
        near[start : start + len(block)] = np.where(block.any(axis=1), _near(block, sample) - mean_near, 0)
    return Part(
        weights.T.tocsr(),
        np.asarray(vectors, dtype=np.float16 if bits else np.float32),
        _bits(vectors) if bits else None,
        near,
    )


def _near(rows: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Mean likeness to the ten nearest of the sample, a row that is in it itself left out."""
    if len(sample) < 2:
        return np.zeros(len(rows), dtype=np.float32)
    likeness = rows @ sample.T
    likeness[likeness > 0.9999] = -1
    k = min(10, likeness.shape[1])
    return np.asarray(np.partition(likeness, -k, axis=1)[:, -k:].clip(0).mean(axis=1), dtype=np.float32)


def _bits(vectors: np.ndarray) -> np.ndarray:
    """(words × rows) uint64: on which side of zero each column lies, 64 columns in a word."""
    packed = np.packbits(np.asarray(vectors) > 0, axis=1)
    rest = -packed.shape[1] % 8
    return np.ascontiguousarray(np.ascontiguousarray(np.pad(packed, ((0, 0), (0, rest)))).view(np.uint64).T)


def _dot(rows: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """rows @ vector in this thread: waking the other ones of a linear algebra library takes longer than the work."""
    return np.asarray(np.einsum("ij,j->i", rows, vector))


def _joined(one: Part, two: Part) -> Part:
    from scipy.sparse import hstack

    def both(a: np.ndarray | None, b: np.ndarray | None, axis: int = 0) -> np.ndarray | None:
        return None if a is None or b is None else np.concatenate([a, b], axis=axis)

    return Part(
        hstack([one.terms, two.terms], format="csr"),
        both(one.vectors, two.vectors),
        both(one.bits, two.bits, axis=1),
        np.concatenate([one.near, two.near]),
    )


def _blanked(part: Part, gone: np.ndarray) -> Part:
    from scipy.sparse import csr_matrix

    keep = ~gone[part.terms.indices]
    ends = np.concatenate([[0], np.cumsum(keep)])[part.terms.indptr]
    terms = csr_matrix((part.terms.data[keep], part.terms.indices[keep], ends), shape=part.terms.shape)

    vectors = None if part.vectors is None else np.where(gone[:, None], part.vectors.dtype.type(0), part.vectors)
    bits = None if part.bits is None else np.where(gone, np.uint64(0), part.bits)
    return Part(terms, vectors, bits, np.where(gone, np.float32(0), part.near))
