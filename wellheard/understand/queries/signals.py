"""Which problems rose in the last whole week more than chance explains, over all open problems together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, Max, Min
from django.utils import timezone

from wellheard.core.clean import midnight
from wellheard.core.models import Entry
from wellheard.listen.models import Voice
from wellheard.people.models import Workspace
from wellheard.people.queries.money import today

from .. import rising
from ..models import Evidence, Problem
from ..rising import ALARM, BEFORE, LEAST_BAND, Risen

MOST_WEEKS = 104  # earlier ones


@dataclass(frozen=True, slots=True)
class Band:
    """A problem's voices week by week, oldest first, the last whole week last; `low` to `high` hold nine weeks of ten when nothing
    changes. `starts` are Mondays in the workspace's zone."""

    starts: list[date]
    voices: list[int]
    expected: list[float]
    low: list[int]
    high: list[int]


@dataclass(frozen=True, slots=True)
class Watched:
    """An open problem and what is said of its last whole week; `quote` only where the alarm is raised."""

    problem: Problem
    risen: Risen
    band: Band
    quote: Voice | None = None

    @property
    def times(self) -> float | None:
        return self.risen.count / self.risen.expected if self.risen.expected > 0 else None

    def as_dict(self) -> dict[str, Any]:
        r = self.risen
        return {
            "id": self.problem.pk, "name": self.problem.name, "voices": r.count, "expected": round(r.expected, 2), "low": r.low,
            "high": r.high, "p": r.p, "p_alone": r.alone, "weeks_as_extreme": r.record, "of_weeks": r.of, "variance_over_poisson": round(r.surplus, 2),
            "alarm": r.alarm, "says": r.word,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signals:
    """One look at the week from Monday `week`. `earlier` whole weeks it is held against; `cannot` says why nothing can be said."""

    week: date
    earlier: int
    voices: int
    watched: list[Watched] = field(default_factory=list)
    cannot: str = ""

    @property
    def last_day(self) -> date:
        return self.week + timedelta(days=6)

    @property
    def alarms(self) -> list[Watched]:
        return [w for w in self.watched if w.risen.alarm]

    def as_dict(self) -> dict[str, Any]:
        return {
            "week": self.week.isoformat(), "earlier_weeks": self.earlier, "voices": self.voices, "watched": len(self.watched),
            "false_alarms_per_look": ALARM, "cannot": self.cannot, "alarms": [w.problem.pk for w in self.alarms],
            "problems": [w.as_dict() for w in self.watched],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """Voices of all problems (rows in the order of `problems`) and of everybody, per whole week, the last week last."""

    starts: list[date]
    problems: list[int]
    counts: np.ndarray
    volume: np.ndarray


def last_week(workspace: Workspace) -> date:
    """The Monday of the last week that is over."""
    now = today(workspace)
    return now - timedelta(days=now.weekday() + 7)


def signals(workspace: Workspace) -> Signals:
    """The alarms first, then by how unlikely. Every open problem is watched."""
    held = counted(workspace)
    week = held.starts[-1] if held.starts else last_week(workspace)
    voices = int(held.volume[-1]) if held.starts else 0
    earlier = max(0, len(held.starts) - 1)
    if earlier < BEFORE:
        return Signals(week, earlier, voices, [], _too_short(earlier))
    problems = Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).in_bulk()
    at = [i for i, pk in enumerate(held.problems) if pk in problems]
    found = rising.look(held.counts[at], held.volume)
    bands = _bands(held, at)
    rows = [
        Watched(problem, risen, band, _quote(problem, week) if risen.alarm else None)
        for problem, risen, band in zip((problems[held.problems[i]] for i in at), found, bands, strict=True)
    ]
    rows.sort(key=lambda w: (not w.risen.alarm, w.risen.p, w.risen.alone, -w.risen.count, w.problem.pk))
    return Signals(week, earlier, voices, rows)


def _too_short(earlier: int) -> str:
    return (
        f"Voices are known of {earlier} whole week{'' if earlier == 1 else 's'} before the last; from {BEFORE} on it can be "
        "said what a usual week looks like."
    )


def band_of(problem: Problem, weeks: int = 26) -> Band | None:
    """The problem's last weeks with what chance lets expect of each; None while too few weeks are known."""
    held = counted(problem.workspace)
    if len(held.starts) - 1 < BEFORE or problem.pk not in held.problems:
        return None
    return _bands(held, [held.problems.index(problem.pk)], weeks)[0]


def _bands(held: Counted, at: list[int], weeks: int = 26) -> list[Band]:
    """Variance is learnt from all problems, whichever are asked for."""
    if not at:
        return []
    exposed = rising.exposures(held.counts, held.volume)
    over = rising.surplus(held.counts, exposed)
    low, high, expected = rising.band(held.counts[at], exposed[at], over[at])
    weeks = min(weeks, len(held.starts) - LEAST_BAND)
    return [
        Band(
            held.starts[-weeks:], [int(n) for n in held.counts[i][-weeks:]], [round(float(x), 2) for x in expected[row][-weeks:]],
            [int(n) for n in low[row][-weeks:]], [int(n) for n in high[row][-weeks:]],
        )
        for row, i in enumerate(at)
    ]  # fmt: skip


def _quote(problem: Problem, week: date) -> Voice | None:
    zone = problem.workspace.time_zone
    rows = Voice.objects.filter(
        evidence__problem=problem,
        said_at__gte=midnight(week, zone),
        said_at__lt=midnight(week + timedelta(days=7), zone),
    )
    return rows.select_related("author", "account").order_by("-said_at", "-pk").first()


_lock = threading.Lock()
_held: OrderedDict[int, tuple[tuple[Any, ...], Counted]] = OrderedDict()


def counted(workspace: Workspace) -> Counted:
    """Kept until a voice or a piece of evidence comes, goes or moves to another time."""
    week = last_week(workspace)
    voices = Voice.objects.filter(workspace=workspace)
    placed = Evidence.objects.filter(problem__workspace=workspace)
    marks = (
        voices.aggregate(n=Count("pk"), last=Max("pk"), first=Min("said_at"), changed=Max("changed_at")),
        placed.aggregate(n=Count("pk"), last=Max("pk"), at=Max("placed_at")),
        sorted(Problem.objects.filter(workspace=workspace).values_list("pk", "merged_into", "closed_at")),
    )
    mark = (week, workspace.time_zone, repr(marks))
    with _lock:
        if workspace.pk in _held and _held[workspace.pk][0] == mark:
            return _held[workspace.pk][1]
    found = _count(workspace, week, marks[0]["first"])
    with _lock:
        _held[workspace.pk] = (mark, found)
        _held.move_to_end(workspace.pk)
        while len(_held) > 32:
            _held.popitem(last=False)
    return found


def _count(workspace: Workspace, week: date, first: datetime | None) -> Counted:
    zone = ZoneInfo(workspace.time_zone)
    keys = list(
        Problem.objects.filter(workspace=workspace, merged_into=None).order_by("pk").values_list("pk", flat=True)
    )
    if first is None or first >= timezone.now():
        return Counted([], keys, np.zeros((len(keys), 0)), np.zeros(0))
    began = first.astimezone(zone).date()
    # The week in which voices began is only part of a week.
    whole = began - timedelta(days=began.weekday()) + timedelta(days=0 if began.weekday() == 0 else 7)
    weeks = min(MOST_WEEKS + 1, max(0, (week - whole).days // 7 + 1))
    starts = [week - timedelta(weeks=weeks - 1 - i) for i in range(weeks)]
    if not weeks:
        return Counted([], keys, np.zeros((len(keys), 0)), np.zeros(0))
    edges = np.asarray([midnight(s, workspace.time_zone).timestamp() for s in [*starts, week + timedelta(days=7)]])
    within = {
        "said_at__gte": midnight(starts[0], workspace.time_zone), "said_at__lt": midnight(week + timedelta(days=7), workspace.time_zone)
    }  # fmt: skip
    said = Voice.objects.filter(workspace=workspace, **within).values_list("said_at", flat=True)
    volume = np.zeros(weeks)
    stamps = np.fromiter((at.timestamp() for at in said.iterator(chunk_size=20_000)), float)
    np.add.at(volume, np.searchsorted(edges, stamps, side="right") - 1, 1)
    counts = np.zeros((len(keys), weeks))
    place = {pk: i for i, pk in enumerate(keys)}
    rows = Evidence.objects.filter(
        problem__in=keys, **{f"voice__{k}": v for k, v in within.items()}
    ).values_list("problem", "voice__said_at")  # fmt: skip
    for problem, at in rows.iterator(chunk_size=20_000):
        counts[place[problem], int(np.searchsorted(edges, at.timestamp(), side="right")) - 1] += 1
    return Counted(starts, keys, counts, volume)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that was raised, as it stands in the journal."""

    problem: int
    name: str
    week: date
    voices: int
    low: int
    high: int
    p: float
    at: datetime


def raised(workspace: Workspace, problem: Problem | None = None, limit: int = 50) -> list[Alarm]:
    """Alarms of the past, newest first."""
    rows = Entry.objects.filter(workspace_id=workspace.pk, thing="problem", verb="signal.rose").order_by("-pk")
    if problem is not None:
        rows = rows.filter(thing_id=problem.pk)
    entries = list(rows[:limit])
    names = dict(Problem.objects.filter(pk__in=[e.thing_id for e in entries]).values_list("pk", "name"))
    return [
        Alarm(
            e.thing_id or 0, names.get(e.thing_id or 0, e.data.get("name", "")), date.fromisoformat(e.data["week"]), e.data["voices"],
            e.data["low"], e.data["high"], e.data["p"], e.at,
        )
        for e in entries
    ]  # fmt: skip
