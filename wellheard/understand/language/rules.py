"""The rules, over one text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from . import wording
from .wording import Phrase

LABELS = {
    "role": "Who is meant",
    "blame": "Blames",
    "cold": "Speaks of people as things",
    "jargon": "Jargon",
}
READ = 50_000
WORD = re.compile(r"[^\W\d_]+")
# Somebody else's words, code, addresses, and what a template fills in are not ours to change.
# Each part has an end: without, a text of one letter fifty thousand times is read fifty thousand times.
FOREIGN = re.compile(
    r"“[^”]{0,600}”|„[^“”]{0,600}[“”]|«[^»]{0,600}»|\"[^\"\n]{0,600}\"|```.{0,2000}?```|`[^`\n]{0,600}`|\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|https?://\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w+|^[ \t]*>[^\n]*$",
    re.S | re.M,
)
END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=\S)|\n\s*\n|\n(?=\s*[-*•\d#])")


@dataclass(frozen=True, slots=True)
class Finding:
    """`start` and `end` are places in the text, `at` and `until` those of the sentence. `instead` is what could stand
    there, empty where only a person can say."""

    rule: str
    start: int
    end: int
    words: str
    at: int
    until: int
    sentence: str
    why: str
    instead: str

    def fixed(self, text: str, instead: str | None = None) -> str:
        """The text with the suggestion (or other words) in its place."""
        return text[: self.start] + (self.instead if instead is None else instead) + text[self.end :]

    def as_dict(self) -> dict[str, object]:
        return {f: getattr(self, f) for f in ("rule", "start", "end", "words", "sentence", "why", "instead")}


def sentences(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for gap in [*END.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[at:end].strip():
            lead = len(text[at:end]) - len(text[at:end].lstrip())
            yield at + lead, at + len(text[at:end].rstrip())
        at = gap.end() if gap else len(text)


def language_of(text: str) -> str:
    words = [w.lower() for w in WORD.findall(text)[:400]]
    counts = {lang: sum(w in held for w in words) for lang, held in _common().items()}
    best = max(counts, key=lambda k: (counts[k], k == "en"))
    return best if counts[best] else "en"


@cache
def _common() -> dict[str, frozenset[str]]:
    return {k: frozenset(v) for k, v in wording.COMMON.items()}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.I)


def check(text: str, language: str = "") -> list[Finding]:
    """What could be said better, in the order of the text. `language` is two letters; left out, each text is guessed."""
    text = text[:READ]
    masked = FOREIGN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    told = language[:2].lower() if language[:2].lower() in wording.BLAME else language_of(masked)
    found: list[Finding] = []
    for at, until in sentences(masked):
        part = masked[at:until]

        def add(rule: str, m: re.Match[str], instead: str, why: str, at: int = at, until: int = until) -> None:
            start, end = at + m.start(), at + m.end()
            if all(end <= f.start or start >= f.end for f in found):
                words = text[start:end]
                found.append(Finding(rule, start, end, words, at, until, text[at:until], why, _as(words, instead)))

        for phrase in wording.BLAME[told]:
            for m in _compiled(phrase.pattern).finditer(part):
                add("blame", m, _bent(m[0], phrase.instead), phrase.why)
        if told == "en":
            for m, instead, why in _roles(part):
                add("role", m, instead, why)
            for phrase in wording.COLD:
                for m in _compiled(phrase.pattern).finditer(part):
                    if not _thing_of(part, m.end(), wording.USER_THINGS):
                        add("cold", m, _cold(m[0], phrase), phrase.why)
        for phrase in wording.JARGON[told]:
            for m in _compiled(phrase.pattern).finditer(part):
                add("jargon", m, _bent(m[0], phrase.instead), phrase.why)
    return sorted(found, key=lambda f: (f.start, f.end))


USER = re.compile(r"(?<![\w-])(?:end[ -])?users?(?![\w-])", re.I)
CUSTOMER = re.compile(r"(?<![\w-])(?:customers?|clients?)(?![\w-])", re.I)


def _roles(part: str) -> Iterator[tuple[re.Match[str], str, str]]:
    """ "User" where the sentence speaks of paying, "customer" where it speaks of using: by what they do in it."""
    if USER.search(part) and CUSTOMER.search(part):  # both are told apart here
        return
    pays, uses = _compiled(wording.PAYS).search(part), _compiled(wording.USES).search(part)
    if pays and not uses:
        for m in USER.finditer(part):
            if not _thing_of(part, m.end(), wording.USER_THINGS) and not _said_before(part, m.start()):
                many = m[0].lower().endswith("s")
                why = f"This speaks of paying (“{pays[0]}”): whoever pays is a customer."
                yield m, "customers" if many else "customer", why
    if uses and not pays:
        for m in CUSTOMER.finditer(part):
            if not _thing_of(part, m.end(), wording.CUSTOMER_THINGS):
                many = m[0].lower().endswith("s")
                why = f"This speaks of using it (“{uses[0]}”): who does that need not be who pays."
                yield m, "people who use it" if many else "person who uses it", why


def _thing_of(part: str, end: int, things: list[str]) -> bool:
    """Whether the word goes on as a compound: user interface, customer support, user's guide is not one."""
    after = re.match(r"[ -]([^\W\d_]+)", part[end:])
    return after is not None and after[1].lower() in things


def _said_before(part: str, start: int) -> bool:
    before = re.search(r"([\w-]+)[ -]$", part[:start])
    return before is not None and before[1].lower() in wording.BEFORE_USER


def _cold(words: str, phrase: Phrase) -> str:
    """Keep what stands before: "your ticket" becomes "your message", "12 users" "12 people", "tickets complained" keeps its verb."""
    lower = words.lower()
    if "ticket" in lower and phrase.instead == "message":
        return re.sub(
            r"(?:support )?tickets?", lambda m: "messages" if m[0].endswith("s") else "message", words, flags=re.I
        )
    if re.search(r"users\b", lower) and phrase.instead == "people":
        if lower.startswith("our"):  # "our people" would be colleagues
            return "the people who use it"
        kept = re.sub(r"(?:end[ -])?users", "people", words, flags=re.I)
        return re.sub(r"^the people$", "people", kept, flags=re.I)
    if re.match(r"(?:tickets?|seats|resources)\b", lower):
        return re.sub(r"^(?:tickets?|seats|resources)", "people", words, flags=re.I)
    if "resource" in lower:
        return re.sub(r"resources?$", "people", words, flags=re.I)
    return phrase.instead


def _bent(words: str, instead: str) -> str:
    """The plain verb in the form of the one it stands for."""
    lower = words.lower()
    if instead == "use":
        if lower.endswith("ing"):
            return "using"
        if lower.endswith("ed"):
            return "used"
        if lower.endswith("es"):
            return "uses"
    if instead == "confusing step":
        return instead + ("s" if lower.endswith("s") else "")
    if instead == "time":
        return re.sub(r"bandwidth$", "time", words, flags=re.I)
    return instead


def _as(words: str, instead: str) -> str:
    """With a capital where one stood."""
    return (
        instead[:1].upper() + instead[1:]
        if words[:1].isupper() and instead[:1].islower() and words[1:2].islower()
        else instead
    )
