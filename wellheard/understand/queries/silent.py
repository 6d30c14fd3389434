"""Who is silent: how much of the base never spoke in a period, part by part, and as a segment that can be kept.

The base is everybody known. A part is everybody with one value of something that has few: language, a trait, an account's plan
or state. What holds for whom is asked as segments ask it, so a kept segment holds exactly who is listed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wellheard.people.models import Account, AccountState, Workspace
from wellheard.people.queries.lenses import known
from wellheard.people.queries.money import today
from wellheard.people.queries.traits import HIDDEN
from wellheard.people.segments import evaluation
from wellheard.people.segments.facts import Facts, Of
from wellheard.people.segments.rule import decode

FEW = 12  # values a trait may have to be shown in parts
LEAST_KNOWN = 0.2  # of the base a trait must be known
UNKNOWN = "not known"
Key = str  # "language", "plan", "state", or "trait:name"


@dataclass(frozen=True, slots=True)
class Part:
    """Everybody with one value: `base` of them, of whom `silent` never spoke; cents a month, of accounts only."""

    of: str
    key: Key
    value: str
    words: str
    base: int
    silent: int
    cents: int = 0
    silent_cents: int = 0

    @property
    def share(self) -> float | None:
        return self.silent / self.base if self.base else None

    @property
    def cents_share(self) -> float | None:
        return self.silent_cents / self.cents if self.cents else None

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"value": self.value, "base": self.base, "silent": self.silent, "share": self.share}
        return told | ({"cents": self.cents, "silent_cents": self.silent_cents} if self.of == "accounts" else {})


@dataclass(slots=True)
class Cut:
    """The base cut into parts by one thing, the largest part first."""

    of: str
    key: Key
    label: str
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Silence:
    """`people`, `accounts`: all of the base; `paying`: accounts that pay. `cuts` in the order of the page."""

    people: Part
    accounts: Part
    paying: Part
    cuts: list[Cut]

    def as_dict(self) -> dict[str, Any]:
        return {
            "people": self.people.as_dict(), "accounts": self.accounts.as_dict(), "paying": self.paying.as_dict(),
            "cuts": [{"of": c.of, "by": c.key, "parts": [p.as_dict() for p in c.parts]} for c in self.cuts],
        }  # fmt: skip


def rule(of: str, key: Key = "", value: str = "", days: int | None = None) -> dict[str, Any]:
    """The segment of those of one part (or of all) who never spoke in the last `days` (or ever)."""
    said: dict[str, Any] = {"what": "said", "not": True} | ({"days": days} if days else {})
    if not key:
        return {"match": "all", "of": [said]}
    how: dict[str, Any] = {"how": "not_set"} if value == UNKNOWN else {"how": "is", "value": value}
    if key.startswith("trait:"):
        if value in ("yes", "no"):
            how = {"how": value}
        return {"match": "all", "of": [said, {"what": "trait", "key": key.removeprefix("trait:"), **how}]}
    return {"match": "all", "of": [said, {"what": "person" if of == "people" else "account", "field": key, **how}]}


def keys(workspace: Workspace, of: Of, key: Key = "", value: str = "", days: int | None = None) -> frozenset[int]:
    """Whom that segment holds now. Raises ValueError for what cannot be asked."""
    return evaluation.of_rule(Facts(workspace, today(workspace)), of, decode(rule(of, key, value, days))).keys


def silence(workspace: Workspace, days: int | None = None) -> Silence:
    cents = Facts(workspace, today(workspace)).cents(today(workspace))
    quiet = {of: keys(workspace, of, days=days) for of in _SIDES}
    values = {"people": people_values(workspace), "accounts": account_values(workspace)}
    everyone = {of: set(held) for of, held in values.items()}
    cuts = []
    for of in _SIDES:
        for key in few(values[of]):
            groups: dict[str, set[int]] = defaultdict(set)
            for pk, told in values[of].items():
                groups[told.get(key, UNKNOWN)].add(pk)
            parts = [_part(of, key, value, held, quiet[of], cents) for value, held in groups.items()]
            parts.sort(key=lambda p: (p.value == UNKNOWN, -p.base, p.value))
            cuts.append(Cut(of, key, label(key), parts))
    paying = {a for a in everyone["accounts"] if cents.get(a, 0) > 0}
    return Silence(
        _part("people", "", "", everyone["people"], quiet["people"], {}),
        _part("accounts", "", "", everyone["accounts"], quiet["accounts"], cents),
        _part("accounts", "", "", paying, quiet["accounts"], cents), cuts,
    )  # fmt: skip


_SIDES: tuple[Of, ...] = ("people", "accounts")


def _part(of: str, key: Key, value: str, held: set[int], quiet: Iterable[int], cents: dict[int, int]) -> Part:
    silent = held & set(quiet)
    money = (sum(cents.get(a, 0) for a in held), sum(cents.get(a, 0) for a in silent)) if of == "accounts" else (0, 0)
    words = dict(AccountState.choices).get(value, value) if key == "state" else value
    return Part(of, key, value, str(words), len(held), len(silent), *money)


def label(key: Key) -> str:
    return key.removeprefix("trait:").capitalize() if key.startswith("trait:") else key.capitalize()


def people_values(workspace: Workspace) -> dict[int, dict[Key, str]]:
    """Person → what they can be cut by."""
    rows = known(workspace).values_list("pk", "language", "traits")
    return {pk: _told({"language": language}, traits) for pk, language, traits in rows}


def account_values(workspace: Workspace) -> dict[int, dict[Key, str]]:
    rows = Account.objects.filter(workspace=workspace).values_list("pk", "plan", "state", "traits")
    return {pk: _told({"plan": plan, "state": state}, traits) for pk, plan, state, traits in rows}


def _told(own: dict[str, str], traits: dict[str, Any]) -> dict[Key, str]:
    found = {k: v for k, v in own.items() if v}
    for name, value in traits.items():
        if name not in HIDDEN and isinstance(value, str | int | bool) and value != "":
            found[f"trait:{name}"] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return found


def few(values: dict[int, dict[Key, str]]) -> list[Key]:
    """What has between 2 and FEW values and is known of enough; our own fields come first."""
    held: dict[Key, set[str]] = defaultdict(set)
    known: dict[Key, int] = defaultdict(int)
    for told in values.values():
        for key, value in told.items():
            known[key] += 1
            if len(held[key]) <= FEW:
                held[key].add(value)
    own = ("language", "plan", "state")
    fits = [
        k for k in held
        if 2 <= len(held[k]) <= FEW + (30 if k in own else 0) and known[k] >= LEAST_KNOWN * len(values)
    ]  # fmt: skip
    return sorted(fits, key=lambda k: (k not in own, own.index(k) if k in own else 0, k.casefold()))
