"""Problems through the two lenses: who has them, what they pay, how it changes, and where lenses disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from wellheard.people.models import Workspace
from wellheard.people.queries.lenses import Lenses, Sight
from wellheard.people.queries.money import today

from ..models import Evidence, Problem


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem in a list. `users` people, `customers` paying accounts spoken for by buyers, `cents` a month of
    all accounts it touches; ranks are 1-based among the listed problems, `recent` voices of the last 28 days."""

    problem: Problem
    voices: int
    users: int
    customers: int
    accounts: int
    cents: int
    customer_cents: int
    recent: int
    before: int
    newest: datetime | None
    user_rank: int
    customer_rank: int

    @property
    def gap(self) -> int:
        return self.user_rank - self.customer_rank


@dataclass(slots=True)
class _Tally:
    voices: int = 0
    recent: int = 0
    before: int = 0
    newest: datetime | None = None


def problem_rows(workspace: Workspace, include_closed: bool = False) -> list[ProblemRow]:
    """All confirmed problems, most users first. One pass over the evidence."""
    problems = Problem.objects.filter(workspace=workspace, merged_into=None)
    if not include_closed:
        problems = problems.filter(closed_at=None)
    held = {p.pk: p for p in problems}
    pairs: dict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    now = timezone.now()
    month, two = now - timedelta(days=28), now - timedelta(days=56)
    rows = Evidence.objects.filter(problem__in=held).values_list(
        "problem", "voice__author", "voice__account", "voice__said_at"
    )
    for problem, author, account, said_at in rows:
        pairs[problem].append((author, account))
        t = tallies[problem]
        t.voices += 1
        t.recent += said_at > month
        t.before += two < said_at <= month
        t.newest = max(t.newest or said_at, said_at)
    sight = Sight(workspace)
    seen = {pk: sight.look(pairs[pk]) for pk in held}
    by_users = _ranks({pk: (len(s.users), tallies[pk].voices) for pk, s in seen.items()})
    by_customers = _ranks({pk: (s.customer_cents, len(s.customers)) for pk, s in seen.items()})
    found = [
        ProblemRow(
            problem,
            tallies[pk].voices,
            len(seen[pk].users),
            len(seen[pk].customers),
            len(seen[pk].accounts),
            seen[pk].cents,
            seen[pk].customer_cents,
            tallies[pk].recent,
            tallies[pk].before,
            tallies[pk].newest,
            by_users[pk],
            by_customers[pk],
        )
        for pk, problem in held.items()
    ]
    return sorted(found, key=lambda r: (r.user_rank, r.problem.pk))


def _ranks(scores: dict[int, tuple[int, int]]) -> dict[int, int]:
    order = sorted(scores, key=lambda pk: scores[pk], reverse=True)
    return {pk: i for i, pk in enumerate(order, 1)}


def disagreements(rows: Sequence[ProblemRow], most: int = 5) -> list[ProblemRow]:
    """Problems that users and customers rank most differently, largest gap first."""
    apart = [r for r in rows if abs(r.gap) >= 2 and r.voices]
    return sorted(apart, key=lambda r: -abs(r.gap))[:most]


@dataclass(frozen=True, slots=True)
class Trend:
    """Voices per week, oldest first; `starts` are Mondays in the workspace's zone."""

    starts: list[date]
    users: list[int]
    customers: list[int]
    voices: list[int]


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """All that a problem's page counts."""

    problem: Problem
    voices: int
    lenses: Lenses
    trend: Trend
    channels: list[tuple[str, int]]
    relayed: int
    states: list[tuple[str, int]]


def problem_detail(problem: Problem, weeks: int = 26) -> ProblemDetail:
    workspace = problem.workspace
    rows = list(
        Evidence.objects.filter(problem=problem).values_list(
            "voice__author",
            "voice__account",
            "voice__said_at",
            "voice__channel",
            "voice__relayed_by",
            "voice__account_state",
        )
    )
    sight = Sight(workspace)
    zone = ZoneInfo(workspace.time_zone)
    this_monday = today(workspace) - timedelta(days=today(workspace).weekday())
    starts = [this_monday - timedelta(weeks=weeks - 1 - i) for i in range(weeks)]
    voices, users, customers = [0] * weeks, [0] * weeks, [0] * weeks
    by_week: dict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
    for author, account, said_at, *_ in rows:
        week = (said_at.astimezone(zone).date() - starts[0]).days // 7
        if 0 <= week < weeks:
            voices[week] += 1
            by_week[week].append((author, account))
    for week, pairs in by_week.items():
        seen = sight.look(pairs)
        users[week], customers[week] = len(seen.users), len(seen.customers)
    return ProblemDetail(
        problem,
        len(rows),
        sight.look((a, c) for a, c, *_ in rows),
        Trend(starts, users, customers, voices),
        Counter(r[3] for r in rows).most_common(),
        sum(bool(r[4]) for r in rows),
        Counter(r[5] for r in rows).most_common(),
    )
