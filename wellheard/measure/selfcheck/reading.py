"""A workspace's people, weeks and wishes, for placebos."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wellheard.decide.models import Bet
from wellheard.people.models import Account, Person, Workspace
from wellheard.people.queries.money import today
from wellheard.understand.models import Evidence

from ..ledger import joined_weeks
from ..weeks import monday
from .placebos import Ground

if TYPE_CHECKING:
    from wellheard.store import Store
    from wellheard.store.reader import Weekly

WEEKS = 104  # looked back at
METRICS = 4
SILENT = 20_000  # people who never asked, in whole accounts; more teach nothing new and cost memory
WINDOW = 5
SEED = 20267


def metrics_of(workspace: Workspace, store: Store) -> list[str]:
    """What bets are judged by, the most used first; until there are four the events that most people do."""
    used = Counter(Bet.objects.filter(workspace=workspace).exclude(metric="").values_list("metric", flat=True))
    known = [e.name for e in store.reader.event_names(workspace.pk)]
    chosen = [name for name, _ in sorted(used.items(), key=lambda u: (-u[1], u[0])) if name in known]
    return (chosen + [name for name in known if name not in chosen])[:METRICS]


def window_of(workspace: Workspace) -> int:
    """The number of weeks most bets are measured over."""
    used = Counter(Bet.objects.filter(workspace=workspace).values_list("window_weeks", flat=True))
    return max(used, key=lambda weeks: (used[weeks], -abs(weeks - WINDOW)), default=WINDOW)


def ground(workspace: Workspace, store: Store) -> Ground:
    """Whole weeks up to last Sunday. Evidence that praises, and that of merged problems, counts for nothing, as with bets."""
    end = monday(today(workspace))
    first = end - timedelta(weeks=WEEKS)
    metrics = metrics_of(workspace, store)
    seen = [_who(store.reader.weekly_counts(workspace.pk, [m], first, WEEKS)) for m in metrics]
    skip = min((w.since for w in seen if w.since is not None), default=WEEKS - 1)
    start, first = first, first + timedelta(weeks=skip)
    persons = np.unique(np.concatenate([w.persons for w in seen] or [np.zeros(0, np.int64)]))
    known = dict(Person.objects.filter(workspace=workspace).exclude(number=None).values_list("pk", "number"))
    rows = [(known[pk], problem, week) for pk, problem, week in _asks(workspace, first) if pk in known]
    asks = np.array(sorted(rows), np.int64).reshape(-1, 3)
    persons = np.union1d(persons, asks[:, 0])
    account = np.zeros(len(persons), np.int64)
    for who in seen:
        place = np.searchsorted(persons, who.persons)
        account[place] = np.where(who.accounts > 0, who.accounts, account[place])
    keep = _kept(persons, account, asks[:, 0])
    persons, account = persons[keep], account[keep]
    counts = {}
    for metric in metrics:  # read once more, one at a time: all of everybody at once would not fit a small server
        weekly = store.reader.weekly_counts(workspace.pk, [metric], start, WEEKS)
        counts[metric] = _placed(persons, weekly.persons, weekly.counts[:, skip:])
    plans = dict(Account.objects.filter(workspace=workspace).exclude(number=None).values_list("number", "plan"))
    joined = joined_weeks(workspace, end - timedelta(weeks=1))
    by_number = {int(number): joined[pk] for pk, number in known.items() if number is not None and pk in joined}
    return Ground(
        counts,
        np.where(account > 0, account, -1),
        np.array([plans.get(int(a), "") for a in account], dtype=np.str_),
        _tenure(persons, counts, by_number, WEEKS - skip),
        np.searchsorted(persons, asks[:, 0]),
        asks[:, 1],
        np.maximum(0, asks[:, 2]),
        _shipped(workspace, first),
    )


@dataclass(frozen=True, slots=True)
class _Who:
    """Who did a metric, in which account, and the first column in which anybody did."""

    persons: NDArray[np.int64]
    accounts: NDArray[np.int64]
    since: int | None


def _who(found: Weekly) -> _Who:
    active = np.flatnonzero(found.counts.any(axis=0))
    return _Who(found.persons, found.accounts, int(active[0]) if active.size else None)


def _asks(workspace: Workspace, first: date) -> list[tuple[int, int, int]]:
    """Person's key, problem, week counted from `first`."""
    zone = ZoneInfo(workspace.time_zone)
    rows = (
        Evidence.objects.filter(problem__workspace=workspace, problem__merged_into=None, voice__author__isnull=False)
        .exclude(voice__kind="praise")
        .values_list("voice__author", "problem", "voice__said_at")
    )
    return [(who, what, (monday(at.astimezone(zone).date()) - first).days // 7) for who, what, at in rows]


def _kept(persons: NDArray[np.int64], account: NDArray[np.int64], asking: NDArray[np.int64]) -> NDArray[np.bool_]:
    """All who asked, their colleagues, and of the others whole accounts drawn until there are 20,000 of them."""
    asked = np.isin(persons, asking)
    own = np.where(account > 0, account, -persons)  # who belongs to no account is one of their own
    keep = np.isin(own, own[asked])
    left = ~keep
    names, sizes = np.unique(own[left], return_counts=True)
    order = np.random.default_rng(SEED).permutation(len(names))
    drawn = order[np.cumsum(sizes[order]) <= SILENT]
    return keep | (left & np.isin(own, names[drawn]))


def _placed(persons: NDArray[np.int64], mine: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    out = np.zeros((len(persons), counts.shape[1]), np.int32)
    there = np.isin(mine, persons)
    out[np.searchsorted(persons, mine[there])] = counts[there]
    return out  # type: ignore[return-value]


def _tenure(
    persons: NDArray[np.int64], counts: dict[str, NDArray[np.int64]], joined: dict[int, int], weeks: int
) -> NDArray[np.int64]:
    """Weeks between joining, or else the first event, and the last column."""
    seen = np.full(len(persons), weeks - 1)
    for table in counts.values():
        did = table.any(axis=1)
        seen = np.where(did, np.minimum(seen, (table > 0).argmax(axis=1)), seen)
    own = [joined.get(int(n), weeks - 1 - int(s)) for n, s in zip(persons, seen, strict=True)]
    return np.maximum(0, np.array(own, np.int64).reshape(-1))


def _shipped(workspace: Workspace, first: date) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    rows = Bet.objects.filter(workspace=workspace, shipped_on__isnull=False).values_list("problems", "shipped_on")
    for problem, day in rows:
        if problem is not None and day is not None:
            found.setdefault(problem, []).append((monday(day) - first).days // 7)
    return {problem: tuple(sorted(weeks)) for problem, weeks in found.items()}
