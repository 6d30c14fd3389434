"""Problems as those who spoke rank them, beside how everybody would if the silent spoke as the ones like them did.

Post-stratification: the base is cut into strata, and each speaker stands for as many as their stratum's share of the base over
its share of the speakers. Weights are capped; a stratum in which nobody spoke stands for nobody, and is said. The effective
size is Kish's: (Σw)²/Σw².
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from wellheard.core import clean
from wellheard.people.models import Relation, Workspace
from wellheard.people.queries.money import cents_by_account, today
from wellheard.people.queries.roles import present

from ..models import Evidence, Problem
from .silent import UNKNOWN, Key, account_values, few, label, people_values

CAP = 5.0
MOST_CUTS = 2
FLOOR = 30  # effective speakers under which a ranking is hardly more than chance

Stratum = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """One stratum: its size in the base, how many of it spoke, and for how many each of them stands (1: itself)."""

    stratum: Stratum
    base: int
    spoke: int
    weight: float | None
    capped: bool

    @property
    def words(self) -> str:
        return " · ".join(self.stratum)


@dataclass(slots=True)
class Weighed:
    """One problem: raw and re-weighted share of the speakers, with the rank in each."""

    problem: Problem
    people: int
    raw: float
    weighted: float
    raw_rank: int = 0
    rank: int = 0

    @property
    def moved(self) -> int:
        """Places it goes up by re-weighting."""
        return self.raw_rank - self.rank

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.problem.pk, "name": self.problem.name, "people": self.people, "raw_share": self.raw,
            "share": self.weighted, "raw_rank": self.raw_rank, "rank": self.rank,
        }  # fmt: skip


@dataclass(slots=True)
class Reweighed:
    """`spoke` people who spoke of any problem, `effective` as many after weighting; `unheard` of `base` belong to strata in
    which nobody spoke. `by` what the base was cut by; `offered` what it can be cut by."""

    by: list[Key]
    offered: list[tuple[Key, str]]
    base: int
    spoke: int
    effective: float
    unheard: int
    weights: list[Weight] = field(default_factory=list)
    problems: list[Weighed] = field(default_factory=list)

    @property
    def capped(self) -> list[Weight]:
        return [w for w in self.weights if w.capped]

    @property
    def few(self) -> bool:
        return self.effective < FLOOR

    def as_dict(self) -> dict[str, Any]:
        return {
            "by": self.by, "base": self.base, "spoke": self.spoke, "effective": round(self.effective, 2), "unheard": self.unheard,
            "cap": CAP, "problems": [p.as_dict() for p in self.problems],
            "weights": [
                {"stratum": list(w.stratum), "base": w.base, "spoke": w.spoke, "weight": w.weight, "capped": w.capped}
                for w in self.weights
            ],
        }  # fmt: skip


def weigh(base: Mapping[int, Stratum], spoke: set[int], cap: float = CAP) -> tuple[list[Weight], dict[int, float]]:
    """The weights of strata, and of each speaker; of those heard they average 1 before the cap."""
    sizes, heard = Counter(base.values()), Counter(base[p] for p in spoke)
    represented = sum(n for stratum, n in sizes.items() if heard[stratum])
    weights: list[Weight] = []
    by: dict[Stratum, float] = {}
    for stratum, n in sizes.items():
        if not heard[stratum]:
            weights.append(Weight(stratum, n, 0, None, False))
            continue
        exact = (n / represented) / (heard[stratum] / len(spoke))
        by[stratum] = min(exact, cap)
        weights.append(Weight(stratum, n, heard[stratum], by[stratum], exact > cap))
    weights.sort(key=lambda w: (-w.base, w.stratum))
    return weights, {p: by[base[p]] for p in spoke}


def effective(weights: Sequence[float]) -> float:
    squares = sum(w * w for w in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def reweigh(workspace: Workspace, by: Sequence[Key] = (), days: int | None = None, cap: float = CAP) -> Reweighed:
    """Raises ValueError for something the base cannot be cut by."""
    told = strata(workspace)
    offered = [(k, label(k)) for k in few(told)]
    names = {k for k, _ in offered}
    if unknown := [k for k in by if k not in names]:
        raise ValueError(f"The base cannot be cut by {unknown[0]!r}. Use {', '.join(sorted(names)) or 'nothing yet'}.")
    if len(by) > MOST_CUTS:
        raise ValueError(f"Cut by at most {MOST_CUTS} things, not {len(by)}: strata would be too small.")
    chosen = list(dict.fromkeys(by)) or [k for k, _ in offered[:1]]
    base = {pk: tuple(values.get(k, UNKNOWN) for k in chosen) for pk, values in told.items()}
    problems = {p.pk: p for p in Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None)}
    said = Evidence.objects.filter(problem__in=problems, voice__author__isnull=False)
    if days:
        said = said.filter(voice__said_at__gte=since(workspace, days))
    people: dict[int, set[int]] = defaultdict(set)
    for problem, person in said.values_list("problem", "voice__author"):
        if person in base:
            people[problem].add(person)
    spoke = {p for held in people.values() for p in held}
    weights, of = weigh(base, spoke, cap)
    total = sum(of.values())
    rows = [
        Weighed(
            problem, len(people[pk]), len(people[pk]) / len(spoke) if spoke else 0.0,
            sum(of[p] for p in people[pk]) / total if total else 0.0,
        )
        for pk, problem in problems.items()
    ]  # fmt: skip
    for row in rows:
        row.raw_rank = 1 + sum(o.people > row.people for o in rows)
        row.rank = 1 + sum(o.weighted > row.weighted + 1e-12 for o in rows)
    rows.sort(key=lambda r: (r.rank, r.raw_rank, r.problem.pk))
    unheard = sum(w.base for w in weights if not w.spoke)
    return Reweighed(chosen, offered, len(base), len(spoke), effective(list(of.values())), unheard, weights, rows)


def since(workspace: Workspace, days: int) -> Any:
    """As segments count days: the workspace's own, today included."""
    return clean.midnight(today(workspace) - timedelta(days - 1), workspace.time_zone)


def strata(workspace: Workspace) -> dict[int, dict[Key, str]]:
    """Person → what is known of them, and of the account of theirs that pays most."""
    found, accounts = people_values(workspace), account_values(workspace)
    cents = cents_by_account(workspace, today(workspace))
    home: dict[int, int] = {}
    pairs = present(Relation.objects.filter(workspace=workspace)).order_by("pk").values_list("person", "account")
    for person, account in pairs:
        held = home.get(person)
        if held is None or cents.get(account, 0) > cents.get(held, 0):
            home[person] = account
    for person, account in home.items():
        found[person] |= {k: v for k, v in accounts[account].items() if k in ("plan", "state")}
    return found
