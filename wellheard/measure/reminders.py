"""Verdicts that are due: remembered in the journal, and kept in sight until somebody decided what follows from them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from wellheard.core.clean import day_of
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services.reminding import remind
from wellheard.people.models import Workspace

from .ledger import due_on, is_due
from .models import Outcome
from .queries import newest_outcomes

log = logging.getLogger(__name__)


def remind_due() -> int:
    """Write the reminders that are due, for every workspace; how many."""
    written = 0
    for bet in Bet.objects.filter(state=Bet.State.SHIPPED).select_related("workspace"):
        due = due_on(bet)
        if due is None or bet.reminded_for == due or not is_due(bet):
            continue
        try:
            written += remind(bet, due)
        except Exception:  # one bet must not keep the others from their reminders
            log.exception("no reminder could be written for bet %s", bet.pk)
    return written


@dataclass(frozen=True, slots=True)
class Beside:
    """What was measured beside what was expected; shares: 0.3 is 30 % more, −0.3 less. `says` is one of the WORDS."""

    expected: float
    smallest: float
    outcome: Outcome
    says: str

    def as_dict(self) -> dict[str, Any]:
        o = self.outcome
        return {
            "expected": self.expected, "smallest": self.smallest, "estimate": o.estimate, "low": o.low, "high": o.high,
            "verdict": o.word, "says": self.says,
        }  # fmt: skip


NO_NUMBER = "there is no number to hold against it"
UNCLEAR = "no shift was shown, so it cannot be held against what was expected"
WRONG_WAY = "it went the other way"
TOO_SMALL = "smaller than was worth having"
WORTH = "at least as large as was worth having"
OPEN = "it may or may not be as large as was worth having"


def beside(bet: Bet, outcome: Outcome) -> Beside:
    """Both ends of the interval must lie on one side of a mark before we say so; and no more than the verdict itself."""
    sign = -1 if bet.direction == Bet.Direction.DOWN else 1
    expected, smallest = sign * float(bet.expected_percent) / 100, sign * float(bet.smallest_percent) / 100
    if outcome.estimate is None or outcome.low is None or outcome.high is None:
        return Beside(expected, smallest, outcome, NO_NUMBER)
    low, high = sorted((sign * outcome.low, sign * outcome.high))
    if high < 0:
        says = WRONG_WAY
    elif high < abs(smallest):
        says = TOO_SMALL
    elif low <= 0:
        says = UNCLEAR
    else:
        says = WORTH if low >= abs(smallest) else OPEN
    return Beside(expected, smallest, outcome, says)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A verdict that is due and of which nobody has decided anything yet."""

    bet: Bet
    due: date
    beside: Beside | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "bet": self.bet.pk, "name": self.bet.name, "due": self.due.isoformat(), "undo_rule": self.bet.undo_rule,
            "measured": self.beside.as_dict() if self.beside else None,
        }  # fmt: skip


def waiting(workspace: Workspace, bets: list[Bet] | None = None) -> list[Waiting]:
    """Shipped bets whose weeks are over and on which no decision was made since; the longest due first."""
    if bets is None:
        bets = list(Bet.objects.filter(workspace=workspace, state=Bet.State.SHIPPED).select_related("workspace"))
    due = [(b, on) for b in bets if b.state == Bet.State.SHIPPED and (on := due_on(b)) and is_due(b)]
    answered: dict[int, date] = {}
    rows = Decision.objects.filter(bet__in=[b for b, _ in due], withdrawn_at=None).order_by("decided_at")
    for decision in rows:
        if decision.bet_id is not None:
            answered[decision.bet_id] = day_of(decision.decided_at, workspace.time_zone)
    verdicts = newest_outcomes(workspace, [b for b, _ in due])
    found = [
        Waiting(b, on, beside(b, verdicts[b.pk]) if b.pk in verdicts else None)
        for b, on in due
        if b.pk not in answered or answered[b.pk] < on
    ]
    return sorted(found, key=lambda w: (w.due, w.bet.pk))
