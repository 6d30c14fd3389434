"""The lot: which units go first. Pure; the same seed and units give the same halves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

LEAST_UNITS, LEAST_DRAWN = 20, 60  # twice what the verdict needs of a side


def enough(people: int, units: int) -> bool:
    """Whether a draw can end in a word at all."""
    return units >= LEAST_UNITS and people >= LEAST_DRAWN


def halves(units: Iterable[int], seed: str) -> set[int]:
    """Of these units the half that goes first; of an odd number the odd one's side is drawn too."""
    ordered = sorted(set(units), key=lambda u: _lot(seed, str(u)))
    odd = len(ordered) % 2 and int(_lot(seed, "odd"), 16) % 2
    return set(ordered[: len(ordered) // 2 + odd])


def _lot(seed: str, what: str) -> str:
    return hashlib.sha256(f"{seed}:{what}".encode()).hexdigest()


def units_of(accounts: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """Person → unit: everybody who shares an account, also by way of others, is one unit; who has none is one alone.

    `accounts` is person → accounts. A unit is named by the smallest person in it.
    """
    first: dict[int, int] = {person: person for person in accounts}

    def root(person: int) -> int:
        while first[person] != person:
            first[person] = first[first[person]]
            person = first[person]
        return person

    seen: dict[int, int] = {}
    for person in sorted(accounts):
        for account in accounts[person]:
            a, b = root(person), root(seen.setdefault(account, person))
            first[max(a, b)] = min(a, b)
    return {person: root(person) for person in accounts}
