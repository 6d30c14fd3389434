"""Reads of the outcome ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace

from .ledger import due_on
from .models import Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One bet in the ledger: its newest verdict, or when it is due."""

    bet: Bet
    outcome: Outcome | None
    due: date | None

    def as_dict(self) -> dict[str, Any]:
        o = self.outcome
        return {
            "bet": self.bet.name,
            "verdict": o.word if o else None,
            "level": o.level if o else None,
            "estimate": o.estimate if o else None,
            "low": o.low if o else None,
            "high": o.high if o else None,
            "asked": o.asked if o else None,
            "compared": o.compared if o else None,
            "due": self.due.isoformat() if self.due and not o else None,
        }


def ledger(workspace: Workspace) -> list[Line]:
    """Shipped bets, newest release first, each with its newest verdict."""
    bets = Bet.objects.filter(workspace=workspace, state=Bet.State.SHIPPED).order_by("-shipped_on", "-pk")
    bets = bets.select_related("staging__first", "staging__bet")
    newest = newest_outcomes(workspace, bets)
    return [Line(bet, newest.get(bet.pk), due_on(bet)) for bet in bets]


def newest_outcomes(workspace: Workspace, bets: Iterable[Bet]) -> dict[int, Outcome]:
    """Bet → its newest verdict; bets without one are left out."""
    found: dict[int, Outcome] = {}
    for outcome in Outcome.objects.filter(workspace=workspace, bet__in=bets).order_by("measured_at", "pk"):
        found[outcome.bet_id] = outcome
    return found
