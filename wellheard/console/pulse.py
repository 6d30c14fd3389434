"""What the loop looks like today: the figures and lists of the home page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count

from wellheard import store
from wellheard.core import clean
from wellheard.listen.models import Voice
from wellheard.listen.queries.checkins import due_count
from wellheard.measure.fading.queries import alarms
from wellheard.measure.models import Fading
from wellheard.measure.queries import Line, ledger
from wellheard.measure.reminders import Waiting, waiting
from wellheard.people.models import Workspace
from wellheard.people.queries import money
from wellheard.people.queries.lenses import known
from wellheard.people.queries.movements import Movements, movements
from wellheard.tell.queries.debt import Owed, owed
from wellheard.understand.queries.problems import ProblemRow, disagreements, problem_rows
from wellheard.understand.queries.signals import Signals, signals


@dataclass(frozen=True, slots=True)
class Change:
    """A count of the last seven days against the seven before."""

    now: int
    before: int

    @property
    def share(self) -> float | None:
        return (self.now - self.before) / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Pulse:
    active_people: Change | None
    active_accounts: Change | None
    spoke_people: Change
    spoke_accounts: Change
    never_people: float | None
    never_revenue: float | None
    movements: Movements
    owed: Owed
    problems: list[ProblemRow]
    disagree: list[ProblemRow]
    ledger: list[Line]
    signals: Signals
    voices: int
    due: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    faded: list[Fading] = field(default_factory=list)


def _window(workspace: Workspace, days_ago: int) -> tuple[datetime, datetime]:
    """Seven whole days that ended `days_ago` days before today, in the workspace's zone."""
    end = money.today(workspace) - timedelta(days=days_ago)
    return clean.midnight(end - timedelta(days=7), workspace.time_zone), clean.midnight(end, workspace.time_zone)


def _spoke(workspace: Workspace, days_ago: int) -> tuple[int, int]:
    begin, end = _window(workspace, days_ago)
    rows = Voice.objects.filter(workspace=workspace, said_at__gte=begin, said_at__lt=end)
    found = rows.aggregate(p=Count("author", distinct=True), a=Count("account", distinct=True))
    return found["p"], found["a"]


def _active(workspace: Workspace, first: date, last: date) -> tuple[int, int] | None:
    try:
        reader = store.get().reader
    except store.StoreError:
        return None
    return len(reader.people_behind(workspace.pk, None, first, last)), len(
        reader.accounts_behind(workspace.pk, None, first, last)
    )


def pulse(workspace: Workspace) -> Pulse:
    today = money.today(workspace)
    now_p, now_a = _spoke(workspace, 0)
    was_p, was_a = _spoke(workspace, 7)
    active_now = _active(workspace, today - timedelta(days=7), today - timedelta(days=1))
    active_was = _active(workspace, today - timedelta(days=14), today - timedelta(days=8))
    rows = problem_rows(workspace)
    people = known(workspace).count()
    silent = known(workspace).filter(voices=None).count()
    cents = money.cents_by_account(workspace, today)
    spoken = set(Voice.objects.filter(workspace=workspace, account__in=cents).values_list("account", flat=True))
    total = sum(cents.values())
    return Pulse(
        Change(active_now[0], active_was[0]) if active_now and active_was else None,
        Change(active_now[1], active_was[1]) if active_now and active_was else None,
        Change(now_p, was_p),
        Change(now_a, was_a),
        silent / people if people else None,
        sum(c for a, c in cents.items() if a not in spoken) / total if total else None,
        movements(workspace, today - timedelta(days=30), today),
        owed(workspace),
        rows,
        disagreements(rows),
        ledger(workspace),
        signals(workspace),
        Voice.objects.filter(workspace=workspace).count(),
        due_count(workspace),
        waiting(workspace),
        alarms(workspace),
    )
