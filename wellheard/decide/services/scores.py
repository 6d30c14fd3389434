"""Writes of scores: inputs that members give, and how the workspace scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Bet, Given, Input, Scheme
from ..scoring import formula
from ..scoring.inputs import LIMITS
from ..scoring.methods import NAMES, WEIGHABLE

COUNTED = (Input.USERS, Input.CUSTOMERS, Input.REVENUE, Input.PAIN)


@dataclass(frozen=True, slots=True)
class Figure:
    """One given input; units as in `models_scores.Given`."""

    likely: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str = ""

    def check(self, name: str) -> Figure:
        what = Input(name).label
        least, most = LIMITS[name]
        held = [v for v in (self.low, self.likely, self.high) if v is not None]
        if not all(v.is_finite() for v in held):
            raise ValueError(f"{what}: state numbers.")
        if any(not Decimal(str(least)) <= v <= Decimal(str(most)) for v in held):
            raise ValueError(f"{what} lies between {least:g} and {most:g}.")
        if held != sorted(held):
            raise ValueError(f"{what}: low, likely and high go upwards.")
        reason = clean.text(self.reason, 500, "The reason")
        if name in COUNTED and not reason:
            raise ValueError(f"{what} is counted from evidence. Say why another figure should stand.")
        return Figure(self.likely, self.low, self.high, reason)


def give_inputs(access: Access, bet: Bet, figures: Mapping[str, Figure | None]) -> None:
    """Set inputs of a bet; None takes one back, so that it is counted again. Others stay. Nothing changed: no entry."""
    access.need(Role.EDITOR)
    unknown = [n for n in figures if n not in Input.values]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is no input. Use {', '.join(Input.values)}.")
    _open(bet)
    checked = {name: f.check(name) if f else None for name, f in figures.items()}
    with journal.record(access.actor, "bet.weighed") as entry:
        Bet.objects.select_for_update().get(pk=bet.pk)
        before = {g.name: g for g in Given.objects.filter(bet=bet)}
        changed = {}
        for name, figure in checked.items():
            old = before.get(name)
            was = Figure(old.likely, old.low, old.high, old.reason) if old else None
            if was == figure:
                continue
            changed[name] = [_told(was), _told(figure)]
            if figure is None:
                Given.objects.filter(bet=bet, name=name).delete()
            else:
                values = {"low": figure.low, "likely": figure.likely, "high": figure.high, "reason": figure.reason}
                Given.objects.update_or_create(
                    bet=bet, name=name,
                    defaults={**values, "workspace": access.workspace, "given_by": access.actor.name[:120]},
                )  # fmt: skip
        if not changed:
            entry.nothing_changed()
        entry.about(bet, changed=changed)


def _told(figure: Figure | None) -> str:
    if figure is None:
        return ""
    held = [f"{v.normalize():f}" for v in (figure.low, figure.likely, figure.high) if v is not None]
    return " – ".join(held) + (f" ({figure.reason})" if figure.reason else "")


def _open(bet: Bet) -> None:
    if bet.state in (Bet.State.SHIPPED, Bet.State.DROPPED):
        raise ValueError("This bet has shipped or was dropped: what was said of it stands.")


def set_scheme(
    access: Access, method: str, weights: Mapping[str, Any] | None = None, text: str | None = None
) -> Scheme:
    """How the workspace scores. Weights are 0 to 100; a formula is checked before it is kept."""
    access.need(Role.EDITOR)
    if method not in Scheme.Method.values:
        raise ValueError(f"{method[:20]!r} is no method. Use {', '.join(Scheme.Method.values)}.")
    kept = _weights(weights) if weights is not None else None
    read = _formula(text) if text is not None else None
    with journal.record(access.actor, "scores.set") as entry:
        scheme, _ = Scheme.objects.select_for_update().get_or_create(workspace=access.workspace)
        scheme.method = method
        scheme.weights = kept if kept is not None else scheme.weights
        scheme.formula = read if read is not None else scheme.formula
        scheme.save()
        entry.about(scheme, method=method, weights=scheme.weights, formula=scheme.formula)
    return scheme


def _weights(given: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in given.items():
        if name not in WEIGHABLE:
            raise ValueError(f"{str(name)[:40]!r} cannot be weighed. Use {', '.join(WEIGHABLE)}.")
        try:
            weight = float(str(value).replace(",", ".") or 0)
        except ValueError:
            weight = -1.0
        if not 0 <= weight <= 100:
            raise ValueError(f"The weight of {name} is a number from 0 to 100.")
        found[name] = weight
    if not sum(found.values()):
        raise ValueError("Give at least one input a weight above 0.")
    return found


__all__ = ["Figure", "give_inputs", "set_scheme"]


def _formula(text: str) -> str:
    read = formula.parse(text, NAMES)
    if not read.names:
        raise formula.Wrong(f"every bet would score the same. Name at least one of {', '.join(sorted(NAMES))}.", 1)
    return read.text
