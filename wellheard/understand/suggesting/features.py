"""Texts as numbers: turns of phrase, feeling words with their denials, hashed words."""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import cues, seeds

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Longer texts are read from their beginning: what somebody wants stands there.
READ = 1500
BITS = 15
SIZE = 1 << BITS
WORD = re.compile(r"[^\W_](?:[\w'’]*[^\W_])?|[?!]")
# How letters begin and end says nothing about what stands between: "Thanks, Ann" at the foot is no praise.
HEAD = re.compile(
    r"\A\s*(hi|hello|hey|dear|hallo|guten tag|liebes?r?|bonjour|salut|hola|buenos dias)\b[^\n.!?]{0,40}[,!.]?\s*\n"
)
FOOT = re.compile(
    r"\n\s*(many thanks|thanks( a lot| again| in advance)?|thank you|(best|kind|warm) (regards|wishes)|regards|cheers|best|yours|sincerely|danke|"
    r"vielen dank|(viele|beste|liebe) gr\w+|mit freundlichen gr\w+|merci( d'avance)?|cordialement|bien a vous|gracias|saludos|un saludo)"
    r"[^\n]{0,30}(\n[^\n]{0,60}){0,4}\s*\Z"
)


def plain(text: str) -> str:
    """Lower case without accents, with straight apostrophes; a letter's greeting and closing are left out."""
    cut = text[:READ].strip().lower().replace("’", "'").replace("ß", "ss")
    bare = "".join(c for c in unicodedata.normalize("NFKD", cut) if not unicodedata.combining(c))
    return FOOT.sub("", HEAD.sub("", bare)) or bare


def hashed(words: Sequence[str]) -> list[int]:
    """Places of the words and of neighbouring pairs; the same in every process."""
    pairs = (f"{a} {b}" for a, b in itertools.pairwise(words))
    return [zlib.crc32(w.encode()) & (SIZE - 1) for w in (*words, *pairs)]


def feelings(words: Sequence[str]) -> tuple[float, float]:
    """(good, bad) of a text's words. After a "but" words count half more; a denial turns round what follows it."""
    good = bad = 0.0
    weight = 1.0
    denied = 0
    for word in words:
        if word in cues.BUT:
            weight, denied = 1.5, 0
        if word in cues.DENY or word.endswith("n't"):
            denied = 4
        value = weight * (1.5 if word in cues.STRONG else 1.0)
        if word in cues.GOOD:
            good, bad = (good, bad + 0.8 * value) if denied else (good + value, bad)
        elif word in cues.BAD:
            good, bad = (good + 0.7 * value, bad) if denied else (good, bad + value)
        denied = max(0, denied - 1)
    return good, bad


def _sign(x: float) -> float:
    """Many feeling words say little more than three: log(1 + x)."""
    return float(np.log1p(x))


@dataclass(frozen=True, slots=True)
class Task:
    """`classes` in a fixed order; `hand` is (turns × classes), the weights turns have before anybody taught us."""

    name: str
    classes: tuple[str, ...]
    hand: np.ndarray
    temperature: float

    @property
    def seeds(self) -> dict[str, tuple[str, ...]]:
        return seeds.KINDS if self.name == "kind" else seeds.FEELINGS

    def turns(self, text: str, words: Sequence[str]) -> list[float]:
        if self.name == "kind":
            good, bad = feelings(words)
            found = [1.0 if c.pattern.search(text) else 0.0 for c in cues.CUES]
            return [*found, _sign(good), _sign(bad), 1.0 if len(words) < 4 else 0.0]
        good, bad = feelings(words)
        asks = 1.0 if "?" in text else 0.0
        return [_sign(good), _sign(bad), asks, 1.0 if good == bad == 0 else 0.0, min(text.count("!"), 3) / 3]


def _of_kinds() -> np.ndarray:
    hand = np.zeros((len(cues.CUES) + 3, len(cues.KINDS)))
    for i, cue in enumerate(cues.CUES):
        hand[i, cues.KINDS.index(cue.kind)] = cue.weight
    hand[-3] = [-0.6, -0.3, 1.0, -0.6]
    hand[-2] = [0.5, 0.1, -1.2, 0.0]
    return hand


def _of_feelings() -> np.ndarray:
    #                negative, neutral, positive
    return np.array(
        [[-1.6, -0.6, 2.2], [2.4, -0.4, -1.6], [0.1, 0.9, -0.8], [-0.4, 1.3, -0.4], [0.2, -0.5, 0.4]]
    )  # fmt: skip


KIND = Task("kind", cues.KINDS, _of_kinds(), 1.0)
FEELING = Task("sentiment", cues.FEELINGS, _of_feelings(), 1.25)


def read(task: Task, texts: Sequence[str]) -> tuple[np.ndarray, csr_matrix]:
    """(texts × turns, texts × hashed words); rows of the second have length 1."""
    from scipy.sparse import csr_matrix

    turns = np.zeros((len(texts), len(task.hand)))
    starts, places, values = [0], [], []
    for i, text in enumerate(texts):
        cut = plain(text)
        words = WORD.findall(cut)
        turns[i] = task.turns(cut, words)
        held = sorted(set(hashed(words)))
        places.extend(held)
        values.extend([len(held) ** -0.5 if held else 0.0] * len(held))
        starts.append(len(places))
    shape = (len(texts), SIZE)
    return turns, csr_matrix((np.asarray(values), np.asarray(places, dtype=np.int32), np.asarray(starts)), shape=shape)
