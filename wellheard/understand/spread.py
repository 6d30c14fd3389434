"""Which few voices stand for many: chosen so that together they cover what was said, by whom, where and when.

Greedy choice of the next voice by how much closer it brings all voices to a chosen one (facility location; within 63 % of the best
choice, Nemhauser, Wolsey and Fisher 1978), with a plus for each side that no chosen voice has yet. Nobody is quoted twice while
there is somebody else.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

# What a new side is worth, beside covering all wordings (1). Sides not named here are worth nothing.
WORTH = {"account": 0.3, "lens": 0.3, "channel": 0.15, "time": 0.15, "language": 0.1}


@dataclass(frozen=True, slots=True)
class Voiced:
    """`by` says whose it is (None: nobody known), `sides` what it stands for, such as {"channel": "email"}."""

    key: int
    by: Hashable | None = None
    sides: Mapping[str, Hashable] = field(default_factory=dict)


def choose(voices: Sequence[Voiced], likeness: np.ndarray, most: int) -> list[int]:
    """Keys, the most telling first. `likeness` (voices × voices) is between 0 and 1. The order of the voices settles ties."""
    if likeness.shape != (len(voices), len(voices)):
        raise ValueError(f"{len(voices)} voices need as many rows and columns of likeness, not {likeness.shape}.")
    covered = np.zeros(len(voices))
    chosen: list[int] = []
    people: set[Hashable] = set()
    seen: set[tuple[str, Hashable]] = set()
    while len(chosen) < min(most, len(voices)):
        free = [i for i in range(len(voices)) if i not in chosen]
        others = [i for i in free if voices[i].by is None or voices[i].by not in people]
        gains = np.maximum(likeness[others or free] - covered, 0).mean(axis=1)
        plus = [
            sum(WORTH.get(s, 0.0) for s, v in voices[i].sides.items() if (s, v) not in seen) for i in others or free
        ]
        # How much a wording covers shrinks with each choice; so does what a new side counts beside it.
        best = (others or free)[int(np.argmax(gains + np.asarray(plus) * max(float(gains.max()), 1e-6)))]
        chosen.append(best)
        covered = np.maximum(covered, likeness[best])
        if voices[best].by is not None:
            people.add(voices[best].by)
        seen.update(voices[best].sides.items())
    return [voices[i].key for i in chosen]
