"""From "somebody said something about this" to the words they said, and through which door.

A voice is put together from hand-written pieces (words/*.toml) by the habits of its channel, then roughened: people
write in a hurry, on phones, in a second language.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from .asking import ONE_OFF, PRAISED
from .population import pair
from .team import RESEARCHERS, SALES, SUPPORT, success_for
from .topics import SPECS
from .words import load, said_about
from .world import Account, Channel, Kind, Person, State

CHANNELS: dict[Channel, float] = {
    "portal": 0.25,
    "email": 0.15,
    "support": 0.18,
    "widget": 0.16,
    "survey": 0.09,
    "interview": 0.05,
    "sales": 0.04,
    "app review": 0.08,
}
BUYERS: dict[Channel, float] = {
    "portal": 0.08,
    "email": 0.30,
    "support": 0.14,
    "widget": 0.02,
    "survey": 0.08,
    "interview": 0.10,
    "sales": 0.26,
    "app review": 0.02,
}
WRITES_OWN = {"de": 0.34, "fr": 0.34, "es": 0.36}
KINDS: dict[str, Kind] = {spec.key: spec.kind for spec in SPECS}

# Pieces by channel, with how often: h what hurts, w when, s so what, r the wish, q a question, a an aside.
SHAPES: dict[str, tuple[tuple[str, int], ...]] = {
    "portal": (
        ("h", 2),
        ("hs", 4),
        ("hr", 4),
        ("whs", 3),
        ("r", 2),
        ("hsr", 4),
        ("whr", 3),
        ("q", 1),
        ("wh", 2),
    ),
    "email": (("whsr", 5), ("whs", 4), ("hsra", 4), ("whsra", 3), ("hsq", 3), ("whha", 2), ("wq", 1)),
    "support": (("hq", 4), ("wh", 4), ("whs", 3), ("q", 2), ("h", 2), ("whq", 3), ("hs", 2)),
    "widget": (("h", 5), ("hs", 3), ("r", 2), ("q", 1), ("s", 0), ("hr", 2)),
    "survey": (("h", 4), ("r", 4), ("hs", 3), ("hr", 2), ("sr", 0)),
    "interview": (("whsh", 3), ("whsr", 4), ("whhs", 3), ("whsa", 2)),
    "sales": (("h", 2), ("hs", 4), ("hr", 4), ("hsr", 3)),
    "app review": (("h", 4), ("hs", 4), ("hr", 3), ("hsr", 2)),
}
PIECES = {"h": "hurts", "w": "when", "s": "so", "r": "wish", "q": "ask"}
HOURS = (
    "6:30",
    "7",
    "7:15",
    "7:30",
    "8",
    "half past eight",
    "9",
    "nine sharp",
    "eight in the morning",
    "6 am",
)
# Words that may be written small after a comma.
SMALL_WORDS = """The A An We Our My Every Each There One It In On At When If By This That Only Everything Both Sign Two
All Any Anyone Everybody Nobody People Stores Which Why Is Can Does Do How Where Are Revenue Refunds Alerts Amounts
Before After Since Between Last Coming Getting Quick Half As For First Just"""
SMALL = frozenset(SMALL_WORDS.split())


def one_off_count() -> int:
    """How many things there are that only one person says."""
    loose = load("frame")["loose"]
    return len(loose["oneoffs"]) + sum(len(loose[code]["oneoffs"]) for code in WRITES_OWN)


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    channel: Channel
    kind: Kind
    language: str
    relayed_by: str | None
    deal_cents: int | None


class Speaker:
    """Finds words for one asking after the other; remembers which one-offs and which texts are taken."""

    def __init__(self, seed: int, released: dict[str, date]) -> None:
        self.draw = random.Random(f"words {seed}")
        self.released = released  # day of release by bet
        self.frame = load("frame")
        self.names = load("names")
        loose = self.frame["loose"]
        self.one_offs = {"en": list(loose["oneoffs"])} | {code: list(loose[code]["oneoffs"]) for code in WRITES_OWN}
        for pool in self.one_offs.values():
            self.draw.shuffle(pool)
        self.taken: set[str] = set()

    def say(self, topic: str, person: Person, account: Account, state: State, day: date) -> Said:
        draw = self.draw
        channel = self._channel(person, state)
        language = person.language
        if language not in WRITES_OWN or draw.random() > WRITES_OWN[language]:
            language = "en"
        relayed = self._relayed(channel, account)
        if topic == ONE_OFF and not self.one_offs[language]:
            language = max(self.one_offs, key=lambda code: len(self.one_offs[code]))
        for _ in range(6):
            text, kind = self._text(topic, channel, language, person, account, relayed, day)
            if text not in self.taken or topic == ONE_OFF:
                break
        self.taken.add(text)
        deal = None
        if channel == "sales":
            yearly = 12 * account.cents_on(day) or 12 * 100 * (49 + 31 * account.stores)
            deal = round(yearly * draw.uniform(0.8, 1.4) / 10_000) * 10_000
        return Said(text, channel, kind, language, relayed, deal)

    def _channel(self, person: Person, state: State) -> Channel:
        if state in ("trial", "lost") and self.draw.random() < 0.6:
            return "sales"
        if state == "churned":
            return self.draw.choice(("email", "support", "survey", "interview"))
        table = BUYERS if "buys" in person.roles else CHANNELS
        return self.draw.choices(list(table), list(table.values()))[0]

    def _relayed(self, channel: Channel, account: Account) -> str | None:
        chance = self.draw.random()
        if channel == "sales":
            return SALES
        if channel == "interview":
            return self.draw.choice(RESEARCHERS)
        if channel == "support":
            return SUPPORT if chance < 0.35 else None
        if channel == "email":
            return success_for(account.country) if chance < 0.3 else None
        return None

    def _text(
        self,
        topic: str,
        channel: Channel,
        language: str,
        person: Person,
        account: Account,
        relayed: str | None,
        day: date,
    ) -> tuple[str, Kind]:
        draw = self.draw
        if topic == ONE_OFF:
            text = self.one_offs[language].pop()
            kind: Kind = "question" if text.endswith("?") else "request"
        elif topic == PRAISED:
            text, kind = self._praise(language, day), "praise"
        else:
            text, kind = self._about(topic, channel, language)
        text = self._fill(text, language, account)
        frame = self.frame.get(language, self.frame["en"])
        if channel == "interview" and language == "en":
            text = f"{draw.choice(frame['spoken'])} {_small(text)}"
            if draw.random() < 0.6:
                text += " " + draw.choice(frame["spoken_end"])
        elif not relayed and (channel == "email" or (channel == "support" and draw.random() < 0.45)):
            first = person.name.split()[0]
            text = f"{draw.choice(frame['greet'])},\n\n{text}\n\n{draw.choice(frame['bye'])}"
            text = self._fill(text, language, account) + (f"\n{first}" if draw.random() < 0.8 else "")
        elif relayed and channel != "interview" and language == "en" and draw.random() < 0.55:
            start = draw.choice(frame["relay"]).format(first=person.name.split()[0], shop=account.name)
            text = start + text
        if topic not in (ONE_OFF, PRAISED) and draw.random() < 0.12 and channel in ("portal", "widget", "survey"):
            text += " " + self._fill(draw.choice(frame["aside"]), language, account)
        return self._roughen(text, channel), kind

    def _praise(self, language: str, day: date) -> str:
        """Thanks, often for what shipped lately."""
        draw, loose = self.draw, self.frame["loose"]
        if language != "en":
            return " ".join(draw.sample(loose[language]["praise"], draw.choice((1, 2))))
        recent = [bet for bet, at in self.released.items() if 0 < (day - at).days < 80 and bet in loose["after"]]
        said = draw.sample(loose["praise"], draw.choice((1, 2)))
        if recent and draw.random() < 0.4:
            said[0] = draw.choice(loose["after"][draw.choice(recent)])
        return " ".join(said)

    def _about(self, topic: str, channel: Channel, language: str) -> tuple[str, Kind]:
        draw = self.draw
        words: dict[str, Any] = said_about(topic)
        shapes = SHAPES[channel]
        shape = draw.choices([s for s, _ in shapes], [n for _, n in shapes])[0]
        aside = self.frame["en"]["aside"]
        if language in words:
            words, aside = words[language], self.frame[language]["aside"]
        if draw.random() < 0.12:  # everybody has their own order
            shape = shape.replace("hs", "sh")
        parts: list[str] = []
        for piece in shape:
            pool = aside if piece == "a" else words.get(PIECES[piece], ())
            fresh = [sentence for sentence in pool if sentence not in parts]
            if fresh:
                parts.append(draw.choice(fresh))
        if not parts or (len(parts) == 1 and parts[0] in words["so"]):
            parts = [draw.choice(words["hurts"])]
        kind = KINDS[topic]
        if parts[-1].endswith("?") and "q" in shape:
            kind = "question"
        elif "r" in shape:
            kind = "request"
        return _join(parts), kind

    def _fill(self, text: str, language: str, account: Account) -> str:
        if "{" not in text:
            return text
        draw, frame = self.draw, self.frame.get(language, self.frame["en"])
        city = pair(draw.choice(self.names[account.country]["places"]))[0]
        stores = [store.format(city=city) for store in draw.sample(self.frame["en"]["stores"], 2)]
        euros = draw.choice((draw.randint(80, 990), draw.randint(1_000, 9_900), draw.randint(10_000, 48_000)))
        filled = text.format(
            n=draw.randint(2, 9),
            city=city,
            store=stores[0],
            store2=stores[1],
            day=draw.choice(frame["days"]),
            month=draw.choice(self.frame["en"]["months"]),
            who=draw.choice(frame["who"]),
            tool=draw.choice(self.frame["en"]["tools"]),
            hour=draw.choice(HOURS),
            sum=f"€{euros:,}" if language == "en" else f"{euros:,} €".replace(",", "."),
            shop=account.name,
        )
        return re.sub(r"(^|[.?!] )([a-zà-ÿ])", lambda found: found[1] + found[2].upper(), filled)

    def _roughen(self, text: str, channel: Channel) -> str:
        draw = self.draw
        quick = channel in ("widget", "app review", "survey", "support")
        if draw.random() < (0.14 if quick else 0.06):
            text = _slip(draw, text)
        if quick and draw.random() < 0.12:
            text = text[0].lower() + text[1:] if draw.random() < 0.5 else text.lower()
        if quick and text.endswith(".") and draw.random() < 0.3:
            text = text[:-1]
        elif quick and text.endswith(".") and draw.random() < 0.08:
            text = text[:-1] + draw.choice(("!", "!!", "..."))
        return text


def _join(parts: list[str]) -> str:
    """Sentences in a row; an opening without a full stop runs on into the next one."""
    text = ""
    for part in parts:
        if text and text[-1] not in ".?!:'":
            text += ("" if text.endswith(",") else ",") + " " + _small(part)
        else:
            text += (" " if text else "") + part
    return text + ("." if text[-1] == "," else "")


def _small(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[0].lower() + text[1:] if first in SMALL else text


def _slip(draw: random.Random, text: str) -> str:
    """One slip of the finger inside a longer word."""
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:
        return text
    word = draw.choice(words)
    at = draw.randint(word.start() + 1, word.end() - 2)
    way = draw.random()
    if way < 0.45:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if way < 0.8:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at] + text[at:]
