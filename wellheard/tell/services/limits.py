"""Setting how often people may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import FollowNotice, Limits, Mail, Notice, NoticeState, Purpose, Reply

MOST, MOST_DAYS = 100, 365


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to hold from now on. `quiet_from` and `quiet_until` both or none; `gaps` is purpose → days, those not
    named stay as they are."""

    per_week: int
    per_month: int
    quiet_from: time | None
    quiet_until: time | None
    gaps: Mapping[str, int]


def clock(said: str, what: str) -> time | None:
    """A time of day such as 20:00; nothing is none."""
    if not said.strip():
        return None
    try:
        found = time.fromisoformat(said.strip())
    except ValueError:
        raise ValueError(f"{what}: {said.strip()[:20]!r} is no time of day. Write one such as 20:00.") from None
    return found.replace(second=0, microsecond=0, tzinfo=None)


def whole(said: Any, what: str, least: int, most: int) -> int:
    text = str(said).strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and least <= int(text) <= most):
        raise ValueError(f"{what}: give a whole number from {least} to {most}.")
    return int(text)


def set_limits(access: Access, wanted: Wanted) -> Limits:
    """Holds at once, also for what waits: it is looked at anew. Raises ValueError naming what does not fit."""
    access.need(Role.OWNER)
    week = whole(wanted.per_week, "Mails a week", 1, MOST)
    month = whole(wanted.per_month, "Mails in 30 days", 1, MOST)
    if month < week:
        raise ValueError("In 30 days at least as many mails must be allowed as in a week.")
    if (wanted.quiet_from is None) != (wanted.quiet_until is None):
        raise ValueError("Quiet hours have a beginning and an end. Give both, or neither for none.")
    if wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until:
        raise ValueError("Quiet hours that end when they begin would last all day. Leave both empty for none.")
    for purpose in wanted.gaps:
        if purpose not in Purpose.values:
            raise ValueError(f"{purpose!r} is no kind of mail. There are {', '.join(Purpose.values)}.")
    gaps = {
        k: whole(v, f"Days between two mails ({Purpose(k).label.lower()})", 0, MOST_DAYS)
        for k, v in wanted.gaps.items()
    }
    with journal.record(access.actor, "budget.set") as entry:
        held, _ = Limits.objects.get_or_create(workspace=access.workspace)
        held = Limits.objects.select_for_update().get(pk=held.pk)
        before = told(held)
        held.per_week, held.per_month, held.gaps = week, month, {**held.gaps, **gaps}
        held.quiet_from, held.quiet_until = wanted.quiet_from, wanted.quiet_until
        held.save()
        if told(held) == before:
            entry.nothing_changed()
            return held
        entry.about(held, before=before, after=told(held))
        look_again(access.workspace.pk)
    return held


def look_again(workspace: int) -> None:
    """What the budget holds back is due now: the limits decide anew."""
    Notice.objects.filter(workspace=workspace, state=NoticeState.OWED).exclude(held="").update(
        next_try_at=None, held=""
    )
    for kind in (FollowNotice, Reply):
        rows = kind._default_manager.filter(workspace=workspace, mail=Mail.OWED)
        rows.exclude(held="").update(next_try_at=None, held="")


def told(limits: Limits) -> dict[str, Any]:
    """The limits as the API, the command line and the journal tell them."""
    return {
        "per_week": limits.per_week,
        "per_month": limits.per_month,
        "quiet_from": f"{limits.quiet_from:%H:%M}" if limits.quiet_from else None,
        "quiet_until": f"{limits.quiet_until:%H:%M}" if limits.quiet_until else None,
        "gaps": {p.value: limits.gaps.get(p.value, 0) for p in Purpose},
    }
