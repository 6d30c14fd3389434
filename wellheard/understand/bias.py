"""Whether the voices behind a problem, or behind a ranking, can be trusted to speak for everybody: checks with their numbers.

Pure functions of who said what, and of the base they are compared with. A check says one of three things: nothing seen, look
at it, or cannot say; then why in a sentence, and what to do. They never say that a problem is wrong: only what its voices
leave open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from .parts import SURE, at_least, none_of, parts_of
from .wording import Text, authors, same

FLOOR = 5  # voices, or people, under which a share says little
LOUD, LOUD_LEAST = 0.4, 3
MOSTLY = 0.8
RECENT = timedelta(days=28)
HISTORY = timedelta(days=84)
ASKED = 0.6
THIN = 2 / 3  # a part is missing when it is this much rarer among those who spoke, beyond what chance explains
CAMPAIGN = 3  # authors of nearly the same words
MOST_PARTS = 3


class State(StrEnum):
    FINE = "fine"
    LOOK = "look"
    CANNOT = "cannot"


WORDS = {State.FINE: "nothing seen", State.LOOK: "look at this", State.CANNOT: "cannot say"}


@dataclass(frozen=True, slots=True)
class Said:
    """One voice. `person`, `account`: their numbers; `left`: the account had left or was lost then, or has left since;
    `question`: what they were asked, empty when they spoke by themselves."""

    voice: int
    person: int | None
    account: int | None
    at: datetime
    relayed_by: str = ""
    channel: str = ""
    question: str = ""
    left: bool = False
    text: str = ""


@dataclass(frozen=True)
class Base:
    """What the voices are compared with. `users` people who use, `buyers` people who buy for a paying account; `told` person
    → what is known of them ("language" → "de"); `cuts` the parts worth looking at, with their names; `voices` all voices of
    the workspace and `recent` those of the last 28 days; `first` when the first was said."""

    now: datetime
    people: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()
    buyers: frozenset[int] = frozenset()
    accounts: int = 0
    left: int = 0
    told: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    cuts: Sequence[tuple[str, str]] = ()
    voices: int = 0
    recent: int = 0
    first: datetime | None = None
    names: Callable[[str, int], str] = lambda of, pk: f"one {of}"

    @cached_property
    def sizes(self) -> dict[str, Counter[str]]:
        """Cut → value → how many of the base."""
        return {cut: Counter(v[cut] for v in self.told.values() if cut in v) for cut, _ in self.cuts}


@dataclass(frozen=True, slots=True)
class Check:
    """`key` names the check, `numbers` what it was computed from, `do` what to do when it says look; `account` or `person`
    is whom it speaks of, for a link; `voices` which voices it speaks of."""

    key: str
    title: str
    state: State
    says: str
    do: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    account: int | None = None
    person: int | None = None
    voices: tuple[int, ...] = ()

    @property
    def word(self) -> str:
        return WORDS[self.state]

    def as_dict(self) -> dict[str, Any]:
        return {
            "check": self.key, "title": self.title, "state": str(self.state), "says": self.says,
            "do": self.do if self.state == State.LOOK else "", "numbers": dict(self.numbers),
        }  # fmt: skip


def checks(said: Sequence[Said], base: Base) -> list[Check]:
    """All checks, in the order of the page. The order of the voices does not matter."""
    rows = sorted(said, key=lambda s: s.voice)
    return [check(rows, base) for check in CHECKS]


def looked(found: Iterable[Check]) -> list[Check]:
    return [c for c in found if c.state == State.LOOK]


def _few(key: str, title: str, n: int, what: str = "voices", **numbers: Any) -> Check:
    says = f"{_count(n, what)}: under {FLOOR}, one more or less would change the answer."
    return Check(key, title, State.CANNOT, says, numbers={what: n, **numbers})


def _count(n: int, what: str) -> str:
    if n == 1:
        what = {"voices": "voice", "people": "person", "accounts": "account"}.get(what, what)
    return f"{n:,} {what}" if n else f"No {what}"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def effective(counts: Iterable[int]) -> float:
    """How many equally loud ones would be as mixed: (Σn)² / Σn² (the inverse of Simpson's index)."""
    held = list(counts)
    squares = sum(n * n for n in held)
    return sum(held) ** 2 / squares if squares else 0.0


def loud(said: Sequence[Said], base: Base) -> Check:
    """One account, or one person, behind much of it. Voices of nobody known are each somebody's own."""
    key, title = "loud", "One loud account"
    if len(said) < FLOOR:
        return _few(key, title, len(said))
    whose = Counter(
        ("account", s.account) if s.account is not None else ("person", s.person) if s.person is not None else ("voice", s.voice)
        for s in said
    )  # fmt: skip
    single = Counter(("person", s.person) for s in said if s.person is not None)
    top = min(whose.items(), key=lambda i: (-i[1], i[0]))
    one = min(single.items(), key=lambda i: (-i[1], i[0]), default=(("voice", 0), 0))
    (of, pk), n = one if one[1] >= top[1] else top
    share, mixed = n / len(said), effective(whose.values())
    numbers = {
        "voices": len(said), "largest": n, "share": round(share, 4), "sides": len(whose), "effective": round(mixed, 2),
    }  # fmt: skip
    as_many = f"The voices are as mixed as those of {mixed:.1f} equally loud accounts."
    if share >= LOUD and n >= LOUD_LEAST:
        who = base.names(of, pk) if of != "voice" else "one voice"
        says = f"{n} of {len(said)} voices ({_percent(share)}) come from {who}. {as_many}"
        do = f"Count people and accounts, not voices: without {who}, {_count(len(said) - n, 'voices')} remain. Ask two or three others."
        return Check(
            key, title, State.LOOK, says, do, numbers, pk if of == "account" else None, pk if of == "person" else None
        )
    says = f"The loudest stands behind {n} of {len(said)} voices ({_percent(share)}). {as_many}"
    return Check(key, title, State.FINE, says, numbers=numbers)


def relayed(said: Sequence[Said], base: Base) -> Check:
    key, title = "relayed", "Only passed on"
    if len(said) < FLOOR:
        return _few(key, title, len(said))
    held = [s for s in said if s.relayed_by]
    by = Counter(s.relayed_by for s in held)
    share = len(held) / len(said)
    numbers = {"voices": len(said), "relayed": len(held), "share": round(share, 4), "colleagues": len(by)}
    if share >= MOSTLY:
        who = f"by {next(iter(by))} alone" if len(by) == 1 else f"by {len(by)} colleagues"
        says = f"{len(held)} of {len(said)} voices were passed on {who}: their words, not always the customer’s."
        do = "Ask two or three of them directly, and see what your colleagues heard that they did not pass on."
        return Check(key, title, State.LOOK, says, do, numbers)
    says = f"{len(held)} of {len(said)} voices were passed on by colleagues; the rest they said themselves."
    return Check(key, title, State.FINE, says, numbers=numbers)


def one_side(said: Sequence[Said], base: Base) -> Check:
    """Only people who use, or only people who buy, although the base has both and chance does not explain it."""
    key, title = "one_side", "Only payers or only users"
    people = {s.person for s in said if s.person is not None} & base.people
    if len(people) < FLOOR:
        return _few(key, title, len(people), "people")
    uses, buys = len(people & base.users), len(people & base.buyers)
    numbers: dict[str, Any] = {
        "people": len(people), "users": uses, "buyers": buys, "base": len(base.people), "base_users": len(base.users),
        "base_buyers": len(base.buyers),
    }  # fmt: skip
    if not base.users or not base.buyers:
        absent = "uses the product" if not base.users else "buys for a paying account"
        return Check(key, title, State.CANNOT, f"Nobody is known who {absent}.", numbers=numbers)
    if uses and buys:
        says = f"Of {len(people)} people {uses} use it and {buys} buy for an account that pays."
        return Check(key, title, State.FINE, says, numbers=numbers)
    many, name, do = (
        (len(base.users), "uses it", "Ask those who use it every day: what buyers feel may not be what hurts them.")
        if not uses
        else (len(base.buyers), "buys for an account that pays", "Ask one or two who decide and pay: they may weigh it differently.")
    )  # fmt: skip
    p = none_of(len(people), len(base.people), many)
    numbers["p"] = round(p, 5)
    share = _percent(many / len(base.people))
    if p < SURE:
        says = f"None of the {len(people)} people {name}; {share} of everybody do, so chance does not explain it."
        return Check(key, title, State.LOOK, says, do, numbers)
    says = f"None of the {len(people)} people {name}, but only {share} of everybody do: chance may explain it."
    return Check(key, title, State.CANNOT, says, numbers=numbers)


def recent(said: Sequence[Said], base: Base) -> Check:
    key, title = "recent", "Only the recent"
    if len(said) < FLOOR:
        return _few(key, title, len(said))
    new = sum(s.at > base.now - RECENT for s in said)
    share = new / len(said)
    numbers: dict[str, Any] = {
        "voices": len(said), "recent": new, "share": round(share, 4), "all_voices": base.voices, "all_recent": base.recent,
    }  # fmt: skip
    if base.first is None or base.now - base.first < HISTORY or not base.voices:
        says = f"{new} of {len(said)} voices are from the last {RECENT.days} days, but nothing older than twelve weeks is known here."
        return Check(key, title, State.CANNOT, says, numbers=numbers)
    usual = base.recent / base.voices
    p = at_least(new, len(said), usual)
    numbers["p"] = round(p, 5)
    if share >= MOSTLY and p < SURE:
        says = f"{new} of {len(said)} voices ({_percent(share)}) are from the last {RECENT.days} days; of all voices {_percent(usual)} are."
        do = "Find out what changed: a release, an outage, a question that was asked. See again in four weeks before betting on it."
        return Check(key, title, State.LOOK, says, do, numbers)
    return Check(
        key, title, State.FINE, f"{new} of {len(said)} voices are from the last {RECENT.days} days; of all voices {_percent(usual)} are.",
        numbers=numbers,
    )  # fmt: skip


def nobody_left(said: Sequence[Said], base: Base) -> Check:
    """Accounts that left are the ones a problem may have cost; their silence looks like contentment."""
    key, title = "left", "Nobody who left"
    accounts = {s.account for s in said if s.account is not None}
    gone = {s.account for s in said if s.account is not None and s.left}
    numbers: dict[str, Any] = {
        "accounts": len(accounts),
        "left": len(gone),
        "base": base.accounts,
        "base_left": base.left,
    }
    if not base.left:
        return Check(
            key, title, State.CANNOT, "No account is known to have left, or none was marked so.", numbers=numbers
        )
    if gone:
        says = f"{len(gone)} of the {_count(len(accounts), 'accounts')} had left or have left since."
        return Check(key, title, State.FINE, says, numbers=numbers)
    if len(accounts) < FLOOR:
        return _few(key, title, len(accounts), "accounts", base=base.accounts, base_left=base.left)
    p = none_of(len(accounts), base.accounts, base.left)
    numbers["p"] = round(p, 5)
    if p < SURE:
        says = f"None of the {len(accounts)} accounts has left, though {base.left} of {base.accounts} did: chance does not explain it."
        do = "Call two or three that left: whom this problem cost may be the ones who no longer speak."
        return Check(key, title, State.LOOK, says, do, numbers)
    says = f"None of the {len(accounts)} accounts has left, but only {base.left} of {base.accounts} did: chance may explain it."
    return Check(key, title, State.CANNOT, says, numbers=numbers)


def missing(said: Sequence[Said], base: Base) -> Check:
    """Parts of the base (a language, a plan, a trait's value) of whom fewer spoke than chance explains: exact, and made
    stricter for the number of parts looked at (Holm)."""
    key, title = "missing", "A part is missing"
    people = {s.person for s in said if s.person is not None} & base.people
    if not base.cuts:
        return Check(key, title, State.CANNOT, "Nothing is known of people by which they could be told apart.")
    if len(people) < FLOOR:
        return _few(key, title, len(people), "people")
    parts, blind = parts_of(people, base.cuts, base.told, base.sizes)
    numbers: dict[str, Any] = {"people": len(people), "parts": len(parts), "cannot_tell": blind}
    thin = [p for p in parts if p.p < SURE and p.share <= THIN * p.usual]
    if thin:
        numbers["missing"] = [p.as_dict() for p in thin]
        told = "; ".join(
            f"{p.of} {p.value}: {p.spoke} of {p.heard} who spoke ({_percent(p.share)}), of everybody {_percent(p.usual)}"
            for p in thin[:MOST_PARTS]
        )
        more = f"; and {len(thin) - MOST_PARTS} more" if len(thin) > MOST_PARTS else ""
        says = f"Fewer spoke than chance explains: {told}{more}."
        do = "Ask some of them, or see whether the problem cannot reach them. Who is silent re-weights by such parts; the list of problems by language alone."
        return Check(key, title, State.LOOK, says, do, numbers)
    untold = f"for {blind} of them too few people spoke, or there are too few of them, to tell"
    if 2 * blind >= len(parts):
        says = f"{len(people)} people spoke and no part is seen to be missing, but of {len(parts)} parts, {untold}."
        return Check(key, title, State.CANNOT, says, numbers=numbers)
    says = f"Of {len(parts)} parts ({', '.join(name.lower() for _, name in base.cuts)}) none is heard much less than chance explains"
    return Check(key, title, State.FINE, f"{says}; {untold}." if blind else f"{says}.", numbers=numbers)


def leading(said: Sequence[Said], base: Base) -> Check:
    key, title = "leading", "Asked leadingly"
    if len(said) < FLOOR:
        return _few(key, title, len(said))
    asked = [s for s in said if s.channel == "survey" or s.question]
    questions = Counter(s.question for s in asked if s.question)
    top = min(questions.items(), key=lambda i: (-i[1], i[0]), default=("", 0))
    share = len(asked) / len(said)
    numbers = {
        "voices": len(said),
        "asked": len(asked),
        "share": round(share, 4),
        "questions": len(questions),
        "one_question": top[1],
    }
    if share >= ASKED:
        which = f", {top[1]} of them to one question: “{top[0][:140]}”" if top[1] else ""
        says = f"{len(asked)} of {len(said)} voices ({_percent(share)}) answer a survey{which}. What was asked shapes what was said."
        do = "See whether anybody brought it up unasked, and read the question: does it name the problem itself?"
        return Check(key, title, State.LOOK, says, do, numbers, voices=tuple(s.voice for s in asked))
    says = f"{len(said) - len(asked)} of {len(said)} voices came without a survey asking for them."
    return Check(key, title, State.FINE, says, numbers=numbers)


def wordings(said: Sequence[Said]) -> list[list[Text]]:
    """Groups of voices of three people or more in nearly the same words; reads every text, so that it may be kept."""
    texts = [Text(s.voice, s.person if s.person is not None else f"voice {s.voice}", s.at, s.text) for s in said]
    return [g for g in same(texts) if authors(g) >= CAMPAIGN]


def campaign(said: Sequence[Said], base: Base, groups: Sequence[list[Text]] | None = None) -> Check:
    """Several authors with nearly the same words within days of each other. `groups`: those of `wordings`, when they are known."""
    key, title = "wording", "Same wording"
    if len(said) < CAMPAIGN:
        return _few(key, title, len(said))
    groups = wordings(said) if groups is None else groups
    held = [t for g in groups for t in g]
    numbers = {
        "voices": len(said),
        "same": len(held),
        "groups": len(groups),
        "authors": authors(groups[0]) if groups else 0,
    }
    if groups:
        first = groups[0]
        days = max(1, (first[-1].at - first[0].at).days + 1)
        says = f"{len(held)} of {len(said)} voices repeat nearly the same words; the largest group is {authors(first)} people within {days} days: “{first[0].text[:120]}”."
        do = (
            "Ask who started it. A campaign can be right, but its voices count rather as one text with many signatures."
        )
        return Check(key, title, State.LOOK, says, do, numbers, voices=tuple(sorted(t.key for t in held)))
    return Check(key, title, State.FINE, "No three people used nearly the same words within a week.", numbers=numbers)


CHECKS = (loud, relayed, one_side, recent, nobody_left, missing, leading, campaign)
