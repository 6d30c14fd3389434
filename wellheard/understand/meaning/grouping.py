"""Groups of texts that speak of the same thing, at two levels.

Each text is a row of sentence numbers beside fewer numbers of its words (latent semantic analysis, Deerwester et al.
1990). It is joined to its nearest ones; edges whose ends share neighbours weigh more (Jarvis & Patrick 1973). Louvain
(Blondel et al. 2008) finds communities, whose number nobody gives; a few steps of spherical k-means (Dhillon & Modha
2001) then put each text where its middle is nearest. The wider level groups the groups themselves, so each wide theme
holds whole ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from . import naming

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEIGHBOURS = 18
# Texts that are near to everything are held back by this share of how near they are (the idea of Conneau et al. 2018).
HELD_BACK, HELD_BACK_BY = 0.5, 10
FINE, WIDE = 3.5, 1.0
FEW = 220
WORD_SIZE, WORD_WEIGHT = 60, 0.35
REFINED, REFINED_MANY = 30, 8
# Up to so many texts all are compared with all; beyond, only within the cells nearest to each.
ALL_WITH_ALL = 20_000
CELL, PROBED = 400, 12
CHUNK = 2000
# A text further than this from the middle of its group fits none.
LEAST_FIT = 0.2


@dataclass(frozen=True, slots=True)
class Group:
    """`members` are ids, the most central first; `parent` is the place of its wide group in `Grouping.wide`."""

    name: str
    terms: list[str]
    members: list[int]
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Grouping:
    """Every id is in exactly one of `fine` or in `rest`; `wide` groups are made of whole fine ones, two or more."""

    fine: list[Group] = field(default_factory=list)
    wide: list[Group] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows brought to length 1; those of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def group(ids: Sequence[int], texts: Sequence[str], vectors: np.ndarray | None, least: int = 4) -> Grouping:
    """Group texts; `vectors` (texts × size, rows of length 1 or zeros) or None for words alone. Groups of fewer than
    `least`, and texts that say nothing comparable, are in `rest`. Largest groups first; ids decide ties, so the order
    of the input does not matter."""
    from threadpoolctl import threadpool_limits

    if len(ids) < 2 * least:
        return Grouping(rest=sorted(ids))
    # Of a few texts the threads of linear algebra spend more on waiting for each other than they save.
    with threadpool_limits(1 if len(ids) <= ALL_WITH_ALL else None):
        return _group(ids, texts, vectors, least)


def _group(ids: Sequence[int], texts: Sequence[str], vectors: np.ndarray | None, least: int) -> Grouping:
    order = np.argsort(np.asarray(ids, dtype=np.int64), kind="stable")
    sorted_ids = np.asarray(ids, dtype=np.int64)[order]
    said = [texts[n] for n in order]
    words = naming.weigh(said)
    rows = together(said, words.matrix, vectors[order] if vectors is not None and vectors.any() else None)
    empty = ~rows.any(axis=1)
    kept = np.flatnonzero(~empty)
    if kept.size < 2 * least:
        return Grouping(rest=[int(i) for i in sorted_ids])
    rows = rows[kept]
    graph = neighbour_graph(rows)
    labels = refine(rows, communities(graph, resolution(len(rows))))
    middles = _middles(rows, labels)
    fit = np.einsum("ij,ij->i", rows, middles[labels])
    sizes = np.bincount(labels[fit >= LEAST_FIT], minlength=labels.max() + 1)
    good = (sizes[labels] >= least) & (fit >= LEAST_FIT)
    rest = [int(i) for i in sorted_ids[empty]] + [int(sorted_ids[kept[n]]) for n in np.flatnonzero(~good)]
    fine_labels = [int(x) for x in np.unique(labels[good])]
    members = {label: np.flatnonzero(good & (labels == label)) for label in fine_labels}
    fine_labels.sort(key=lambda label: (-members[label].size, members[label].min()))
    wide_of = _wide(graph, labels, fine_labels)
    names = naming.Namer(said)
    rows_of = {label: members[label][np.lexsort((members[label], -fit[members[label]]))] for label in fine_labels}
    parts: dict[int, list[int]] = {}
    for label, number in wide_of.items():
        parts.setdefault(number, []).append(label)
    # Wide ones choose first: what is said by many belongs to them.
    wide_rows = [np.concatenate([rows_of[label] for label in parts[number]]) for number in range(len(parts))]
    wide_rows = [rows[np.lexsort((rows, -fit[rows]))] for rows in wide_rows]
    called = names.of([kept[rows] for rows in wide_rows], wide=True)
    wide = [Group(*name, [int(sorted_ids[kept[n]]) for n in rows]) for name, rows in zip(called, wide_rows)]
    called = names.of([kept[rows_of[label]] for label in fine_labels])
    fine = [
        Group(*name, [int(sorted_ids[kept[n]]) for n in rows_of[label]], wide_of.get(label))
        for name, label in zip(called, fine_labels)
    ]
    return Grouping(fine, wide, sorted(rest))


def together(texts: Sequence[str], subject: csr_matrix, vectors: np.ndarray | None) -> np.ndarray:
    """(texts × numbers), rows of length 1: what sentences mean, beside fewer numbers of the words they share.

    Small words count there ("how do I" is not "did you"); alone, without sentence vectors, only words with a subject do.
    """
    if vectors is None:
        return _few(subject, 5 * WORD_SIZE)
    return unit(np.hstack([vectors.astype(np.float32), WORD_WEIGHT * _few(naming.every_word(texts), WORD_SIZE)]))


def _few(words: csr_matrix, size: int) -> np.ndarray:
    """Words brought to fewer numbers: the first directions of a singular value decomposition."""
    from sklearn.utils.extmath import randomized_svd

    size = min(size, min(words.shape) - 1)
    if size < 2:
        return unit(np.asarray(words.toarray(), dtype=np.float32))
    left, values, _ = randomized_svd(
        words, size, n_iter=1, n_oversamples=5, power_iteration_normalizer="none", random_state=7
    )
    return unit(left * values)


def neighbour_graph(rows: np.ndarray) -> csr_matrix:
    """(texts × texts), symmetric; the weight of an edge is the share of neighbours its ends have in common."""
    from scipy.sparse import csr_matrix

    n = len(rows)
    k = min(NEIGHBOURS, max(3, round(n**0.5)), n - 1)
    near = _held_back(*_nearest(rows, min(3 * k, n - 1)), k)
    at = np.repeat(np.arange(n), k)
    to = near.ravel()
    known = to >= 0
    at, to = at[known], to[known]
    joined = csr_matrix((np.ones(len(at), dtype=np.float32), (at, to)), shape=(n, n))
    shared = np.asarray((joined @ joined.T).multiply(joined)[at, to]).ravel()
    graph = csr_matrix((shared / (2 * k - shared), (at, to)), shape=(n, n))
    graph.eliminate_zeros()
    return csr_matrix(graph + graph.T)


def _held_back(near: np.ndarray, likeness: np.ndarray, k: int) -> np.ndarray:
    """The k best of the nearest once those near to everything are held back."""
    top = -np.sort(-likeness, axis=1)[:, :HELD_BACK_BY]
    to_all = np.where(np.isfinite(top), top, 0).mean(axis=1)
    left = np.where(near >= 0, likeness - HELD_BACK * to_all[near], -np.inf)
    return np.asarray(np.take_along_axis(near, np.argsort(-left, axis=1, kind="stable")[:, :k], axis=1))


def _nearest(rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(texts × k) numbers of the nearest others and how near they are; -1 and -inf where there are fewer."""
    n = len(rows)
    found = np.full((n, k), -1, dtype=np.int64), np.full((n, k), -np.inf, dtype=np.float32)
    if n <= ALL_WITH_ALL:
        everybody = np.arange(n)
        for start in range(0, n, CHUNK):
            _among(rows, everybody[start : start + CHUNK], everybody, k, found)
        return found
    belongs, middles = _cells(rows, n // CELL)
    inside = [np.flatnonzero(belongs == c) for c in range(len(middles))]
    probed = np.argsort(-(middles @ middles.T), axis=1, kind="stable")[:, :PROBED]
    for cell, members in enumerate(inside):
        if members.size:
            pool = np.sort(np.concatenate([inside[other] for other in probed[cell]]))
            for start in range(0, members.size, CHUNK):
                _among(rows, members[start : start + CHUNK], pool, k, found)
    return found


def _cells(rows: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """(cell of each text, cells × numbers): a rough division of the space, found on every nth text."""
    few = rows[:: max(1, len(rows) // ALL_WITH_ALL)]
    middles = few[np.linspace(0, len(few) - 1, cells).astype(np.int64)]
    for _ in range(5):
        middles = _middles(few, np.unique(_nearest_middle(few, middles), return_inverse=True)[1])
    return _nearest_middle(rows, middles), middles


def _nearest_middle(rows: np.ndarray, middles: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [(rows[start : start + CHUNK] @ middles.T).argmax(axis=1) for start in range(0, len(rows), CHUNK)]
    )


def _among(rows: np.ndarray, asked: np.ndarray, pool: np.ndarray, k: int, found: tuple[np.ndarray, np.ndarray]) -> None:
    scores = rows[asked] @ rows[pool].T
    own = np.searchsorted(pool, asked)
    scores[np.arange(asked.size), own] = -np.inf
    most = min(k, pool.size - 1)
    if most < 1:
        return
    top = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    best = np.take_along_axis(scores, top, axis=1)
    found[0][asked, :most] = np.where(np.isfinite(best), pool[top], -1)
    found[1][asked, :most] = best


def communities(graph: Any, resolution: float) -> np.ndarray:
    """A label for each node; one without an edge is alone."""
    from sknetwork.clustering import Louvain  # its Leiden draws from C's rand(): never twice the same

    if graph.nnz == 0:
        return np.arange(graph.shape[0])
    labels: np.ndarray = Louvain(resolution=resolution, random_state=7).fit_predict(graph)
    return np.asarray(np.unique(labels, return_inverse=True)[1])


def resolution(n: int) -> float:
    """How fine to look. Louvain cuts up whatever holds more than one in `resolution` of all texts, so where there are
    few, each theme holds much of them and it must look coarser."""
    return min(FINE, 1 + (FINE - 1) * n / FEW)


def _middles(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from scipy.sparse import csr_matrix

    belongs = csr_matrix((np.ones(len(labels), dtype=np.float32), (labels, np.arange(len(labels)))))
    return unit(belongs @ rows)


def refine(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each text to the nearest middle, middles anew, until nothing moves or it was done often enough."""
    for _ in range(REFINED if len(rows) <= ALL_WITH_ALL else REFINED_MANY):
        moved = np.unique(_nearest_middle(rows, _middles(rows, labels)), return_inverse=True)[1]
        if np.array_equal(moved, labels):
            break
        labels = moved
    return np.asarray(labels)


def _wide(graph: csr_matrix, labels: np.ndarray, fine: list[int]) -> dict[int, int]:
    """Fine label → number of its wide group, for those that share one with another."""
    from scipy.sparse import csr_matrix

    if len(fine) < 4:
        return {}
    place = {label: n for n, label in enumerate(fine)}
    at = np.array([place.get(int(x), -1) for x in labels])
    ones = np.flatnonzero(at >= 0)
    belongs = csr_matrix((np.ones(ones.size), (ones, at[ones])), shape=(len(labels), len(fine)))
    between = csr_matrix(belongs.T @ graph @ belongs)
    between.setdiag(0)
    between.eliminate_zeros()
    found = communities(between, WIDE)
    sizes = np.bincount(found)
    numbers: dict[int, int] = {}
    return {
        label: numbers.setdefault(int(found[n]), len(numbers)) for n, label in enumerate(fine) if sizes[found[n]] > 1
    }
