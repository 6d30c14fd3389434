"""Phrases and sentences of texts, and which of them tell a group of texts apart: what names are made of."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .bags import plain

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
MOST_READ = 300  # texts of a group that are read, the most central ones
MOST_LETTERS = 60
MOST_WORDS = 5
READ_LETTERS = 2000
RUDE = frozenset(
    "fuck fucking fucked fucks shit shitty bullshit crap crappy damn damned ass asshole bitch bastard dick piss pissed "
    "cunt slut whore retard retarded wtf scheiss scheisse scheiße arsch merde putain mierda puta cazzo merda".split()
)
# Words that praise or blame, of any subject, and words too vague for a name.
VAGUE = frozenset(
    "long ago hour hours minute minutes yesterday tomorrow saying sent received specific second extra pls gud luv "
    "app apps application awesome amazing excellent perfect terrible horrible awful worst bad nice cool useful helpful "
    "happy favorite favourite recommend highly absolutely definitely simply works work working worked thing stuff lots "
    "kind sort etc feature features support ability able people time times day days new old different currently "
    "instead maybe sure think know say said tell told try tried trying going go went gone come see look looks looking "
    "want wanted wants needs needed let lets put wish hope help please able actually pretty probably especially "
    "possible hard difficult problem problems issue issues better using getting having making doing nothing none na "
    "mean means ok okay yes no far end example based allow allows allowing keep add adding added provide "
    "better easier easiest simpler poor lack lacking missing eg e.g ie i.e bit ability usual overall general various several certain main major common without within everything anything someone everyone year years month months week weeks today".split()
)
BREAK = re.compile(r"(?<=[.!?…。！？])\s+|\n+|\s*\|\|\s*|[;:()\[\]{}\"“”«»]|\s[-–—]\s|[,!?…]|\.(?:\s|$)")
SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|\n+|\s*\|\|\s*")
TOKEN = re.compile(r"[^\W_]+(?:['’&+#./-][^\W_]+)*\+{0,2}#?")
PRIVATE = re.compile(r"@|https?:|www\.|\d{4,}")
STRAY = " .,!?…|-–•*#>'’\"“”/:;()[]{}"


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS | FEEDBACK_WORDS)


@lru_cache(maxsize=1)
def _dull_roots() -> frozenset[str]:
    plainly = stop_words() | VAGUE | RUDE
    return plainly | frozenset(_root(w) for w in plainly)


@lru_cache(maxsize=100_000)
def _root(word: str) -> str:
    """A word without the ending of a plural, so that "card" and "cards" count together."""
    word = plain(word.replace("’", "'"))
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=100_000)
def _dull(root: str) -> bool:
    return root in _dull_roots() or len(root) < 2 or root.isdigit() or "'" in root


def roots(text: str) -> frozenset[str]:
    """The words of a text that say something about its subject."""
    return frozenset(r for w in TOKEN.findall(text[:READ_LETTERS].lower()) if not _dull(r := _root(w)))


Key = tuple[str, ...]


@dataclass(slots=True)
class Said:
    """What is in the most central texts of a group: how many hold each word and phrase, and how it is written."""

    texts: int
    words: Counter[str] = field(default_factory=Counter)
    phrases: Counter[Key] = field(default_factory=Counter)
    written: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def share(self, word: str) -> float:
        return self.words[word] / self.texts if self.texts else 0.0


def read(texts: Sequence[str]) -> Said:
    held = Said(min(len(texts), MOST_READ))
    for text in texts[:MOST_READ]:
        held.words.update(roots(text))
        mine: dict[Key, str] = {}
        for run in _runs(text):
            for key, said in _phrases(run):
                mine.setdefault(key, said)
        held.phrases.update(mine.keys())
        for key, said in mine.items():
            held.written[key][said] += 1
    return held


def _runs(text: str) -> Iterator[list[str]]:
    """Words between punctuation, as they were written; none where somebody might be named by address or number."""
    for part in BREAK.split(text[:READ_LETTERS]):
        if part and not PRIVATE.search(part) and (found := TOKEN.findall(part)):
            yield found


def _phrases(run: list[str]) -> Iterator[tuple[Key, str]]:
    """(roots, as written) of each stretch of one to five words that begins and ends with a word that says something."""
    kept = [_root(w.lower()) for w in run]
    outer = [not _dull(r) for r in kept]
    rude = [w.lower() in RUDE for w in run]
    for start in range(len(run)):
        if not outer[start]:
            continue
        for end in range(start, min(len(run), start + MOST_WORDS)):
            if rude[end]:
                break
            if outer[end] and end - start + 1 - sum(outer[start : end + 1]) <= 2:
                yield tuple(kept[start : end + 1]), " ".join(run[start : end + 1])


def content(key: Key) -> frozenset[str]:
    return frozenset(w for w in key if not _dull(w))


def stems(inside: frozenset[str]) -> frozenset[str]:
    """Words by their first five letters, so that "large" and "larger" count as one."""
    return frozenset(w[:5] for w in inside)


def stands_alone(key: Key) -> bool:
    """False for a single word that by its ending only describes something."""
    return len(key) > 1 or not key[0].endswith(("ive", "able", "ible", "ful", "ous", "ly", "ical", "less"))


def telling(group: Said, everywhere: Said, peak: dict[str, float]) -> dict[str, float]:
    """How much each word sets a group apart: in how many of its texts it stands, how much more often than anywhere, and
    whether another group (`peak` is its highest share in any) has more of it."""
    found = {}
    for word, count in group.words.items():
        share, usual = count / group.texts, (everywhere.words[word] + 0.5) / (everywhere.texts + 1)
        if count >= min(2, group.texts) and share > usual:
            found[word] = share * math.log(share / usual) * min(1.0, share / max(peak.get(word, share), share))
    return found


def ranked(group: Said, weight: dict[str, float]) -> list[tuple[float, Key]]:
    """Phrases of a group, the most telling first."""
    found = []
    for key, count in group.phrases.items():
        inside = content(key)
        if count < min(2, group.texts) or not inside or len(" ".join(key)) > MOST_LETTERS:
            continue
        length = {1: 0.7, 2: 1.0, 3: 1.05}.get(len(inside), 0.95)
        score = math.sqrt(count / group.texts) * sum(weight.get(w, 0.0) for w in inside) * length
        if score > 0:
            found.append((score, key))
    return sorted(found, key=lambda item: (-item[0], item[1]))


def short(texts: Sequence[str]) -> Iterator[str]:
    """Whole sentences of two to nine words that can stand on a page, in the order of the texts."""
    for text in texts:
        for part in SENTENCE.split(text[:READ_LETTERS]):
            said = part.strip(STRAY)
            words = TOKEN.findall(said.lower())
            if not 2 <= len(words) <= 9 or len(said) > MOST_LETTERS or PRIVATE.search(said) or RUDE & set(words):
                continue
            if all(said.count(a) == said.count(b) for a, b in ("()", "[]", "{}")):
                yield said


def sentences(texts: Sequence[str], weight: dict[str, float]) -> Iterator[tuple[str, frozenset[str]]]:
    """Short whole sentences somebody said with the words they hold, those with most telling words first."""
    found = []
    for rank, text in enumerate(texts):
        for said in short([text]):
            inside = roots(said)
            score = sum(weight.get(w, 0.0) for w in inside) / (4 + len(said.split())) / (1 + rank / 60)
            if score > 0 and len(inside) > 1:
                found.append((-score, rank, said, inside))
    for _, _, said, inside in sorted(found, key=lambda f: f[:3])[:40]:
        yield said, inside


def spell(written: Counter[str]) -> str:
    """As most wrote it; capitals only where most put them."""
    folded: Counter[str] = Counter()
    for said, count in written.items():
        folded[said.lower()] += count
    best = min(folded, key=lambda w: (-folded[w], w))
    return min((s for s in written if s.lower() == best), key=lambda s: (-written[s], s.isupper(), s))


def lower(said: str) -> str:
    """Without a capital that only began a sentence; names and abbreviations keep theirs."""
    first, _, rest = said.partition(" ")
    if first[1:] == first[1:].lower() and len(first) > 1 and rest == rest.lower():
        return said[0].lower() + said[1:]
    return said
