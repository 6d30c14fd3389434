"""Writing down what rose, once for each problem and week."""

from __future__ import annotations

from wellheard.core import journal
from wellheard.core.models import Entry
from wellheard.people.models import Workspace

from ..models import Problem
from ..queries.signals import Signals, signals


def note_alarms(workspace: Workspace) -> int:
    """Look at the last whole week; alarms that are not in the journal yet go there. Returns how many were new."""
    found: Signals = signals(workspace)
    new = 0
    for one in found.alarms:
        with journal.record(journal.system(workspace.pk), "signal.rose") as entry:
            # Held, so that a second look at the same moment waits and then sees the entry.
            problem = Problem.objects.select_for_update().get(pk=one.problem.pk)
            week = found.week.isoformat()
            told = Entry.objects.filter(
                workspace_id=workspace.pk, thing="problem", thing_id=problem.pk, verb="signal.rose", data__week=week
            )
            if told.exists():
                entry.nothing_changed()
                continue
            r = one.risen
            entry.about(
                problem, name=problem.name, week=week, voices=r.count, expected=round(r.expected, 2), low=r.low, high=r.high,
                p=r.p, watched=len(found.watched), earlier=found.earlier,
            )  # fmt: skip
            new += 1
    return new
