"""What is due: check-ins by day, the latest first, and what came of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wellheard.people.models import Account, Member, Person, Workspace
from wellheard.people.queries.money import today

from ..models import CheckIn, Talk

SOON = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One cadence. `late`: days since it was due, below zero while it is not; `last` the latest one held."""

    check_in: CheckIn
    late: int
    last: Talk | None

    @property
    def state(self) -> str:
        return "overdue" if self.late > 0 else "due" if self.late == 0 else "soon" if self.late >= -SOON else "later"

    def as_dict(self) -> dict[str, Any]:
        c = self.check_in
        return {
            "id": c.pk, "with": "person" if c.person_id else "account", "person": c.person_id, "account": c.account_id,
            "name": str(c.whom), "every_days": c.every_days, "due": c.due, "days_late": max(0, self.late), "state": self.state,
            "responsible": str(c.responsible) if c.responsible else None, "about": c.about,
            "stopped": c.stopped_at is not None, "last_held": self.last.at if self.last else None,
            "last_mood": (self.last.mood or None) if self.last else None,
        }  # fmt: skip


def rows(workspace: Workspace, mine: Member | None = None, which: str = "") -> list[Row]:
    """All that are planned, the most overdue first; of one colleague; `which`: due (today or late), soon, or all."""
    now = today(workspace)
    held = CheckIn.objects.filter(workspace=workspace, stopped_at=None)
    if mine is not None:
        held = held.filter(responsible=mine)
    if which == "due":
        held = held.filter(due__lte=now)
    elif which == "soon":
        held = held.filter(due__lte=now + timedelta(SOON))
    return _rows(list(held.select_related("person", "account", "responsible__user").order_by("due", "pk")), now)


def row(check_in: CheckIn) -> Row:
    return _rows([check_in], today(check_in.workspace))[0]


def _rows(held: list[CheckIn], now: date) -> list[Row]:
    last: dict[int, Talk] = {}
    for at in range(0, len(held), 500):
        talks = Talk.objects.filter(check_in__in=held[at : at + 500], what=Talk.What.HELD).order_by("at", "pk")
        last.update({t.check_in_id: t for t in talks})
    return [Row(c, (now - c.due).days, last.get(c.pk)) for c in held]


def due_count(workspace: Workspace, member: Member | None = None) -> int:
    held = CheckIn.objects.filter(workspace=workspace, stopped_at=None, due__lte=today(workspace))
    return (held if member is None else held.filter(responsible=member)).count()


def late_by_account(workspace: Workspace) -> dict[int, int]:
    """Account → days its check-in is late; below one while it is not."""
    now = today(workspace)
    held = CheckIn.objects.filter(workspace=workspace, stopped_at=None, account__isnull=False)
    found: dict[int, int] = {}
    for account, due in held.values_list("account", "due"):
        found[account] = max(found.get(account, -10_000), (now - due).days)
    return found


def of(thing: Person | Account) -> CheckIn | None:
    """The cadence with somebody, if one is planned."""
    return thing.check_ins.filter(stopped_at=None).select_related("responsible__user").order_by("due").first()


def talks(thing: Person | Account) -> list[Talk]:
    side = {"check_in__person": thing} if isinstance(thing, Person) else {"check_in__account": thing}
    return list(Talk.objects.filter(**side).select_related("check_in").order_by("-at", "-pk")[:200])
