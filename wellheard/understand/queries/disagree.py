"""Where users and customers disagree: each problem's share among both, the ranks, and whether chance alone explains it.

A user is somebody who spoke and of whom we know more than that they buy; a customer is a paying account whose buyer spoke, or
that spoke without a name. Shares are of those who spoke of any problem in the period. The test is Fisher's, exact, made
stricter for the number of problems looked at (Holm). Who uses and buys stands on both sides, which makes it err on the side
of saying nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from wellheard.people.models import Account, Workspace
from wellheard.people.queries.lenses import Sight

from ..models import Evidence, Problem

FLOOR = 5  # on either side, of all who spoke; and of those who spoke of this problem, on both sides together
SURE = 0.05
MOST_ACCOUNTS = 12


@dataclass(frozen=True, slots=True)
class Between:
    """An account in which one side spoke of the problem and the other did not."""

    account: Account
    cents: int
    users: int
    buyers: int


@dataclass(slots=True)
class Stand:
    """One problem through both lenses. `users` of `all_users` who spoke, `customers` of `all_customers`; ranks are 1-based and
    shared by equals; `p` is adjusted, None when too few spoke. `between`: accounts in which only one side spoke of it."""

    problem: Problem
    users: int
    all_users: int
    customers: int
    all_customers: int
    cents: int
    user_rank: int = 0
    customer_rank: int = 0
    p: float | None = None
    between: list[Between] = field(default_factory=list)
    more_between: int = 0

    @property
    def gap(self) -> int:
        """Above zero: customers put it higher."""
        return self.user_rank - self.customer_rank

    @property
    def user_share(self) -> float | None:
        return self.users / self.all_users if self.all_users else None

    @property
    def customer_share(self) -> float | None:
        return self.customers / self.all_customers if self.all_customers else None

    @property
    def word(self) -> str:
        if self.p is None:
            return "too few to say"
        if self.p > SURE:
            return "may be chance"
        return "customers more" if (self.customer_share or 0) > (self.user_share or 0) else "users more"

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.problem.pk, "name": self.problem.name, "users": self.users, "of_users": self.all_users,
            "customers": self.customers, "of_customers": self.all_customers, "mrr_cents": self.cents,
            "user_rank": self.user_rank, "customer_rank": self.customer_rank, "gap": self.gap, "p": self.p, "says": self.word,
            "accounts": [
                {"id": b.account.pk, "name": b.account.name, "mrr_cents": b.cents, "users": b.users, "buyers": b.buyers}
                for b in self.between
            ],
        }  # fmt: skip


def stands(workspace: Workspace, days: int | None = None) -> list[Stand]:
    """Every open problem, what is surest first, then the widest gap. `days`: only what was said in the last so many."""
    problems = {p.pk: p for p in Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None)}
    rows = Evidence.objects.filter(problem__in=problems)
    if days is not None:
        rows = rows.filter(voice__said_at__gt=timezone.now() - timedelta(days=days))
    pairs: dict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
    for pk, author, account in rows.values_list("problem", "voice__author", "voice__account"):
        pairs[pk].append((author, account))
    sight = Sight(workspace)
    everybody = sight.look(pair for held in pairs.values() for pair in held)
    found = []
    for pk, problem in problems.items():
        seen = sight.look(pairs[pk])
        found.append(Stand(
            problem, len(seen.users), len(everybody.users), len(seen.customers), len(everybody.customers), seen.customer_cents,
        ))  # fmt: skip
    _rank(found)
    _test(found)
    _between(sight, pairs, found)
    return sorted(found, key=lambda s: (s.p is None, s.p is None or s.p > SURE, -abs(s.gap), s.user_rank, s.problem.pk))


def _rank(found: Sequence[Stand]) -> None:
    """By how many spoke; customers of equal number by what they pay. Equals share a rank."""
    for s in found:
        s.user_rank = 1 + sum(o.users > s.users for o in found)
        s.customer_rank = 1 + sum((o.customers, o.cents) > (s.customers, s.cents) for o in found)


def _test(found: Sequence[Stand]) -> None:
    from scipy.stats import fisher_exact  # slow to load, and only this needs it

    asked = [
        s for s in found if min(s.all_users, s.all_customers) >= FLOOR and s.users + s.customers >= FLOOR
    ]  # fmt: skip
    raw = []
    for s in asked:
        table = [[s.users, s.all_users - s.users], [s.customers, s.all_customers - s.customers]]
        raw.append((float(fisher_exact(table)[1]), s))
    worst = 0.0
    for n, (p, s) in enumerate(sorted(raw, key=lambda r: r[0])):
        worst = max(worst, min(1.0, p * (len(raw) - n)))
        s.p = worst


def _between(sight: Sight, pairs: dict[int, list[tuple[int | None, int | None]]], found: Sequence[Stand]) -> None:
    wanted: dict[int, dict[int, tuple[set[int], set[int]]]] = {}
    for s in found:
        held: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for person, account in pairs[s.problem.pk]:
            if account is None or person is None or account not in sight.cents:
                continue
            users, buyers = held[account]
            if person not in sight.only_buys:
                users.add(person)
            if (person, account) in sight.buys:
                buyers.add(person)
        wanted[s.problem.pk] = {a: sides for a, sides in held.items() if bool(sides[0]) != bool(sides[1])}
    accounts = Account.objects.in_bulk({a for held in wanted.values() for a in held})
    for s in found:
        mine = [Between(accounts[a], sight.cents[a], len(u), len(b)) for a, (u, b) in wanted[s.problem.pk].items()]
        mine.sort(key=lambda b: (-b.cents, b.account.name))
        s.between, s.more_between = mine[:MOST_ACCOUNTS], max(0, len(mine) - MOST_ACCOUNTS)
