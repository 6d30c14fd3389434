"""Texts with nearly the same wording: how a campaign looks, and a form letter.

Two texts are nearly the same when the pairs of neighbouring words they share are at least four fifths of all the pairs in
either (Jaccard). Found exactly, without comparing everything with everything: of texts that alike, some of the rarest pairs of
one are among the rarest of the other (prefix filtering; Chaudhuri, Ganti, Kaushik 2006).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_WORDS = 5  # shorter ones are alike by chance: "please add dark mode"
ALIKE = (4, 5)
WITHIN = timedelta(days=7)
MOST_CHARACTERS = 4000

Pair = tuple[str, str]
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Text:
    """`by` says whose it is; voices without a name are each somebody's own."""

    key: int
    by: Hashable
    at: datetime
    text: str


def pairs(text: str) -> frozenset[Pair]:
    """Neighbouring words without case, accents and signs; empty for what is too short to tell."""
    plain = text[:MOST_CHARACTERS].casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    words = _WORDS.findall(plain)
    return frozenset(itertools.pairwise(words)) if len(words) >= LEAST_WORDS else frozenset()


def same(texts: Sequence[Text]) -> list[list[Text]]:
    """Groups of two or more nearly the same texts, each within a week of another of its group; the group with the most
    authors first. The order of the texts does not matter."""
    told = {t.key: t for t in texts}
    groups: dict[frozenset[Pair], list[Text]] = defaultdict(list)
    for t in sorted(texts, key=lambda t: (t.at, t.key)):
        if held := pairs(t.text):
            groups[held].append(t)
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    alike = [groups[one] + groups[other] for one, other in _alike(list(groups))]
    for rows in [*groups.values(), *alike]:
        in_time = sorted(rows, key=lambda t: (t.at, t.key))
        for earlier, later in itertools.pairwise(in_time):
            if later.at - earlier.at <= WITHIN:
                parent[root(later.key)] = root(earlier.key)
    found: dict[int, list[Text]] = defaultdict(list)
    for key in parent:
        found[root(key)].append(told[key])
    many = [sorted(rows, key=lambda t: (t.at, t.key)) for rows in found.values() if len(rows) > 1]
    return sorted(many, key=lambda rows: (-authors(rows), -len(rows), rows[0].key))


def authors(rows: Iterable[Text]) -> int:
    return len({t.by for t in rows})


def _alike(sets: Sequence[frozenset[Pair]]) -> Iterable[tuple[frozenset[Pair], frozenset[Pair]]]:
    part, whole = ALIKE
    often = Counter(p for s in sets for p in s)
    among: dict[Pair, list[frozenset[Pair]]] = defaultdict(list)
    for mine in sorted(sets, key=len):
        rarest = sorted(mine, key=lambda p: (often[p], p))
        prefix = rarest[: len(mine) + (-part * len(mine)) // whole + 1]
        seen = set()
        for p in prefix:
            for other in among[p]:
                if whole * len(other) < part * len(mine) or id(other) in seen:
                    continue
                seen.add(id(other))
                both = len(mine & other)
                if whole * both >= part * (len(mine) + len(other) - both):
                    yield mine, other
            among[p].append(mine)
