"""What moved recurring revenue between two days, account by account and day by day; it reconciles to the cent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, cast

from wellheard.people.models import Account, Revenue, Workspace

from .money import cents_by_account


class Kind(StrEnum):
    """Why an account's recurring revenue changed. `new`: it never paid before; `reactivation`: it did, then stopped."""

    NEW = "new"
    EXPANSION = "expansion"
    REACTIVATION = "reactivation"
    CONTRACTION = "contraction"
    CHURN = "churn"

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Kind.NEW: "New",
    Kind.EXPANSION: "Expansion",
    Kind.CONTRACTION: "Contraction",
    Kind.CHURN: "Churn",
    Kind.REACTIVATION: "Reactivation",
}


class Change(NamedTuple):
    """On `day` the account's recurring revenue went from `was` to `now` cents a month."""

    account: int
    day: date
    was: int
    now: int
    kind: Kind

    @property
    def cents(self) -> int:
        return self.now - self.was


@dataclass(frozen=True, slots=True)
class Movements:
    """Cents a month from the end of `begin` to the end of `until`.

    start + new + grown + back − shrunk − lost = end. Shrunk and lost are positive. An account that stops and comes
    back within the span counts in both. `counts` are the accounts behind each kind.
    """

    begin: date
    until: date
    start: int
    end: int
    payers: int
    accounts: int
    new: int = 0
    grown: int = 0
    back: int = 0
    shrunk: int = 0
    lost: int = 0
    kept: int = 0
    stayed: int = 0
    gone: int = 0
    counts: dict[Kind, int] = field(default_factory=dict)

    @property
    def net(self) -> int:
        return self.end - self.start

    def cents(self, kind: Kind) -> int:
        """Signed, so that the five kinds add up to `net`."""
        return {
            Kind.NEW: self.new, Kind.EXPANSION: self.grown, Kind.REACTIVATION: self.back,
            Kind.CONTRACTION: -self.shrunk, Kind.CHURN: -self.lost,
        }[kind]  # fmt: skip

    @property
    def net_retention(self) -> float | None:
        """Of the revenue of those who paid at the start, the share they pay at the end, growth included."""
        return self.stayed / self.start if self.start > 0 else None

    @property
    def gross_retention(self) -> float | None:
        """The same without growth: each account counts at most what it paid at the start."""
        return self.kept / self.start if self.start > 0 else None

    @property
    def churn(self) -> float | None:
        """Of the accounts that paid at the start, the share that pay nothing at the end."""
        return self.gone / self.payers if self.payers else None


def changes(workspace: Workspace, begin: date, until: date, accounts: Collection[int] | None = None) -> list[Change]:
    """Every change after the end of `begin` up to the end of `until`, by day and account."""
    rows = Revenue.objects.filter(workspace=workspace, once=False, since__lte=until, base_cents__isnull=False)
    if accounts is not None:
        rows = rows.filter(account__in=list(accounts))
    turns: dict[int, dict[date, int]] = {}
    told = rows.values_list("account", "since", "until", "base_cents")
    for account, since, end, cents in cast("Iterator[tuple[int, date, date | None, int]]", told.iterator(5000)):
        days = turns.setdefault(account, {})
        days[since] = days.get(since, 0) + cents
        if end is not None and end <= until:
            days[end] = days.get(end, 0) - cents
    found = [c for account, days in turns.items() for c in _of(account, days) if c.day > begin]
    return sorted(found, key=lambda c: (c.day, c.account))


def _of(account: int, days: dict[date, int]) -> list[Change]:
    """One account's history. It paid before once its sum stood above nothing at the end of any day."""
    found = []
    held, paid = 0, False
    for day in sorted(days):
        now = held + days[day]
        if now != held:
            found.append(Change(account, day, held, now, _kind(held, now, paid)))
        held, paid = now, paid or now > 0
    return found


def _kind(was: int, now: int, paid: bool) -> Kind:
    if was == 0:
        return Kind.REACTIVATION if paid else Kind.NEW
    if now == 0:
        return Kind.CHURN
    return Kind.EXPANSION if now > was else Kind.CONTRACTION


def movements(workspace: Workspace, begin: date, until: date, accounts: Collection[int] | None = None) -> Movements:
    """What changed from the end of `begin` to the end of `until`."""
    return waterfall(workspace, [begin, until], accounts)[0]


def waterfall(workspace: Workspace, bounds: Sequence[date], accounts: Collection[int] | None = None) -> list[Movements]:
    """Movements between the ends of each two neighbouring days of `bounds` (ascending, two at least)."""
    told = changes(workspace, date.min, bounds[-1], accounts)
    held: dict[int, int] = {}
    at = 0
    while at < len(told) and told[at].day <= bounds[0]:
        _settle(held, told[at])
        at += 1
    found = []
    for begin, until in pairwise(bounds):
        before = dict(held)
        first = at
        while at < len(told) and told[at].day <= until:
            _settle(held, told[at])
            at += 1
        found.append(_summed(begin, until, before, held, told[first:at]))
    return found


def _settle(held: dict[int, int], change: Change) -> None:
    if change.now:
        held[change.account] = change.now
    else:
        held.pop(change.account, None)


def _summed(
    begin: date, until: date, before: dict[int, int], after: dict[int, int], told: Sequence[Change]
) -> Movements:
    sums = dict.fromkeys(Kind, 0)
    who: dict[Kind, set[int]] = {kind: set() for kind in Kind}
    for change in told:
        sums[change.kind] += change.cents
        who[change.kind].add(change.account)
    return Movements(
        begin, until, sum(before.values()), sum(after.values()), len(before), len(after),
        sums[Kind.NEW], sums[Kind.EXPANSION], sums[Kind.REACTIVATION], -sums[Kind.CONTRACTION], -sums[Kind.CHURN],
        kept=sum(min(cents, after.get(a, 0)) for a, cents in before.items()),
        stayed=sum(after.get(a, 0) for a in before),
        gone=sum(1 for a in before if a not in after),
        counts={kind: len(found) for kind, found in who.items()},
    )  # fmt: skip


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months before `first`'s month up to the one of `last`, which ends on `last` itself."""
    found = [first.replace(day=1) - timedelta(days=1)]
    while True:
        begin = found[-1] + timedelta(days=1)
        end = (begin.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        found.append(min(end, last))
        if end >= last:
            return found


@dataclass(frozen=True, slots=True)
class Moved:
    """An account behind a number: its change, or what it pays when nothing changed."""

    account: Account
    day: date | None
    was: int
    now: int

    @property
    def change(self) -> int:
        return self.now - self.was


def moved(
    workspace: Workspace, begin: date, until: date, kind: Kind | None, keys: Collection[int] | None = None
) -> list[Moved]:
    """Each change of that kind after `begin` up to `until`, the largest first; all kinds when None."""
    told = [c for c in changes(workspace, begin, until, keys) if kind is None or c.kind == kind]
    named = Account.objects.in_bulk({c.account for c in told})
    rows = [Moved(named[c.account], c.day, c.was, c.now) for c in told if c.account in named]
    return sorted(rows, key=lambda m: (-abs(m.now - m.was), m.account.name, m.day or date.min))


def paying(workspace: Workspace, on: date, plan: str | None = None, keys: Collection[int] | None = None) -> list[Moved]:
    """Who pays at the end of that day, the most first; of one plan when it is named."""
    held = cents_by_account(workspace, on, keys)
    rows = Account.objects.filter(workspace=workspace)
    if plan is not None:
        rows = rows.filter(plan=plan)
    found = [Moved(a, None, held[a.pk], held[a.pk]) for a in rows.iterator(2000) if a.pk in held]
    return sorted(found, key=lambda m: (-m.now, m.account.name))
