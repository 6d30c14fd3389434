"""Tying a problem to what people do who have it, and untying it."""

from __future__ import annotations

from typing import Any

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Role, Segment
from wellheard.people.segments import registry
from wellheard.people.segments.evaluation import find
from wellheard.people.segments.rule import check, decode
from wellheard.understand.models import Problem

from .did import did
from .models import Pattern

MOST_DAYS = 730
MOST = 12  # of one problem


def did_it(event: str, days: int, times: int = 1) -> tuple[str, dict[str, Any]]:
    """(name, rule) of whoever did it at least so often in the last days."""
    _event(event)
    often = f" at least {times} times" if times > 1 else ""
    rule = {"what": "did", "event": event.strip(), "times": times, "days": _days(days)}
    return f"did {event.strip()}{often} in {days} days", {"match": "all", "of": [rule]}


def stopped_short(event: str, never: str, days: int) -> tuple[str, dict[str, Any]]:
    """(name, rule) of whoever did the one and not the other: a step of a funnel that was not reached."""
    _event(event)
    _event(never)
    if did(event) == did(never):
        raise ValueError("The step they do not reach must be another one than the step they do.")
    rules = [
        {"what": "did", "event": event.strip(), "days": _days(days)},
        {"what": "did", "event": never.strip(), "count": "at_most", "times": 0, "days": days},
    ]
    return f"did {event.strip()} but not {never.strip()} in {days} days", {"match": "all", "of": rules}


def in_segment(segment: Segment) -> tuple[str, dict[str, Any]]:
    """(name, rule) of whoever is in a segment; for one of accounts, the people in them."""
    return f"in “{segment.name}”", {"match": "all", "of": [{"what": "segment", "segment": segment.pk}]}


def _event(text: str) -> None:
    if did(text).anything:
        raise ValueError("Name an event: whoever did anything is everybody.")


def _days(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"Days: between 1 and {MOST_DAYS}.")
    return days


def read(
    access: Access, event: str = "", never: str = "", segment: str = "", days: int = 90, times: int = 1
) -> tuple[str, dict[str, Any]]:
    """(name, rule) of what a form, a program or a command line gave. Raises ValueError."""
    if bool(event.strip()) == bool(segment.strip()):
        raise ValueError("Name an event, or a segment.")
    if segment.strip():
        if never.strip():
            raise ValueError("“But not” goes with an event, not with a segment.")
        return in_segment(find(access.workspace, segment))
    if never.strip():
        return stopped_short(event, never, days)
    if not 1 <= times <= 1000:
        raise ValueError("Times: between 1 and 1,000.")
    return did_it(event, days, times)


def tie(access: Access, problem: Problem, name: str, rule: dict[str, Any]) -> Pattern:
    """Raises ValueError for a rule that cannot be asked, a problem that was merged away, and a repeat."""
    access.need(Role.EDITOR)
    if problem.merged_into_id:
        raise ValueError("This problem was merged into another; tie it there.")
    asked = decode(rule)
    check(asked, access.workspace, "people")
    decoded = asked.plain()
    with journal.record(access.actor, "pattern.tied") as entry:
        Problem.objects.select_for_update().get(pk=problem.pk)  # so that two of a name do not slip in
        held = Pattern.objects.filter(problem=problem)
        if held.filter(name=name[:120]).exists():
            raise ValueError("It is tied to that already.")
        if held.count() >= MOST:
            raise ValueError(f"At most {MOST} for a problem. Take one off first.")
        made = Pattern.objects.create(
            workspace=access.workspace, problem=problem, name=name[:120], rule=decoded, made_by=access.actor.name[:120]
        )
        entry.about(problem, name=made.name, pattern=made.pk, rule=decoded)
    return made


def untie(access: Access, pattern: Pattern) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "pattern.untied") as entry:
        entry.about(pattern.problem, name=pattern.name, pattern=pattern.pk, rule=pattern.rule)
        pattern.delete()


@registry.used_by
def patterns_of(segment: Segment) -> list[str]:
    """Problems that are tied to this segment: it cannot be deleted while they are."""
    from wellheard.people.segments.own import named_in

    rows = Pattern.objects.filter(workspace=segment.workspace_id).select_related("problem")
    return sorted({f"problem “{p.problem}”" for p in rows if segment.pk in named_in(p.rule)})
