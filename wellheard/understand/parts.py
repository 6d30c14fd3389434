"""Parts of the base of whom fewer spoke than chance explains: exact tests, made stricter for the number of parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SURE = 0.05


@dataclass(frozen=True, slots=True)
class Part:
    """Those of the base with one value: `base` of `known`; `spoke` of `heard` who spoke and of whom it is known."""

    of: str
    value: str
    base: int
    known: int
    spoke: int
    heard: int
    p: float

    @property
    def share(self) -> float:
        return self.spoke / self.heard if self.heard else 0.0

    @property
    def usual(self) -> float:
        return self.base / self.known if self.known else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "of": self.of, "value": self.value, "base": self.base, "known": self.known, "spoke": self.spoke,
            "heard": self.heard, "p": round(self.p, 5),
        }  # fmt: skip


def parts_of(
    people: Collection[int],
    cuts: Sequence[tuple[str, str]],
    told: Mapping[int, Mapping[str, str]],
    sizes: Mapping[str, Counter[str]],
) -> tuple[list[Part], int]:
    """The parts with adjusted p, the thinnest first; and for how many even nobody at all would be no surprise."""
    from scipy.stats import hypergeom  # slow to load

    rows: list[tuple[str, str, int, int, int, int]] = []
    for cut, name in cuts:
        of = sizes[cut]
        spoke: Counter[str] = Counter(told[p][cut] for p in people if cut in told.get(p, {}))
        known, heard = sum(of.values()), sum(spoke.values())
        rows += [(name, value, size, known, spoke[value], heard) for value, size in sorted(of.items())]
    sized, of_base, came, drawn = (np.asarray([r[i] for r in rows]) for i in (2, 3, 4, 5))
    p_values = hypergeom.cdf(came, of_base, sized, drawn)
    blind = int((hypergeom.cdf(0, of_base, sized, drawn) * len(rows) >= SURE).sum())
    raw = [Part(*r, float(p)) for r, p in zip(rows, p_values, strict=True)]
    raw.sort(key=lambda p: (p.p, p.of, p.value))
    worst, found = 0.0, []
    for i, p in enumerate(raw):
        worst = max(worst, min(1.0, p.p * (len(raw) - i)))
        found.append(Part(p.of, p.value, p.base, p.known, p.spoke, p.heard, worst))
    return found, blind


def none_of(drawn: int, base: int, kind: int) -> float:
    """How likely chance draws none of `kind` out of `base` when it draws so many."""
    return at_most(0, drawn, base, kind)


def at_most(k: int, drawn: int, base: int, kind: int) -> float:
    """P(at most k of `kind`), drawing without putting back. Who spoke but is not of the base is drawn from it all the same."""
    from scipy.stats import hypergeom  # slow to load, and only this needs it

    base = max(base, drawn, kind)
    return float(hypergeom.cdf(k, base, kind, drawn))


def at_least(k: int, n: int, share: float) -> float:
    from scipy.stats import binom

    return float(binom.sf(k - 1, n, share))
