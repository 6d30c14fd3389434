"""Logistic regression that starts from weights set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .features import SIZE, Task, read

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Below this we say "not sure".
FLOOR = 0.55
SEED_WEIGHT = 0.4
STIFF_TURNS, STIFF_WORDS, STIFF_VECTORS = 6.0, 0.35, 0.35
ENOUGH_TO_CALIBRATE = 60
FOLDS = 4


class Guess(NamedTuple):
    """`value` is empty when the confidence is below the floor; `best` is what it would have been."""

    value: str
    confidence: float
    best: str


@dataclass(frozen=True, slots=True)
class Model:
    """`taught` examples of members went into it. `turns` holds the hand-set weights and what was learnt on top."""

    task: Task
    turns: np.ndarray
    words: np.ndarray
    vectors: np.ndarray | None
    temperature: float
    taught: int

    def logits(self, texts: Sequence[str], vectors: np.ndarray | None = None) -> np.ndarray:
        turns, words = read(self.task, texts)
        found = turns @ self.turns + words @ self.words
        if vectors is not None and self.vectors is not None:
            found = found + np.nan_to_num(vectors) @ self.vectors
        return np.asarray(found)

    def probabilities(self, texts: Sequence[str], vectors: np.ndarray | None = None) -> np.ndarray:
        """(texts × classes). `vectors` is (texts × size), rows of length 1 or zero; left out: words alone."""
        if not texts:
            return np.zeros((0, len(self.task.classes)))
        return softmax(self.logits(texts, vectors) / self.temperature)

    def guess(self, texts: Sequence[str], vectors: np.ndarray | None = None, floor: float = FLOOR) -> list[Guess]:
        out = []
        for row in self.probabilities(texts, vectors):
            at = int(row.argmax())
            sure = round(float(row[at]), 4)
            best = self.task.classes[at]
            out.append(Guess(best if sure >= floor else "", sure, best))
        return out


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


class Examples(NamedTuple):
    turns: np.ndarray
    words: csr_matrix
    vectors: np.ndarray | None
    target: np.ndarray
    weight: np.ndarray

    def only(self, rows: np.ndarray) -> Examples:
        vectors = None if self.vectors is None else self.vectors[rows]
        return Examples(self.turns[rows], self.words[rows], vectors, self.target[rows], self.weight[rows])


def _descend(task: Task, given: Examples, start: np.ndarray | None = None) -> np.ndarray:
    """The weights that lie nearest to the hand-set ones and explain the examples: (turns + words + vectors) × classes."""
    from scipy.optimize import minimize

    n, k, t = len(given.target), len(task.classes), given.turns.shape[1]
    columns = np.unique(given.words.indices)  # words no example holds stay at nothing
    narrow = given.words[:, columns]
    across = narrow.T.tocsr()
    v = 0 if given.vectors is None else given.vectors.shape[1]
    stiff = np.concatenate(
        [np.full(t, STIFF_TURNS), np.full(len(columns), STIFF_WORDS), np.full(v, STIFF_VECTORS)]
    )[:, None]  # fmt: skip
    base = given.turns @ task.hand
    onto = np.zeros((n, k))
    onto[np.arange(n), given.target] = 1.0
    weight = given.weight[:, None]

    def cost(flat: np.ndarray) -> tuple[float, np.ndarray]:
        d = flat.reshape(-1, k)
        logits = base + given.turns @ d[:t] + narrow @ d[t : t + len(columns)]
        if given.vectors is not None:
            logits = logits + given.vectors @ d[t + len(columns) :]
        p = softmax(logits)
        loss = -float((weight[:, 0] * np.log(p[np.arange(n), given.target] + 1e-12)).sum())
        miss = weight * (p - onto)
        parts = [given.turns.T @ miss, across @ miss]
        if given.vectors is not None:
            parts.append(given.vectors.T @ miss)
        slope = np.concatenate(parts) + stiff * d
        return loss + 0.5 * float((stiff * d * d).sum()), slope.ravel()

    size = (t + len(columns) + v) * k
    found = minimize(cost, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 60}).x.reshape(-1, k)
    whole = np.zeros((t + SIZE + v, k))
    whole[:t] = task.hand + found[:t]
    whole[t + columns] = found[t : t + len(columns)]
    whole[t + SIZE :] = found[t + len(columns) :]
    return whole


def _calibrated(task: Task, seeds: Examples, own: Examples) -> float:
    """The temperature that makes confidences true on examples each part of which the others were fitted without."""
    folds = np.arange(len(own.target)) % FOLDS
    logits = np.zeros((len(own.target), len(task.classes)))
    for fold in range(FOLDS):
        rest = own.only(np.flatnonzero(folds != fold))
        whole = _descend(task, _joined(seeds, rest))
        here = own.only(np.flatnonzero(folds == fold))
        logits[folds == fold] = _apply(whole, here)
    steps = np.geomspace(0.5, 4.0, 40)
    at = np.arange(len(own.target))
    losses = [-np.log(softmax(logits / s)[at, own.target] + 1e-12).mean() for s in steps]
    return float(steps[int(np.argmin(losses))])


def _apply(whole: np.ndarray, rows: Examples) -> np.ndarray:
    t = rows.turns.shape[1]
    found = rows.turns @ whole[:t] + rows.words @ whole[t : t + SIZE]
    return np.asarray(found if rows.vectors is None else found + rows.vectors @ whole[t + SIZE :])


def _joined(a: Examples, b: Examples) -> Examples:
    from scipy.sparse import vstack

    vectors = None
    if b.vectors is not None:
        vectors = np.concatenate([np.zeros((len(a.target), b.vectors.shape[1])), b.vectors])
    return Examples(
        np.concatenate([a.turns, b.turns]), vstack([a.words, b.words]).tocsr(), vectors,
        np.concatenate([a.target, b.target]), np.concatenate([a.weight, b.weight]),
    )  # fmt: skip


def _examples(
    task: Task, texts: Sequence[str], labels: Sequence[str], weight: float, vectors: np.ndarray | None = None
) -> Examples:
    turns, words = read(task, texts)
    target = np.array([task.classes.index(label) for label in labels], dtype=np.int64)
    held = None if vectors is None else np.nan_to_num(np.asarray(vectors, dtype=np.float64))
    return Examples(turns, words, held, target, np.full(len(texts), weight))


def learn(
    task: Task, texts: Sequence[str] = (), labels: Sequence[str] = (), vectors: np.ndarray | None = None
) -> Model:
    """A model from our seeds and what members sorted (`labels` among `task.classes`, one for each text).

    `vectors`, if given, is (texts × size) with rows of zeros where there is none.
    """
    if len(texts) != len(labels):
        raise ValueError("Give one label for each text.")
    if unknown := set(labels) - set(task.classes):
        raise ValueError(f"{sorted(unknown)[0]!r} is no {task.name}. Use {', '.join(task.classes)}.")
    pairs = [(text, label) for label, said in task.seeds.items() for text in said]
    seeds = _examples(task, [t for t, _ in pairs], [label for _, label in pairs], SEED_WEIGHT)
    temperature = task.temperature
    given = seeds
    if texts:
        own = _examples(task, texts, labels, 1.0, vectors)
        given = _joined(seeds, own)
        if len(texts) >= ENOUGH_TO_CALIBRATE and len(set(labels)) > 1:
            temperature = _calibrated(task, seeds, own)
    whole = _descend(task, given)
    t = len(task.hand)
    return Model(
        task, whole[:t], whole[t : t + SIZE], whole[t + SIZE :] if given.vectors is not None else None, temperature,
        len(texts),
    )  # fmt: skip
