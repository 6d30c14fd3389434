"""Which problem a text speaks of, learnt from a few examples of each, and whether it speaks of any of them at all.

A text is compared with the middle of each problem's examples three times: as sentence vectors, as sentence vectors in
the directions that tell problems apart (linear discriminants with a covariance shrunk towards a multiple of one,
Friedman 1989), and as weighted words. A problem's name counts as one example. How sure that is, is learnt from the
examples themselves: each is compared as if it were new, once with its problem known and once with its problem left
out, and a logistic curve over score and lead separates right answers from wrong ones (Platt 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SHRINK = 0.7
WORDS = 0.3
# An answer less likely to be right than this is "none of these yet". Low, for somebody looks at each before it counts,
# and the chance stands beside it.
THRESHOLD = 0.15
# How often a text is taken to speak of a problem nobody knows yet, for one of a known one.
UNKNOWN = 0.25
# How far a refused example pushes the middle of a problem away (Rocchio 1971).
AWAY = 0.15
# Curves for workspaces with too few examples to learn one: (of one, of the score, of the lead over the next).
CURVE_VECTORS = np.array([-5.6, 4.5, 4.0])
CURVE_WORDS = np.array([-3.4, 6.5, 4.0])
LEAST_TO_LEARN = 40


@dataclass(frozen=True, slots=True)
class Example:
    """A text known to speak of a problem (`label`), or refused as one that does."""

    label: int
    text: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """`label` is None when the text speaks of none of the problems. `score` is the chance that `best` is right."""

    label: int | None
    score: float
    best: int | None = None
    runner_up: int | None = None
    runner_up_score: float = 0.0


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows brought to length 1; those of zeros stay."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


class Space:
    """One way of comparing: examples as rows, and the sum of each problem's rows."""

    def __init__(self, rows: np.ndarray, belongs: np.ndarray, names: np.ndarray | None, refused: np.ndarray) -> None:
        """`belongs` is (examples × problems), 1 where an example is one of the problem; `refused` likewise (all rows)."""
        self.rows = rows
        self.sums = belongs.T @ rows
        if names is not None:
            self.sums = self.sums + names
        count = np.maximum(refused.sum(axis=0), 1)[:, None]
        size = np.maximum(belongs.sum(axis=0), 1)[:, None]
        self.sums = self.sums - AWAY * size * (refused.T @ rows) / count
        self.middles = unit(self.sums)

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """(texts × problems) cosines with the middles."""
        return np.asarray(rows @ self.middles.T)

    def as_if_new(self, belongs: np.ndarray) -> np.ndarray:
        """Each example's scores, its own share taken out of the middle of its problem."""
        found = self.rows @ self.middles.T
        own = unit(belongs @ self.sums - self.rows)
        mine = np.einsum("ij,ij->i", self.rows, own)
        return np.asarray(np.where(belongs > 0, mine[:, None], found))


class Router:
    """Made by `fit`; `route` asks it. Holds no text but the words' weights."""

    def __init__(self) -> None:
        self.labels: list[int] = []
        self._spaces: list[tuple[float, Space]] = []
        self._curve = CURVE_VECTORS
        self._turn: tuple[np.ndarray, np.ndarray] | None = None
        self._vectorizers: list[Any] = []
        self._near: list[tuple[np.ndarray, np.ndarray]] = []

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        vectors: np.ndarray | None,
        names: Mapping[int, str],
        name_vectors: np.ndarray | None = None,
    ) -> Router:
        """`vectors` is (examples × size), rows of length 1 or zeros; None compares words alone. `names` says what each
        problem is called, `name_vectors` are its rows in the same order. Problems without an example stand by their name.
        """
        router = cls()
        router.labels = sorted(names)
        if not router.labels:
            return router
        place = {label: n for n, label in enumerate(router.labels)}
        belongs = np.zeros((len(examples), len(router.labels)))
        refused = np.zeros_like(belongs)
        for row, example in enumerate(examples):
            if example.label in place:
                (refused if example.refused else belongs)[row, place[example.label]] = 1
        told = [names[label] for label in router.labels]
        order = [list(names).index(label) for label in router.labels]
        if vectors is not None and vectors.any():
            known = name_vectors[order] if name_vectors is not None else None
            router._add_vectors(np.asarray(vectors, dtype=np.float64), belongs, refused, known)
        router._add_words([e.text for e in examples], told, belongs, refused)
        router._learn(belongs)
        return router

    def _add_vectors(
        self, rows: np.ndarray, belongs: np.ndarray, refused: np.ndarray, names: np.ndarray | None
    ) -> None:
        self._spaces.append((1.0, Space(rows, belongs, names, refused)))
        ours = belongs.sum(axis=1) > 0
        size = belongs.sum(axis=0)
        for n in range(len(self.labels)):
            if refused[:, n].any():
                self._near.append((rows[belongs[:, n] > 0], rows[refused[:, n] > 0]))
            else:
                self._near.append((np.zeros((0, rows.shape[1])), np.zeros((0, rows.shape[1]))))
        if (size > 0).sum() < 2 or ours.sum() <= (size > 0).sum():
            return  # nothing says how examples of one problem differ among themselves
        mean = rows[ours].mean(axis=0)
        middles = (belongs.T @ rows) / np.maximum(size, 1)[:, None]
        apart = rows[ours] - belongs[ours] @ middles
        within = apart.T @ apart / (ours.sum() - (size > 0).sum())
        spread = float(np.trace(within)) / within.shape[0]
        if spread <= 0:
            return
        values, axes = np.linalg.eigh((1 - SHRINK) * within + SHRINK * spread * np.eye(within.shape[0]))
        turn = axes / np.sqrt(values)
        self._turn = (mean, turn)
        turned = self._turned(rows)
        self._spaces.append((1.0, Space(turned, belongs, None if names is None else self._turned(names), refused)))

    def _turned(self, rows: np.ndarray) -> np.ndarray:
        assert self._turn is not None
        mean, turn = self._turn
        found = unit((rows - mean) @ turn)
        found[~rows.any(axis=1)] = 0
        return found

    def _add_words(self, texts: list[str], names: list[str], belongs: np.ndarray, refused: np.ndarray) -> None:
        """Words; without vectors pieces of words as well, which forgive a slip of the fingers."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        shapes: list[dict[str, Any]] = [{"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w[\w'’-]*\b"}]
        if not self._spaces:
            shapes.append({"analyzer": "char_wb", "ngram_range": (3, 5)})
            self._curve = CURVE_WORDS
        for shape in shapes:
            vectorizer = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", max_features=20_000, **shape)
            try:
                rows = vectorizer.fit_transform([*texts, *names]).toarray()
            except ValueError:  # no word in any of them
                continue
            weight = WORDS if len(shapes) == 1 else 0.5
            self._vectorizers.append((len(self._spaces), vectorizer))
            self._spaces.append((weight, Space(rows[: len(texts)], belongs, rows[len(texts) :], refused)))

    def _learn(self, belongs: np.ndarray) -> None:
        """The curve from scores to chances, from the examples as if each were new."""
        ours = belongs.sum(axis=1) == 1
        if ours.sum() < LEAST_TO_LEARN or (belongs.sum(axis=0) > 1).sum() < 4:
            return
        scores = sum(weight * space.as_if_new(belongs) for weight, space in self._spaces)
        scores = np.asarray(scores)[ours]
        mine = belongs[ours] > 0
        right = scores.argmax(axis=1) == mine.argmax(axis=1)
        without = np.where(mine, -np.inf, scores)  # had its problem not been known
        features = np.vstack([_features(scores), _features(without)])
        target = np.concatenate([right, np.zeros(len(scores), dtype=bool)])
        weights = np.concatenate([np.ones(len(scores)), np.full(len(scores), UNKNOWN)])
        self._curve = _curve(features, target, weights)

    def route(
        self, texts: Sequence[str], vectors: np.ndarray | None, without: Sequence[frozenset[int]] = ()
    ) -> list[Route]:
        """One answer a text. `vectors` (texts × size) are needed when the router was made with vectors; `without` says
        which problems were refused for a text and cannot be the answer."""
        if not self.labels or not texts or not self._spaces:
            return [Route(None, 0.0) for _ in texts]
        found = []
        for ranks in self.ranks(texts, vectors, without, most=2):
            if not ranks:
                found.append(Route(None, 0.0))
                continue
            best, chance = ranks[0]
            next_, next_chance = ranks[1] if len(ranks) > 1 else (None, 0.0)
            found.append(Route(best if chance >= THRESHOLD else None, chance, best, next_, next_chance))
        return found

    def ranks(
        self,
        texts: Sequence[str],
        vectors: np.ndarray | None,
        without: Sequence[frozenset[int]] = (),
        most: int = 5,
    ) -> list[list[tuple[int, float]]]:
        """For each text the `most` likely problems with the chance of each to be right, best first."""
        if not self.labels or not texts or not self._spaces:
            return [[] for _ in texts]
        scores = self._scores(texts, vectors)
        for row, refused in enumerate(without):
            for label in refused & set(self.labels):
                scores[row, self.labels.index(label)] = -np.inf
        found = []
        for row in scores:
            order = [int(n) for n in np.argsort(-row, kind="stable")[:most] if np.isfinite(row[n])]
            found.append([(self.labels[n], round(self._chance(row, n), 4)) for n in order])
        return found

    def _scores(self, texts: Sequence[str], vectors: np.ndarray | None) -> np.ndarray:
        total = np.zeros((len(texts), len(self.labels)))
        words = dict(self._vectorizers)
        for n, (weight, space) in enumerate(self._spaces):
            if n in words:
                total += weight * space.scores(words[n].transform(texts).toarray())
            elif vectors is not None:
                rows = np.asarray(vectors, dtype=np.float64)
                total += weight * space.scores(rows if n == 0 else self._turned(rows))
        if vectors is not None:
            for n, (placed, refused) in enumerate(self._near):
                if refused.size:  # nearer to what was refused than to anything that was placed
                    away = (vectors @ refused.T).max(axis=1)
                    near = (vectors @ placed.T).max(axis=1) if placed.size else 0.0
                    total[:, n] -= 2 * np.maximum(0, away - near)
        return total

    def _chance(self, row: np.ndarray, n: int) -> float:
        others = np.delete(row, n)
        others = others[np.isfinite(others)]
        lead = row[n] - (others.max() if others.size else 0.0)
        top = np.array([1.0, row[n], np.clip(lead, -1, 1)])
        return float(1 / (1 + np.exp(-np.clip(top @ self._curve, -30, 30))))


def _features(scores: np.ndarray) -> np.ndarray:
    """(texts × 3): one, the best score, its lead over the next."""
    top = -np.sort(-scores, axis=1)[:, :2]
    second = np.where(np.isfinite(top[:, 1]), top[:, 1], 0.0)
    return np.column_stack([np.ones(len(scores)), top[:, 0], np.clip(top[:, 0] - second, -1, 1)])


def _curve(features: np.ndarray, right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted logistic regression by Newton's steps, with a little ridge so that it ends where classes part cleanly."""
    found = np.zeros(features.shape[1])
    ridge = np.diag([1e-3, 1e-2, 1e-2]) * len(right) / 100
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(features @ found, -30, 30)))
        slope = features.T @ (weights * (right - chance)) - ridge @ found
        curve = (features * (weights * chance * (1 - chance))[:, None]).T @ features + ridge
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < 1e-6:
            break
    return found
