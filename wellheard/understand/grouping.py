"""Groups of texts that speak of the same thing, found in a graph of nearest neighbours.

Each text is joined to its most similar ones; edges that share neighbours weigh more; Louvain (Blondel et al.
2008) finds communities. Too small ones stay ungrouped: "no theme yet" is an honest answer.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .words import Words, fit, stop_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEIGHBOURS = 12
LEAST_LIKENESS = 0.08
CHUNK = 2000
# What a sentence may be wrapped in that is no part of a name.
STRAY = " .!?…|-–•*#>'\"“”"


@dataclass(frozen=True, slots=True)
class Group:
    """`members` are voice numbers, the most central first."""

    name: str
    terms: list[str]
    members: list[int]


def subject_words(ids: list[int], texts: list[str]) -> Words:
    """Like `words.fit`, but only words that carry a subject."""
    from scipy.sparse import csr_matrix

    words = fit(ids, texts)
    stop = stop_words()
    names = words.vectorizer.get_feature_names_out()
    keep = np.array(
        [not any(part in stop for part in name.split()) and not name.isdigit() for name in names], dtype=bool
    )
    counts = np.asarray((words.matrix > 0).sum(axis=0)).ravel()
    keep &= (counts >= 2) & (counts <= max(10, 0.2 * len(ids)))
    matrix = words.matrix[:, np.flatnonzero(keep)]
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    norms[norms == 0] = 1
    scaled = csr_matrix(matrix.multiply(1 / norms[:, None])).astype(np.float32)
    kept = words.vectorizer
    kept.kept_names_ = names[keep]
    return Words(words.ids, scaled, kept)


def neighbour_graph(matrix: csr_matrix) -> csr_matrix:
    """(texts × texts), symmetric; weight = cosine × (1 + shared neighbours)."""
    from scipy.sparse import csr_matrix

    n = matrix.shape[0]
    rows, cols, weights = [], [], []
    for start in range(0, n, CHUNK):
        block = (matrix[start : start + CHUNK] @ matrix.T).toarray()
        block[np.arange(block.shape[0]), np.arange(start, start + block.shape[0])] = 0
        k = min(NEIGHBOURS, n - 1)
        top = np.argpartition(-block, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(block, top, axis=1)
        r, c = np.nonzero(values >= LEAST_LIKENESS)
        rows.append(r + start)
        cols.append(top[r, c])
        weights.append(values[r, c])
    knn = csr_matrix((np.concatenate(weights), (np.concatenate(rows), np.concatenate(cols))), shape=(n, n))
    near = (knn > 0).astype(np.float32)
    shared = near @ near.T
    weighted = knn + knn.multiply(shared)
    return csr_matrix(weighted.maximum(weighted.T))


def groups(ids: list[int], texts: list[str], least: int = 4, resolution: float = 2.0) -> tuple[list[Group], list[int]]:
    """Groups, largest first, and the voices that fit none."""
    from sknetwork.clustering import Louvain

    if len(ids) < 2 * least:
        return [], ids
    words = subject_words(ids, texts)
    if words.matrix.shape[1] == 0:
        return [], ids
    graph = neighbour_graph(words.matrix)
    if graph.nnz == 0:
        return [], ids
    labels = Louvain(resolution=resolution, random_state=7).fit_predict(graph)
    sizes = Counter(labels.tolist())
    alone = np.asarray(graph.sum(axis=1)).ravel() == 0
    found: list[Group] = []
    rest: list[int] = []
    overall = np.asarray(words.matrix.mean(axis=0)).ravel() + 1e-6
    for label, size in sizes.most_common():
        rows = np.flatnonzero((labels == label) & ~alone)
        if size < least or rows.size < least:
            rest.extend(int(words.ids[i]) for i in np.flatnonzero(labels == label))
            continue
        rest.extend(int(words.ids[i]) for i in np.flatnonzero((labels == label) & alone))
        part = words.matrix[rows]
        centre = np.asarray(part.mean(axis=0)).ravel()
        central = rows[np.argsort(-(part @ centre), kind="stable")]
        terms = _terms(centre, overall, words.vectorizer.kept_names_)
        name = _name(terms, [texts[i] for i in central[:40]])
        found.append(Group(name, terms, [int(words.ids[i]) for i in central]))
    return found, rest


def _terms(centre: np.ndarray, overall: np.ndarray, names: np.ndarray, most: int = 6) -> list[str]:
    """The words that set a group apart, without a word that a chosen pair of words already holds."""
    score = centre * np.log1p(centre / overall)
    chosen: list[str] = []
    for i in np.argsort(-score, kind="stable")[:40]:
        name = str(names[i])
        if score[i] <= 0 or len(chosen) == most:
            break
        if any(set(name.split()) <= set(c.split()) for c in chosen):
            continue
        chosen = [c for c in chosen if not set(c.split()) < set(name.split())] + [name]
    return chosen


def _name(terms: list[str], texts: list[str]) -> str:
    """A short sentence somebody really said that holds most of the group's telling words; else the words."""
    telling = {part for term in terms for part in term.split()}
    best, best_score = "", 0.0
    for text in texts:
        for sentence in re.split(r"(?<=[.!?…])\s+|\n+|\s*\|\|\s*", text):
            words = re.findall(r"\w[\w'’-]+", sentence.lower())
            if not 3 <= len(words) <= 11 or len(sentence) > 80:
                continue
            score = len(telling & set(words)) / (3 + 0.35 * len(words))
            if score > best_score:
                best, best_score = sentence.strip(STRAY), score
    name = best or ", ".join(terms[:3]) or "Unnamed"
    return (name[0].upper() + name[1:])[:140]
