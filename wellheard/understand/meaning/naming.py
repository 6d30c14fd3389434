"""Short names for groups of texts: a sentence somebody said that holds the group's telling words, or those words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Words so common in feedback that they say nothing about its subject, beside English stop words.
FEEDBACK_WORDS = frozenset(
    (
        "hi hello hey thanks thank please would could really just like love want need lot bit way make makes made get "
        "got use using used able also still always never ever im ive id dont cant doesnt didnt isnt wont it's don't "
        "i'm i've can't doesn't one thing things something much many good great nice better best easy easier don ve "
        "ll re doesn didn isn tell know let give does did app der die das und ist nicht ich wir sie ein eine zu den "
        "mit auf fur für im es dass wenn le la les des un une et est pas je nous que qui pour dans sur el los las una "
        "no por para con"
    ).split()
)
RUDE = frozenset(
    "fuck fucking fucked shit shitty crap bitch bastard asshole dick damn wtf scheiße scheisse merde puta mierda".split()
)
# What a sentence may be wrapped in that is no part of a name.
STRAY = " .!?…|-–•*#>'\"“”"
LONGEST = 64


@cache
def stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS | FEEDBACK_WORDS)


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
    """Names groups of rows of the texts it was made with."""

    def __init__(self, words: Weighed, texts: Sequence[str]) -> None:
        self._words, self._texts = words, texts
        self._overall = np.asarray(words.matrix.mean(axis=0)).ravel() + 1e-6

    def of(self, rows: np.ndarray, taken: set[str]) -> tuple[str, list[str]]:
        """(name, telling words) of a group, its most central rows first; a name in `taken` is not given again."""
        terms = self._terms(rows)
        telling = {part for term in terms for part in term.split()}
        name = self._sentence(rows, telling, taken) or self._listed(terms, taken)
        taken.add(name.lower())
        return name, terms

    def wide(self, rows: np.ndarray, parts: Sequence[Sequence[str]], taken: set[str]) -> tuple[str, list[str]]:
        """A wide group is named by the words its parts have in common, most telling first."""
        terms = self._terms(rows)
        name = self._listed(terms, taken)
        taken.add(name.lower())
        return name, terms

    def _terms(self, rows: np.ndarray, most: int = 6) -> list[str]:
        """The words that set a group apart, without a word that a chosen pair of words already holds."""
        centre = np.asarray(self._words.matrix[rows].mean(axis=0)).ravel()
        score = centre * np.log1p(centre / self._overall)
        chosen: list[str] = []
        for i in np.argsort(-score, kind="stable")[:40]:
            name = str(self._words.terms[i])
            parts = set(name.split())
            if score[i] <= 0 or len(chosen) == most:
                break
            if parts & RUDE or name.isdigit() or any(parts <= set(c.split()) for c in chosen):
                continue
            chosen = [c for c in chosen if not set(c.split()) < parts] + [name]
        return chosen

    def _sentence(self, rows: np.ndarray, telling: set[str], taken: set[str]) -> str:
        best, best_score = "", 0.0
        for nth, row in enumerate(rows[:60]):
            for sentence in re.split(r"(?<=[.!?…])\s+|\n+|\s*\|\|\s*", self._texts[row][:2000]):
                said = sentence.strip(STRAY)
                words = re.findall(r"\w[\w'’-]*", said.lower())
                if not 3 <= len(words) <= 10 or len(said) > LONGEST or set(words) & RUDE or said.lower() in taken:
                    continue
                hits = len({_plain(w) for w in words} & telling)
                score = hits / (2.5 + 0.3 * len(words)) * (1 - 0.004 * nth)
                if hits >= min(2, len(telling)) and score > best_score:
                    best, best_score = said, score
        return best[:1].upper() + best[1:]

    @staticmethod
    def _listed(terms: Sequence[str], taken: set[str]) -> str:
        for most in range(min(3, len(terms)), len(terms) + 1):
            name = ", ".join(terms[:most])
            if name and name.lower() not in taken:
                return (name[0].upper() + name[1:])[:140]
        number = 2
        base = (", ".join(terms[:3]) or "Without a name")[:120]
        while f"{base} {number}".lower() in taken:
            number += 1
        return (base[0].upper() + base[1:]) + ("" if base.lower() not in taken else f" {number}")


def _plain(word: str) -> str:
    """Without accents, as the terms are."""
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
