"""Follow-ups: what is still to be done for those whom decisions hurt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from wellheard.people.models import Member, Workspace
from wellheard.people.queries.money import today

from ..models import Acknowledgement, Decision, FollowUp


@dataclass(frozen=True, slots=True)
class Row:
    """`late` days past its due day; negative while it is not due."""

    follow_up: FollowUp
    late: int

    def as_dict(self) -> dict[str, Any]:
        f = self.follow_up
        return {
            "id": f.pk, "decision": f.decision_id, "account": f.account_id, "account_name": f.account.name if f.account else "",
            "what": f.what, "owner": f.owner_name, "due": f.due.isoformat(), "state": f.state, "late": self.late if f.state == "open" else 0,
            "note": f.note, "made_by": f.made_by, "closed_by": f.closed_by,
            "closed_at": f.closed_at.isoformat() if f.closed_at else None,
        }  # fmt: skip


def _rows(found: QuerySet[FollowUp], now: date) -> list[Row]:
    related = found.select_related("account", "owner__user", "decision__bet", "decision__problem", "decision__idea")
    return [Row(f, (now - f.due).days) for f in related]


def rows(workspace: Workspace, which: str = "open", member: Member | None = None) -> list[Row]:
    """`which`: open, due (today or overdue), closed or all; the longest overdue first, closed ones newest first."""
    found, now = FollowUp.objects.filter(workspace=workspace), today(workspace)
    if which in ("open", "due"):
        found = found.filter(state=FollowUp.State.OPEN)
    if which == "due":
        found = found.filter(due__lte=now)
    if which == "closed":
        found = found.exclude(state=FollowUp.State.OPEN)
    if member is not None:
        found = found.filter(owner=member)
    order = ("-closed_at", "-pk") if which == "closed" else ("state", "due", "pk")
    return _rows(found.order_by(*order)[:500], now)


def of_decision(decision: Decision) -> list[Row]:
    return _rows(decision.follow_ups.order_by("-state", "due", "pk"), today(decision.workspace))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits on one member: decisions to acknowledge, their open follow-ups that are due; and everybody's."""

    acknowledge: list[Decision]
    mine_due: int
    due: int
    open: int


def waiting(workspace: Workspace, member: Member | None) -> Waiting:
    asked = Acknowledgement.objects.filter(
        workspace=workspace, member=member, at=None, decision__published_at=None, decision__withdrawn_at=None
    )
    related = asked.select_related("decision__bet", "decision__problem", "decision__idea").order_by("pk")
    still = FollowUp.objects.filter(workspace=workspace, state=FollowUp.State.OPEN)
    due = still.filter(due__lte=today(workspace))
    return Waiting(
        [a.decision for a in related] if member else [], due.filter(owner=member).count() if member else 0, due.count(),
        still.count(),
    )  # fmt: skip
