"""The bets of a workspace, as rates and expectations are counted from them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wellheard.decide.models import Bet
from wellheard.people.models import Workspace

from ..models import Outcome
from ..queries import newest_outcomes
from .expectations import Calibration, Held, calibration
from .rates import Measured, Rate, by_quarter, rate

HELPED = frozenset({"helped", "likely helped"})


@dataclass(frozen=True, slots=True)
class Track:
    """All measured bets together, by quarter, what was expected of those that could be judged, and those bets."""

    whole: Rate
    quarters: list[Rate]
    calibration: Calibration
    held: list[tuple[Bet, Outcome, Held]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "all": self.whole.as_dict(), "quarters": [q.as_dict() for q in self.quarters], "expectations": self.calibration.as_dict(),
            "bets": [
                {"bet": b.pk, "name": b.name, "expected": h.expected, "low": h.low, "high": h.high, "sure": h.sure, "measured": h.measured,
                 "verdict": o.word}
                for b, o, h in self.held
            ],
        }  # fmt: skip


def track(workspace: Workspace) -> Track:
    bets = list(Bet.objects.filter(workspace=workspace, state=Bet.State.SHIPPED).order_by("-shipped_on", "-pk"))
    newest = newest_outcomes(workspace, bets)
    measured = [Measured(b.shipped_on, o.word, o.level) for b in bets if b.shipped_on and (o := newest.get(b.pk))]
    held = [(b, o, h) for b in bets if (o := newest.get(b.pk)) and (h := _held(b, o))]
    return Track(rate("all", measured), by_quarter(measured), calibration([h for _, _, h in held]), held)


def _held(bet: Bet, found: Outcome) -> Held | None:
    if found.level < 2 or found.estimate is None or found.low is None or found.high is None:
        return None
    sign = -1 if bet.direction == Bet.Direction.DOWN else 1
    low, high = sorted((sign * found.low, sign * found.high))
    return Held(
        bet.name, _share(bet.expected_percent) or 0.0, _share(bet.smallest_percent) or 0.0, _share(bet.expected_low),
        _share(bet.expected_high), bet.sure_percent / 100 if bet.sure_percent is not None else None, sign * found.estimate, low, high,
        found.word in HELPED,
    )  # fmt: skip


def _share(percent: Decimal | None) -> float | None:
    return float(percent) / 100 if percent is not None else None
