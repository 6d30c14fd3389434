"""What a bet costs and brings, for us and for one customer: ranges in, ranges out, never one number.

Each line's worth is drawn from the triangle low, likely, high; monthly lines count for the workspace's months, hours at its
worth of an hour. The lines are taken to be independent. Nine worlds in ten lie between `low` and `high`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellheard.people.models import Workspace

from .models import Bet, Line, Scheme
from .scoring.draws import SEED
from .scoring.formula import Array

DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Range:
    """In cents, or as a proportion (1.5: one and a half times what it costs, on top of it)."""

    low: float
    likely: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {"low": round(self.low, 4), "likely": round(self.likely, 4), "high": round(self.high, 4)}


@dataclass(frozen=True, slots=True)
class Worth:
    """How a workspace counts: cents an hour for us and for a customer, and over how many months."""

    hour_cents: int = 8000
    customer_hour_cents: int = 4000
    months: int = 12

    def of_hour(self, side: str) -> int:
        return self.hour_cents if side == Line.Side.US else self.customer_hour_cents


@dataclass(frozen=True, slots=True)
class Sum:
    """One side. `roi` is None without a cost; `gains` is the share of worlds in which it brings more than it costs; `pays_back`
    is after how many months the likely figures have paid for themselves, None if not within the months counted."""

    side: str
    lines: list[Line]
    cost: Range
    benefit: Range
    net: Range
    roi: Range | None
    gains: float
    pays_back: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "cost_cents": self.cost.as_dict(), "benefit_cents": self.benefit.as_dict(), "net_cents": self.net.as_dict(),
            "roi": self.roi.as_dict() if self.roi else None, "gains": round(self.gains, 4), "pays_back_months": self.pays_back,
            "lines": [line_as_dict(line) for line in self.lines],
        }  # fmt: skip


def line_as_dict(line: Line) -> dict[str, Any]:
    return {
        "id": line.pk, "side": line.side, "kind": line.kind, "name": line.name, "unit": line.unit, "every": line.every,
        "low": line.low, "likely": line.likely, "high": line.high,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """Costs and benefits of a bet; a side without lines is None."""

    bet: Bet
    worth: Worth
    us: Sum | None
    customer: Sum | None

    @property
    def sides(self) -> list[Sum]:
        return [s for s in (self.us, self.customer) if s]

    def as_dict(self) -> dict[str, Any]:
        return {
            "bet": self.bet.pk, "name": self.bet.name, "months": self.worth.months, "hour_cents": self.worth.hour_cents,
            "customer_hour_cents": self.worth.customer_hour_cents,
            "us": self.us.as_dict() if self.us else None, "customer": self.customer.as_dict() if self.customer else None,
        }  # fmt: skip


def worth_of(workspace: Workspace) -> Worth:
    scheme = Scheme.objects.filter(workspace=workspace).first()
    return Worth(scheme.hour_cents, scheme.customer_hour_cents, scheme.months) if scheme else Worth()


def account_of(bet: Bet) -> Account:
    return weighed(bet, list(bet.lines.order_by("side", "kind", "pk")), worth_of(bet.workspace))


def accounts_of(workspace: Workspace, bets: Sequence[Bet]) -> list[Account]:
    """Only bets of which anything is known."""
    worth = worth_of(workspace)
    lines: dict[int, list[Line]] = {}
    for line in Line.objects.filter(workspace=workspace, bet__in=list(bets)).order_by("side", "kind", "pk"):
        lines.setdefault(line.bet_id, []).append(line)
    return [weighed(b, lines[b.pk], worth) for b in bets if b.pk in lines]


def weighed(bet: Bet, lines: Sequence[Line], worth: Worth) -> Account:
    sides = {side: [line for line in lines if line.side == side] for side in Line.Side.values}
    us, customer = (_sum(side, held, worth) if held else None for side, held in sides.items())
    return Account(bet, worth, us, customer)


def cents(line: Line, amount: float | Array, worth: Worth) -> Any:
    """An amount of a line in cents over all months counted."""
    each = amount * worth.of_hour(line.side) / 100 if line.unit == Line.Unit.HOURS else amount
    return each * (worth.months if line.every == Line.Every.MONTH else 1)


def _sum(side: str, lines: list[Line], worth: Worth) -> Sum:
    held = {Line.Kind.COST: np.zeros(DRAWS), Line.Kind.BENEFIT: np.zeros(DRAWS)}
    for line in lines:
        rng = np.random.default_rng([SEED, line.pk or 0])
        amounts = (
            rng.triangular(line.low, line.likely, line.high, DRAWS)
            if line.high > line.low
            else np.full(DRAWS, float(line.likely))
        )
        held[Line.Kind(line.kind)] += cents(line, amounts, worth)
    cost, benefit = held[Line.Kind.COST], held[Line.Kind.BENEFIT]
    net = benefit - cost
    roi = _range(net / cost) if (cost > 0).all() else None
    return Sum(
        side, lines, _range(cost), _range(benefit), _range(net), roi, float((net > 0).mean()), _pays_back(lines, worth)
    )


def _range(values: Array) -> Range:
    low, middle, high = np.percentile(values, [5, 50, 95])
    return Range(float(low), float(middle), float(high))


def _pays_back(lines: Sequence[Line], worth: Worth) -> float | None:
    one = Worth(worth.hour_cents, worth.customer_hour_cents, 1)
    signed = [
        (line.every, cents(line, line.likely, one) * (1 if line.kind == Line.Kind.BENEFIT else -1)) for line in lines
    ]
    once = sum(v for every, v in signed if every == Line.Every.ONCE)
    monthly = sum(v for every, v in signed if every == Line.Every.MONTH)
    if once >= 0:
        return 0.0 if once + monthly * worth.months > 0 else None
    if monthly <= 0 or -once / monthly > worth.months:
        return None
    return round(-once / monthly, 1)
