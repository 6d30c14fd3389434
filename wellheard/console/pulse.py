"""What the loop looks like today: the figures and lists of the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from wellheard import store
from wellheard.core import clean
from wellheard.listen.models import Voice
from wellheard.listen.queries.checkins import due_count
from wellheard.measure.queries import Line, ledger
from wellheard.people.models import Workspace
from wellheard.people.queries import money
from wellheard.people.queries.lenses import known
from wellheard.people.queries.movements import Movements, movements
from wellheard.tell.queries.debt import Owed, owed
from wellheard.understand.models import Evidence
from wellheard.understand.queries.problems import ProblemRow, disagreements, problem_rows


@dataclass(frozen=True, slots=True)
class Change:
    """A count of the last seven days against the seven before."""

    now: int
    before: int

    @property
    def share(self) -> float | None:
        return (self.now - self.before) / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Rising:
    """A problem with more voices this week than chance explains."""

    row: ProblemRow
    count: int
    low: int
    high: int
    quote: Voice | None


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
    rising: list[Rising]
    voices: int
    due: int = 0


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
        rising(workspace, rows),
        Voice.objects.filter(workspace=workspace).count(),
        due_count(workspace),
    )


def rising(workspace: Workspace, rows: list[ProblemRow], most: int = 3) -> list[Rising]:
    """Problems with more voices in the last seven days than their eight weeks before explain, all voices taken into
    account. Poisson; over all problems watched, a false alarm in about one week of twenty."""
    from scipy.stats import poisson  # slow to load, and only this needs it

    begin, end = _window(workspace, 0)
    early = begin - timedelta(weeks=8)
    voices = Voice.objects.filter(workspace=workspace, said_at__gte=early, said_at__lt=end)
    total_now, total_before = voices.filter(said_at__gte=begin).count(), voices.filter(said_at__lt=begin).count()
    if not total_before or not rows:
        return []
    louder = total_now / (total_before / 8)
    counts = {
        r["problem"]: (r["now"], r["was"])
        for r in Evidence.objects.filter(
            problem__in=[r.problem.pk for r in rows], voice__said_at__gte=early, voice__said_at__lt=end
        )
        .values("problem")
        .annotate(
            now=Count("pk", filter=Q(voice__said_at__gte=begin)), was=Count("pk", filter=Q(voice__said_at__lt=begin))
        )
    }
    found = []
    for row in rows:
        now, was = counts.get(row.problem.pk, (0, 0))
        expected = max(was / 8, 0.25) * louder
        if now >= 3 and poisson.sf(now - 1, expected) < 0.05 / len(rows):
            low, high = (int(x) for x in poisson.interval(0.9, expected))
            quote = (
                Voice.objects.filter(evidence__problem=row.problem, said_at__gte=begin)
                .select_related("author", "account")
                .order_by("-said_at")
                .first()
            )
            found.append(Rising(row, now, low, high, quote))
    return sorted(found, key=lambda r: -r.count)[:most]
