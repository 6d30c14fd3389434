"""Later looks and alarms, as pages and programs show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace
from wellheard.people.queries.money import today
from wellheard.understand.models import Problem

from ..models import Fading, Outcome, Relook
from ..weeks import monday
from .rule import windows
from .services import LATE, first_verdict


@dataclass(frozen=True, slots=True)
class Later:
    """A bet's first verdict, the later looks, the alarm if there is one, and when the next look is due."""

    verdict: Outcome | None
    looks: list[Relook]
    fading: Fading | None
    next: date | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "looks": [look(r) for r in self.looks],
            "faded": alarm(self.fading) if self.fading else None,
            "next": self.next,
        }


def later(bet: Bet) -> Later:
    verdict = first_verdict(bet)
    looks = list(Relook.objects.filter(bet=bet).order_by("first"))
    fading = Fading.objects.select_related("bet", "relook", "outcome").filter(bet=bet).first()
    due = None
    if verdict is not None and bet.shipped_on is not None:
        seen = {r.first for r in looks}
        ahead = [
            monday(bet.shipped_on) + timedelta(weeks=b + 1) + LATE
            for a, b in windows(bet.window_weeks)
            if a not in seen
        ]
        due = max(ahead[0], today(bet.workspace)) if ahead else None
    return Later(verdict, looks, fading, due)


def alarms(workspace: Workspace) -> list[Fading]:
    """Alarms nobody dismissed, newest first."""
    rows = Fading.objects.filter(workspace=workspace, dismissed_at=None)
    return list(rows.select_related("bet", "relook", "outcome").order_by("-raised_at", "-pk"))


def alarms_of(problem: Problem) -> list[Fading]:
    rows = Fading.objects.filter(bet__problems=problem, dismissed_at=None)
    return list(rows.select_related("bet", "relook", "outcome").order_by("-raised_at", "-pk"))


def look(found: Relook) -> dict[str, Any]:
    return {
        "first": found.first, "last": found.last, "verdict": found.word, "level": found.level, "estimate": found.estimate,
        "low": found.low, "high": found.high, "asked": found.asked, "compared": found.compared, "measured_at": found.measured_at,
    }  # fmt: skip


def alarm(found: Fading) -> dict[str, Any]:
    return {
        "bet": found.bet_id, "name": found.bet.name, "was": found.outcome.word, "estimate": found.outcome.estimate,
        "look": look(found.relook), "raised_at": found.raised_at, "dismissed_at": found.dismissed_at,
        "dismissed_by": found.dismissed_by, "reason": found.reason,
    }  # fmt: skip
