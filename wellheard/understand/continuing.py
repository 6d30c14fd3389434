"""What became of earlier groups in new ones: which go on, which split, which joined another, which are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A group goes on in the new one that holds most of it, if that is at least this share of all they hold together.
GOES_ON = 0.3
STILL_ITSELF = 0.7


@dataclass(frozen=True, slots=True)
class Continued:
    """`old` → what became of it. Positions of new groups, keys of old ones.

    `goes_on`: new → old, one to one. `same`: those new ones that are nearly what they were. `split_from`: new → old that
    goes on elsewhere or is gone. `joined`: old → new that holds most of it while another goes on there. `gone`: old ones
    that neither went on nor joined.
    """

    goes_on: dict[int, int] = field(default_factory=dict)
    same: set[int] = field(default_factory=set)
    split_from: dict[int, int] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)


def compare(old: Mapping[int, frozenset[int]], new: Sequence[frozenset[int]]) -> Continued:
    """Old groups by key, new ones by position, both of members; members of neither are ignored."""
    where = {member: key for key, members in old.items() for member in members}
    shared: dict[tuple[int, int], int] = {}
    for position, members in enumerate(new):
        for member in members:
            if member in where:
                pair = (position, where[member])
                shared[pair] = shared.get(pair, 0) + 1
    found = Continued()
    taken: set[int] = set()
    ranked = sorted(shared.items(), key=lambda held: (-held[1], held[0]))
    for (position, key), n in ranked:
        share = n / len(new[position] | old[key])
        if position in found.goes_on or key in taken or (share < GOES_ON and 2 * n <= len(old[key])):
            continue
        found.goes_on[position] = key
        taken.add(key)
        if share >= STILL_ITSELF:
            found.same.add(position)
    for (position, key), n in ranked:
        if position not in found.goes_on and position not in found.split_from and 2 * n >= len(new[position]):
            found.split_from[position] = key
    for key, members in old.items():
        if key in taken:
            continue
        best = max(range(len(new)), key=lambda p: shared.get((p, key), 0), default=None)
        if best is not None and 2 * shared.get((best, key), 0) >= len(members) and shared.get((best, key), 0):
            found.joined[key] = best
        else:
            found.gone.add(key)
    return found
