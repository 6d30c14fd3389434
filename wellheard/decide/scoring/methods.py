"""From inputs to scores. Everything is an array of bets × worlds, so one figure and two thousand are computed alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..models import Bet, Scheme
from . import formula as own
from .formula import Array

NAMES = frozenset({"reach", "users", "customers", "revenue", "pain", "effort", "confidence"})
WEIGHABLE = ("reach", "revenue", "pain", "confidence", "effort")
DEFAULT_WEIGHTS = {"reach": 40, "revenue": 20, "pain": 20, "confidence": 10, "effort": 10}
DEFAULT_FORMULA = "reach * pain * confidence / effort"
ORDER = {Bet.Moscow.MUST: 3, Bet.Moscow.SHOULD: 2, Bet.Moscow.COULD: 1, Bet.Moscow.WONT: 0}

Scorer = Callable[[Mapping[str, Array], str], Array]


@dataclass(frozen=True, slots=True)
class Method:
    """`score(values, lens)`; nan where there is no score. `uses`: the inputs that can move it; `note` says what it does."""

    key: str
    name: str
    note: str
    score: Scorer
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a workspace scores, with what is not set filled in."""

    method: str = Scheme.Method.RICE
    weights: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    formula: str = DEFAULT_FORMULA


def settings_of(workspace: Any) -> Settings:
    scheme = Scheme.objects.filter(workspace=workspace).first()
    if scheme is None:
        return Settings()
    return Settings(scheme.method, scheme.weights or dict(DEFAULT_WEIGHTS), scheme.formula or DEFAULT_FORMULA)


def seen(values: Mapping[str, Array], lens: str) -> dict[str, Array]:
    """The inputs as a formula sees them through a lens: revenue in whole money, confidence from 0 to 1."""
    return {
        "reach": values[lens], "users": values["users"], "customers": values["customers"], "revenue": values["revenue"] / 100,
        "pain": values[f"pain_{lens}"], "effort": values["effort"], "confidence": values["confidence"] / 100,
    }  # fmt: skip


def _rice(values: Mapping[str, Array], lens: str) -> Array:
    v = seen(values, lens)
    return np.asarray(v["reach"] * v["pain"] * v["confidence"] / v["effort"])


def _weighted(weights: Mapping[str, float]) -> Scorer:
    """Each input as its share of the largest among the bets; effort the other way round. 0 to 100."""
    total = sum(weights.values()) or 1.0

    def score(values: Mapping[str, Array], lens: str) -> Array:
        v = seen(values, lens)
        found = np.zeros_like(v["reach"] + v["effort"])
        for name, weight in weights.items():
            top = np.nanmax(v[name], axis=0, keepdims=True)
            with np.errstate(all="ignore"):
                share = np.where(top > 0, v[name] / top, 0.0)
            found = found + weight / total * ((1 - share) if name == "effort" else share)
        return np.asarray(100 * found)

    return score


def _moscow(bets: Sequence[Bet]) -> Scorer:
    """The column first, RICE within it. The part before the point says the column, so columns never mix."""
    column = np.array([[float(ORDER.get(b.moscow, -1))] for b in bets])  # type: ignore[call-overload]

    def score(values: Mapping[str, Array], lens: str) -> Array:
        rice = _rice(values, lens)
        return np.asarray(np.where(column < 0, np.nan, column + rice / (rice + 1000.0)))

    return score


def method_of(settings: Settings, bets: Sequence[Bet], key: str = "") -> Method:
    """Raises ValueError for an unknown method or a formula that cannot be used."""
    key = key or settings.method
    if key == Scheme.Method.RICE:
        note = "Reach × pain × confidence ÷ effort: what a week of work does for how many."
        return Method(key, "RICE", note, _rice, frozenset({"reach", "pain", "confidence", "effort"}))
    if key == Scheme.Method.MOSCOW:
        note = "Must before should before could before won’t, as members said; RICE orders each column."
        return Method(key, "MoSCoW", note, _moscow(bets), frozenset({"reach", "pain", "confidence", "effort"}))
    if key == Scheme.Method.WEIGHTED:
        weights = {k: float(w) for k, w in settings.weights.items() if w}
        note = "Each input as its share of the largest among these bets, by your weights; less effort is better."
        return Method(key, "Weighted sum", note, _weighted(weights), frozenset(weights))
    if key == Scheme.Method.FORMULA:
        read = own.parse(settings.formula, NAMES)
        return Method(key, "Own formula", read.text, lambda v, lens: read.compute(seen(v, lens)), read.names)
    raise ValueError(f"{key[:20]!r} is no method. Use {', '.join(Scheme.Method.values)}.")


def inputs_behind(uses: frozenset[str], lens: str) -> list[str]:
    """The drawn inputs that a method reads through a lens."""
    found = {lens if n == "reach" else f"pain_{lens}" if n == "pain" else n for n in uses}
    return [n for n in ("users", "customers", "revenue", f"pain_{lens}", "effort", "confidence") if n in found]
