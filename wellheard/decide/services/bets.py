"""Bets. A bet says what it expects before work starts; then it is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.understand.models import Problem

from ..models import Bet


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bet states. Percentages are changes of the metric's weekly count per person."""

    name: str
    metric: str
    expected_percent: Decimal
    smallest_percent: Decimal
    window_weeks: int = 5
    direction: str = Bet.Direction.UP
    population: str = ""
    hypothesis: str = ""
    undo_rule: str = ""
    expected_low: Decimal | None = None
    expected_high: Decimal | None = None
    sure_percent: int | None = None

    def check(self) -> None:
        """Raises ValueError with what is missing."""
        if not self.name.strip():
            raise ValueError("Give the bet a name.")
        if not self.metric.strip():
            raise ValueError("Say which behaviour should shift: the name of an event people do.")
        if self.direction not in Bet.Direction.values:
            raise ValueError("The shift goes up or down.")
        if not (self.smallest_percent.is_finite() and self.expected_percent.is_finite()):
            raise ValueError("State the shifts as numbers.")
        if not 0 < self.smallest_percent <= 1000 or not 0 < self.expected_percent <= 1000:
            raise ValueError("State the shifts in percent, above 0 and up to 1000.")
        if self.smallest_percent > self.expected_percent:
            raise ValueError("The smallest shift worth having cannot be larger than the one expected.")
        self._check_range()
        if self.sure_percent is not None and not 0 <= self.sure_percent <= 100:
            raise ValueError("How sure you are is a percentage, from 0 to 100.")
        if not 3 <= self.window_weeks <= 26:
            raise ValueError("The window must be 3 to 26 weeks: shorter says little, longer blurs what caused it.")

    def _check_range(self) -> None:
        low, high = self.expected_low, self.expected_high
        if low is None and high is None:
            return
        if low is None or high is None:
            raise ValueError("Give both ends of the range, or none.")
        if not (low.is_finite() and high.is_finite()) or not -100 <= low <= self.expected_percent <= high <= 1000:
            raise ValueError("The range must hold what you expect, and lie between -100 and 1000 percent.")


def _fields(terms: Terms) -> dict[str, Any]:
    terms.check()
    return {
        **asdict(terms),
        "name": clean.text(terms.name, 140, "The name"),
        "metric": clean.text(terms.metric, 200, "The metric"),
        "population": clean.text(terms.population, 200, "The population"),
        "hypothesis": clean.text(terms.hypothesis, 4000, "The hypothesis"),
        "undo_rule": clean.text(terms.undo_rule, 2000, "The undo rule"),
    }


def _own(access: Access, problems: Sequence[Problem]) -> None:
    if not problems:
        raise ValueError("A bet is about at least one problem.")
    if any(p.workspace_id != access.workspace.pk for p in problems):
        raise ValueError("The problems must be in this workspace.")


def create_bet(access: Access, problems: Sequence[Problem], terms: Terms, horizon: str = "later") -> Bet:
    access.need(Role.EDITOR)
    _own(access, problems)
    fields = _fields(terms)
    with journal.record(access.actor, "bet.created") as entry:
        place = 1 + (Bet.objects.filter(workspace=access.workspace).aggregate(m=Max("place"))["m"] or 0)
        bet = Bet.objects.create(workspace=access.workspace, horizon=_horizon(horizon), place=place, **fields)
        bet.problems.set(problems)
        entry.about(bet, version=1, terms=_told(bet), problems=[p.pk for p in problems])
    return bet


def _horizon(value: str) -> str:
    if value not in ("now", "next", "later"):
        raise ValueError("A bet stands under now, next or later.")
    return value


def _told(bet: Bet) -> dict[str, Any]:
    held = {f: getattr(bet, f) for f in Terms.__dataclass_fields__}
    held = {f: "" if v is None else v for f, v in held.items()}
    return {f: f"{v.normalize():f}" if isinstance(v, Decimal) else str(v) for f, v in held.items()}


def revise_bet(access: Access, bet: Bet, terms: Terms, problems: Sequence[Problem], reason: str = "") -> Bet:
    """Change a bet. Once work has started each change is a new version and needs a reason; once it is judged
    (shipped) its terms stand, for a bet must not be fitted to its result."""
    access.need(Role.EDITOR)
    _own(access, problems)
    fields = _fields(terms)
    if bet.state in (Bet.State.SHIPPED, Bet.State.DROPPED):
        raise ValueError("This bet has shipped or was dropped: its terms stand as they were.")
    if bet.locked and not reason.strip():
        raise ValueError("Work has started, so the bet is locked. Give the reason for a new version.")
    with journal.record(access.actor, "bet.revised", reason.strip()) as entry:
        before = _told(bet)
        for field, value in fields.items():
            setattr(bet, field, value)
        bet.version += 1
        bet.save()
        bet.problems.set(problems)
        after = _told(bet)
        changed = {f: [before[f], after[f]] for f in after if before[f] != after[f]}
        entry.about(bet, version=bet.version, changed=changed, problems=[p.pk for p in problems])
    return bet


def start_bet(access: Access, bet: Bet) -> None:
    """Work starts: from here on the bet is locked."""
    access.need(Role.EDITOR)
    if bet.state != Bet.State.DRAFT:
        raise ValueError("Work on this bet has started already.")
    with journal.record(access.actor, "bet.started") as entry:
        bet.state, bet.started_at, bet.horizon = Bet.State.STARTED, timezone.now(), "now"
        bet.save(update_fields=["state", "started_at", "horizon"])
        entry.about(bet, version=bet.version, terms=_told(bet))


def drop_bet(access: Access, bet: Bet, reason: str) -> None:
    access.need(Role.EDITOR)
    if not reason.strip():
        raise ValueError("Say why it is dropped; those who asked will want to know.")
    if bet.state == Bet.State.SHIPPED:
        raise ValueError("It has shipped; it can be undone in the product, but not dropped.")
    with journal.record(access.actor, "bet.dropped", reason.strip()) as entry:
        bet.state = Bet.State.DROPPED
        bet.save(update_fields=["state"])
        entry.about(bet)


def mark_shipped(bet: Bet, on: date) -> None:
    """Inside the release's service: the bet shipped on this day (the first release counts)."""
    bet.state = Bet.State.SHIPPED
    bet.shipped_on = min(bet.shipped_on or on, on)
    bet.save(update_fields=["state", "shipped_on"])
