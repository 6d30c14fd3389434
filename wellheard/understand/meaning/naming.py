"""Short names for groups of texts, made of words people wrote.

A name is the phrase that sets a group apart: said by many in it and by few elsewhere. Where no phrase is common enough,
the two most telling ones; failing that, a short sentence somebody said. No two groups are called alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import phrases
from .phrases import Key, Said, content, lower, spell, stop_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ENOUGH = 0.06  # share of a group's texts that must hold a phrase for it to be the name
CLOSE = 0.5  # of the best score that a phrase of two words must reach to be preferred to a single word
BACKGROUND = 20_000
READ, LEAST_READ = 0.7, 12  # what lies at the rim of a group does not name it


@dataclass(frozen=True, slots=True)
class Weighed:
    """`matrix` is (texts × terms) of words and pairs that carry a subject; rows of length 1 or zeros."""

    matrix: csr_matrix
    terms: np.ndarray


def weigh(texts: Sequence[str]) -> Weighed:
    """TF-IDF with sublinear counts (Salton & Buckley 1988) of single words and pairs, without stop words."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True, max_features=100_000, dtype=np.float32,
        stop_words=sorted(stop_words()), token_pattern=r"(?u)\b\w[\w'’-]+\b", min_df=2 if len(texts) > 20 else 1,  # noqa: S106
        max_df=max(10, int(0.3 * len(texts))),
    )  # fmt: skip
    try:
        matrix = csr_matrix(vectorizer.fit_transform(texts))
    except ValueError:  # no word in any of them
        return Weighed(csr_matrix((len(texts), 1), dtype=np.float32), np.array(["nothing"]))
    return Weighed(matrix, vectorizer.get_feature_names_out())


def every_word(texts: Sequence[str]) -> csr_matrix:
    """(texts × words and pairs), small words included; rows of length 1 or zeros."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True, max_features=50_000, dtype=np.float32,
        min_df=2 if len(texts) > 20 else 1,
    )  # fmt: skip
    try:
        return csr_matrix(vectorizer.fit_transform(texts))
    except ValueError:
        return csr_matrix((len(texts), 1), dtype=np.float32)


class Namer:
    """Names groups of rows of the texts it was made with. It reads all groups of a level first, for a word that another
    group has more of is no name."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        every = texts[:: max(1, len(texts) // BACKGROUND)]
        self._everywhere = Said(len(every))
        for text in every:
            self._everywhere.words.update(phrases.roots(text))
        self._taken: set[frozenset[str]] = set()

    def of(self, groups: Sequence[np.ndarray], wide: bool = False) -> list[tuple[str, list[str]]]:
        """(name, telling words) of each group of rows, its most central rows first. Wide groups, of which hardly one
        phrase speaks for all, are called by their two most telling ones."""
        said = [
            phrases.read([self._texts[row] for row in rows[: max(LEAST_READ, int(READ * len(rows)))]])
            for rows in groups
        ]
        peak: dict[str, float] = {}
        for one in said:
            for word in one.words:
                peak[word] = max(peak.get(word, 0.0), one.share(word))
        return [self._name(one, rows, peak, wide) for one, rows in zip(said, groups)]

    def _name(self, said: Said, rows: np.ndarray, peak: dict[str, float], wide: bool) -> tuple[str, list[str]]:
        weight = phrases.telling(said, self._everywhere, peak)
        ranked = phrases.ranked(said, weight)
        keys = _apart(ranked)
        terms = [lower(spell(said.written[key])) for key in keys[:6]]
        name = self._pair(said, keys, ENOUGH / 2) if wide else self._phrase(said, ranked)
        name = (
            name
            or self._sentence(rows, weight)
            or self._pair(said, keys, 0)
            or self._central(rows)
            or self._numbered(terms)
        )
        return name, terms

    def _take(self, inside: frozenset[str]) -> bool:
        inside = phrases.stems(inside)
        if inside in self._taken:
            return False
        self._taken.add(inside)
        return True

    def _phrase(self, said: Said, ranked: list[tuple[float, Key]]) -> str:
        for score, key in ranked[:60]:
            if score < CLOSE * ranked[0][0]:
                break
            inside = content(key)
            if len(inside) > 1 and said.phrases[key] >= max(2, ENOUGH * said.texts) and self._take(inside):
                return _titled(spell(said.written[key]))
        return ""

    def _pair(self, said: Said, keys: list[Key], least: float) -> str:
        common = [key for key in keys if said.phrases[key] >= max(2, least * said.texts) and phrases.stands_alone(key)]
        for n, one in enumerate(common):
            for two in common[n + 1 :]:
                if len(" ".join(one + two)) < phrases.MOST_LETTERS and self._take(content(one) | content(two)):
                    return _titled(f"{spell(said.written[one])} and {lower(spell(said.written[two]))}")
        return ""

    def _single(self, said: Said, keys: list[Key]) -> str:
        return next((_titled(spell(said.written[key])) for key in keys if self._take(content(key))), "")

    def _sentence(self, rows: np.ndarray, weight: dict[str, float]) -> str:
        told = phrases.sentences([self._texts[row] for row in rows[:60]], weight)
        return next((_titled(said) for said, inside in told if self._take(inside)), "")

    def _central(self, rows: np.ndarray) -> str:
        """Where no word tells a group apart ("I like it"): the shortest way somebody in its middle said it."""
        told = phrases.short([self._texts[row] for row in rows[:60]])
        return next((_titled(said) for said in told if self._take(frozenset(said.lower().split()))), "")

    def _numbered(self, terms: list[str]) -> str:
        base = _titled(terms[0]) if terms else "Not named yet"
        number = 2
        while not self._take(frozenset({base, f"#{number}"})):
            number += 1
        return f"{base} ({number})"


def _apart(ranked: list[tuple[float, Key]]) -> list[Key]:
    """The most telling phrases that share no word."""
    chosen: list[Key] = []
    used: set[str] = set()
    for _, key in ranked[:120]:
        inside = phrases.stems(content(key))
        if not inside & used:
            chosen.append(key)
            used |= inside
    return chosen[:12]


def _titled(said: str) -> str:
    said = " ".join(said.split()).strip(phrases.STRAY)
    return said[:1].upper() + said[1:]
