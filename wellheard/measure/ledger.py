"""From a shipped bet to the arrays that a verdict is computed from, and to the words a page may show."""

from __future__ import annotations

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

from .staged import weeks
from .weeks import monday

if TYPE_CHECKING:
    from wellheard.store import Store

MOST_HISTORY = 40
LEAST_BEFORE_RELEASE = 12


def due_on(bet: Bet) -> date | None:
    """The first day on which the bet's outcome weeks are over, or those in which half of those who asked waited; None before it ships."""
    if bet.shipped_on is None:
        return None
    staging = getattr(bet, "staging", None)
    if staging is not None and staging.first.published_at is not None:
        return weeks.due_on(staging)
    return monday(bet.shipped_on) + timedelta(weeks=bet.window_weeks + 1)


@dataclass(frozen=True, slots=True)
class Panel:
    """People × weeks of a bet's metric, and what is known of each person; rows are aligned.

    `numbers` are the event store's, `people` the Person rows' keys (0: nobody we know by name); `left_out` are the numbers of
    those whose other wish came true.
    """

    numbers: NDArray[np.int64]
    people: NDArray[np.int64]
    weekly: NDArray[np.int64]
    release_week: int
    account: NDArray[np.int64]
    plan: NDArray[np.str_]
    tenure: NDArray[np.int64]
    asked_week: NDArray[np.int64]
    asked_elsewhere_week: NDArray[np.int64]
    first_monday: date
    left_out: NDArray[np.int64]


def panel(bet: Bet, store: Store, last: int | None = None) -> Panel:
    """Gather what `judge` needs, up to week `last` after the release (the bet's own last one when None).

    Of those who did not ask for this, whoever asked for something that itself shipped in the weeks compared is left out:
    their other wish came true, so they show nothing about ours.
    """
    workspace = bet.workspace
    assert bet.shipped_on is not None
    released = monday(bet.shipped_on)
    last = bet.window_weeks if last is None else last
    history = MOST_HISTORY
    first = released - timedelta(weeks=history)
    weeks = history + 1 + last
    found = store.reader.weekly_counts(workspace.pk, [bet.metric], first, weeks)
    active_weeks = np.flatnonzero(found.counts.sum(axis=0))
    skip = int(active_weeks[0]) if active_weeks.size else history - LEAST_BEFORE_RELEASE
    skip = min(max(skip, 0), history)
    first += timedelta(weeks=skip)
    counts = found.counts[:, skip:]
    t0 = history - skip

    asks = _asks(bet, released, first, last)
    named = Person.objects.filter(workspace=workspace, pk__in=asks.keys()).values_list("pk", "number")
    numbers_of = {pk: number for pk, number in named if number is not None}
    extra = sorted({n for pk, n in numbers_of.items()} - set(found.persons.tolist()))
    numbers = np.concatenate([found.persons, np.array(extra, dtype=np.int64)])
    weekly = np.concatenate([counts, np.zeros((len(extra), counts.shape[1]), np.int64)])
    accounts = np.concatenate([found.accounts, np.zeros(len(extra), np.int64)])
    place = {int(n): i for i, n in enumerate(numbers)}

    asked = np.full(len(numbers), -1, np.int64)
    elsewhere = np.full(len(numbers), -1, np.int64)
    drop = np.zeros(len(numbers), bool)
    for pk, ask in asks.items():
        row = place.get(numbers_of.get(pk, -1))
        if row is None:
            continue
        asked[row], elsewhere[row] = ask.here, ask.elsewhere
        drop[row] = ask.here < 0 and ask.came_true_elsewhere
    keep = ~drop
    left_out = numbers[drop]
    numbers, weekly, accounts = numbers[keep], weekly[keep], accounts[keep]
    known = dict(Person.objects.filter(workspace=workspace).exclude(number=None).values_list("number", "pk"))
    plans = dict(Account.objects.filter(workspace=workspace).exclude(number=None).values_list("number", "plan"))
    first_seen = np.where(weekly.any(axis=1), (weekly > 0).argmax(axis=1), t0)
    joined = joined_weeks(workspace, released)
    people = np.array([known.get(int(n), 0) for n in numbers], dtype=np.int64)
    tenure = np.array(
        [max(0, joined.get(int(pk), int(t0 - seen))) for pk, seen in zip(people, first_seen, strict=True)],
        dtype=np.int64,
    )
    return Panel(
        numbers,
        people,
        weekly,
        t0,
        np.where(accounts > 0, accounts, -1),
        np.array([plans.get(int(a), "") for a in accounts], dtype=np.str_),
        tenure,
        asked[keep],
        elsewhere[keep],
        first,
        left_out,
    )


def joined_weeks(workspace: Workspace, released: date) -> dict[int, int]:
    """Person → weeks between joining (a trait the team may send) and the release."""
    found = {}
    rows = Person.objects.filter(workspace=workspace, traits__has_key="joined").values_list("pk", "traits__joined")
    for pk, value in rows:
        try:
            found[pk] = (released - date.fromisoformat(str(value)[:10])).days // 7
        except ValueError:
            continue
    return found


@dataclass(slots=True)
class _Ask:
    here: int = -1
    elsewhere: int = -1
    came_true_elsewhere: bool = False


def _asks(bet: Bet, released: date, first: date, last: int) -> dict[int, _Ask]:
    """Person → the last week before the release in which they asked for this, and for something else."""
    ours = set(bet.problems.values_list("pk", flat=True))
    begin, end = released - timedelta(weeks=12), released + timedelta(weeks=last + 1)
    shipped = set(
        Bet.objects.filter(workspace=bet.workspace, shipped_on__gte=begin, shipped_on__lt=end)
        .exclude(pk=bet.pk)
        .values_list("problems", flat=True)
    )
    rows = (
        Evidence.objects.filter(
            problem__workspace=bet.workspace, problem__merged_into=None, voice__author__isnull=False
        )
        .exclude(voice__kind="praise")
        .values_list("voice__author", "problem", "voice__said_at")
    )
    zone = ZoneInfo(bet.workspace.time_zone)
    found: dict[int, _Ask] = {}
    for person, problem, said_at in rows:
        week = (monday(said_at.astimezone(zone).date()) - first).days // 7
        if (week - (released - first).days // 7) >= 0:
            continue
        week = max(0, week)
        ask = found.setdefault(person, _Ask())
        if problem in ours:
            ask.here = max(ask.here, week)
        else:
            ask.elsewhere = max(ask.elsewhere, week)
            ask.came_true_elsewhere |= problem in shipped
    return found


def is_due(bet: Bet) -> bool:
    due = due_on(bet)
    return due is not None and due <= today(bet.workspace)
