"""Reply debt: everyone who asked has a state, from waiting to reached."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Min

from wellheard.people.models import Workspace
from wellheard.understand.models import Evidence, Problem

from ..models import Notice, NoticeState

# Nobody has heard from us in these states, though there is something to tell.
OPEN = (NoticeState.OWED, NoticeState.SENDING, NoticeState.BOUNCED, NoticeState.NO_ADDRESS)

# Something went out to them, or they saw it.
TOLD = (NoticeState.SENT, NoticeState.REACHED)


@dataclass(slots=True)
class Debt:
    """One problem's people. `waiting` asked and nothing has been decided or shipped that they were owed word of;
    `states` counts the notices about it."""

    problem: Problem
    asked: int = 0
    waiting: int = 0
    states: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None

    @property
    def owed(self) -> int:
        return sum(self.states[s] for s in OPEN)

    @property
    def told(self) -> int:
        return sum(self.states[s] for s in TOLD)


def debts(workspace: Workspace, only: Sequence[int] | None = None) -> list[Debt]:
    """Per open problem (or of `only` these): who asked, who waits, who was told; those with most owed first."""
    problems = Problem.objects.filter(workspace=workspace)
    problems = problems.filter(merged_into=None) if only is None else problems.filter(pk__in=only)
    found = {p.pk: Debt(p) for p in problems}
    told: dict[int, set[int]] = defaultdict(set)
    notices = Notice.objects.filter(workspace=workspace)
    if only is not None:
        notices = notices.filter(problem__in=only)
    for problem, person, state in notices.values_list("problem", "person", "state"):
        if problem in found:
            found[problem].states[state] += 1
            told[problem].add(person)
    rows = (
        Evidence.objects.filter(problem__in=found, voice__author__isnull=False)
        .values("problem", "voice__author")
        .annotate(first=Min("voice__said_at"))
    )
    for row in rows:
        debt = found[row["problem"]]
        debt.asked += 1
        if row["voice__author"] not in told[row["problem"]]:
            debt.waiting += 1
            debt.oldest = min(debt.oldest or row["first"], row["first"])
    return sorted(found.values(), key=lambda d: (-d.owed, -d.waiting))


@dataclass(frozen=True, slots=True)
class Owed:
    """The workspace's debt in one line."""

    people: int
    oldest: datetime | None
    unsure: int
    bounced: int
    no_address: int


def owed(workspace: Workspace) -> Owed:
    rows = Notice.objects.filter(workspace=workspace, state__in=OPEN)
    by_state = dict(rows.values_list("state").annotate(n=Count("pk")))
    return Owed(
        rows.values("person").distinct().count(),
        rows.aggregate(o=Min("created_at"))["o"],
        by_state.get(NoticeState.SENDING, 0),
        by_state.get(NoticeState.BOUNCED, 0),
        by_state.get(NoticeState.NO_ADDRESS, 0),
    )


def last_told(workspace: Workspace) -> datetime | None:
    found: datetime | None = Notice.objects.filter(workspace=workspace).aggregate(m=Max("sent_at"))["m"]
    return found
