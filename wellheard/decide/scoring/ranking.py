"""The ranking of bets through both lenses, how stable it is, and what would change it first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wellheard.people.models import Workspace

from ..models import Bet
from . import draws
from .formula import Array
from .inputs import LENSES, LIMITS, Inputs, inputs
from .methods import Method, Settings, inputs_behind, method_of, settings_of

STEPS = 80
FARTHEST = 10.0  # times as much, or a tenth


@dataclass(frozen=True, slots=True)
class Stand:
    """A bet through one lens. Ranks count from 1, equal scores share one; nine worlds in ten put it between `low` and
    `high`; `top` is the share of worlds in which it stands first."""

    score: float
    rank: int
    low: int
    high: int
    top: float


@dataclass(frozen=True, slots=True)
class Scored:
    inputs: Inputs
    stands: dict[str, Stand]

    @property
    def bet(self) -> Bet:
        return self.inputs.bet

    @property
    def apart(self) -> int:
        """Places between the two lenses."""
        return self.stands["users"].rank - self.stands["customers"].rank


@dataclass(frozen=True, slots=True)
class Unscored:
    inputs: Inputs
    why: str

    @property
    def bet(self) -> Bet:
        return self.inputs.bet


@dataclass(frozen=True, slots=True)
class Turn:
    """The smallest change of one input that changes the order: `input` of `bet` from `now` to `then`, and `above` overtakes
    `below`. `within`: it lies inside what the input may be anyway (nine worlds in ten)."""

    lens: str
    bet: Bet
    input: str
    now: float
    then: float
    above: Bet
    below: Bet
    within: bool
    top: bool

    @property
    def factor(self) -> float:
        return self.then / self.now

    @property
    def percent(self) -> float:
        return 100 * (self.factor - 1)

    def as_dict(self) -> dict[str, Any]:
        return {
            "lens": self.lens, "bet": self.bet.pk, "input": self.input, "now": self.now, "then": self.then, "above": self.above.pk,
            "below": self.below.pk, "within": self.within, "top": self.top,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranking:
    """`rows` as users rank them. `same`: the method does not tell the lenses apart."""

    method: Method
    settings: Settings
    rows: list[Scored]
    unscored: list[Unscored]
    turns: list[Turn] = field(default_factory=list)
    same: bool = False

    def by(self, lens: str) -> list[Scored]:
        return sorted(self.rows, key=lambda r: (r.stands[lens].rank, r.bet.pk))

    def first_turn(self, lens: str) -> Turn | None:
        return next((t for t in self.turns if t.lens == lens), None)

    def top_turn(self, lens: str) -> Turn | None:
        return next((t for t in self.turns if t.lens == lens and t.top), None)

    def as_dict(self) -> dict[str, Any]:
        return {
            "method": self.method.key,
            "formula": self.settings.formula if self.method.key == "formula" else None,
            "weights": dict(self.settings.weights) if self.method.key == "weighted" else None,
            "scores": [
                {"bet": r.bet.pk, "name": r.bet.name, "inputs": r.inputs.as_dict()}
                | {
                    lens: {"score": s.score, "rank": s.rank, "low": s.low, "high": s.high, "top": round(s.top, 4)}
                    for lens, s in r.stands.items()
                }
                for r in self.rows
            ],
            "unscored": [{"bet": u.bet.pk, "name": u.bet.name, "why": u.why} for u in self.unscored],
            "turns": [t.as_dict() for t in self.turns],
        }


def open_bets(workspace: Workspace) -> list[Bet]:
    states = [Bet.State.DRAFT, Bet.State.STARTED]
    return list(Bet.objects.filter(workspace=workspace, state__in=states).order_by("pk"))


def ranking(workspace: Workspace, key: str = "", bets: Sequence[Bet] | None = None) -> Ranking:
    """Open bets ranked. Raises ValueError for an unknown method."""
    chosen = open_bets(workspace) if bets is None else list(bets)
    settings = settings_of(workspace)
    held = inputs(workspace, chosen)
    return rank([held[b.pk] for b in chosen], settings, key)


def rank(rows: Sequence[Inputs], settings: Settings, key: str = "", count: int = draws.DRAWS) -> Ranking:
    unscored = []
    method = method_of(settings, [r.bet for r in rows], key)
    ready, likely = list(rows), draws.likely(rows)
    held = {lens: method.score(likely, lens) for lens in LENSES} if rows else {}
    fit = []
    for i, row in enumerate(ready):
        why = _why_not(row, method, [float(held[lens][i, 0]) for lens in LENSES])
        if why:
            unscored.append(Unscored(row, why))
        else:
            fit.append(row)
    if not fit:
        return Ranking(method, settings, [], unscored)
    method = method_of(settings, [r.bet for r in fit], key)
    likely, worlds = draws.likely(fit), draws.draw(fit, count)
    stands: list[dict[str, Stand]] = [{} for _ in fit]
    turns: list[Turn] = []
    scores = {}
    for lens in LENSES:
        scores[lens] = method.score(likely, lens)[:, 0]
        for at, stand in enumerate(_stands(scores[lens], method.score(worlds, lens))):
            stands[at][lens] = stand
        turns += _turns(fit, method, likely, worlds, lens)
    scored = [Scored(row, s) for row, s in zip(fit, stands, strict=True)]
    scored.sort(key=lambda r: (r.stands["users"].rank, r.stands["customers"].rank, r.bet.pk))
    same = bool(np.allclose(scores["users"], scores["customers"])) and "reach" not in method.uses
    return Ranking(method, settings, scored, unscored, sorted(turns, key=_far), same)


def _why_not(row: Inputs, method: Method, scores: list[float]) -> str:
    if method.key == "moscow" and not row.bet.moscow:
        return "It stands in no MoSCoW column yet."
    if "effort" in method.uses and row.effort is None:
        return "Nobody has said yet what it takes."
    if not all(np.isfinite(scores)):
        return "The formula has no answer for it, such as a division by zero or the log of zero."
    return ""


def ranks(scores: Array) -> Array:
    """Per column: 1 + how many score strictly more. No score ranks last."""
    held = np.where(np.isfinite(scores), -scores, np.inf)
    from scipy.stats import rankdata  # slow to load, and every command would wait for it

    return np.asarray(rankdata(held, method="min", axis=0)).astype(np.int64)


def _stands(scores: Array, worlds: Array) -> list[Stand]:
    now, drawn = ranks(scores.reshape(-1, 1))[:, 0], ranks(worlds)
    low = np.percentile(drawn, 5, axis=1, method="lower")
    high = np.percentile(drawn, 95, axis=1, method="higher")
    first = drawn == 1
    top = (first / first.sum(axis=0, keepdims=True)).mean(axis=1)
    return [
        Stand(float(s), int(r), int(min(lo, r)), int(max(hi, r)), float(t))
        for s, r, lo, hi, t in zip(scores, now, low, high, top, strict=True)
    ]


def _far(turn: Turn) -> tuple[float, int, str]:
    return abs(float(np.log(turn.factor))), turn.bet.pk, turn.input


def _turns(
    rows: Sequence[Inputs], method: Method, likely: Mapping[str, Array], worlds: Mapping[str, Array], lens: str
) -> list[Turn]:
    """For each input of each bet: the nearest figure at which two bets change places, and the nearest at which the first
    place changes hands."""
    if len(rows) < 2:
        return []
    before = ranks(method.score(likely, lens))[:, 0]
    found: list[Turn] = []
    for name in inputs_behind(method.uses, lens):
        least, most = LIMITS["pain" if name.startswith("pain") else name]
        for i in range(len(rows)):
            now = float(likely[name][i, 0])
            if now < 1e-6:
                continue
            low, high = np.percentile(worlds[name][i], [5, 95])
            nearest: dict[bool, Turn] = {}
            for end in (min(most, now * FARTHEST), max(least, now / FARTHEST)):
                for turn in _walk(rows, method, likely, lens, name, i, now, end, before, (low, high)):
                    if turn.top not in nearest or _far(turn) < _far(nearest[turn.top]):
                        nearest[turn.top] = turn
            found += nearest.values()
    return found


def _walk(
    rows: Sequence[Inputs], method: Method, likely: Mapping[str, Array], lens: str, name: str, i: int, now: float,
    end: float, before: Array, usual: tuple[float, float],
) -> list[Turn]:  # fmt: skip
    """From `now` towards `end` in even steps of proportion, then in finer ones within the step in which the order changed."""
    if end <= 0 or end == now:
        return []

    def orders(points: Array) -> Array:
        changed = {n: np.repeat(v, len(points), axis=1) for n, v in likely.items()}
        changed[name][i] = points
        return ranks(method.score(changed, lens))

    def changes(points: Array, walked: Array, top: bool) -> int | None:
        moved = ((walked == 1) != (before == 1)[:, None]) if top else (walked != before[:, None])
        found = moved.any(axis=0)
        return int(np.argmax(found)) if found.any() else None

    points = _steps(now, end)
    walked = orders(points)
    told = []
    for top in (False, True):
        at = changes(points, walked, top)
        if at is None:
            continue
        finer = _steps(now if at == 0 else float(points[at - 1]), float(points[at]))
        again = orders(finer)
        near = changes(finer, again, top)
        near = STEPS - 1 if near is None else near
        told.append(_named(rows, lens, name, i, now, float(finer[near]), before, again[:, near], usual, top))
    return told


def _steps(first: float, last: float) -> Array:
    """Even steps of proportion from just after `first` to `last`."""
    return np.asarray(first * (last / first) ** (np.arange(1, STEPS + 1) / STEPS))


def _named(
    rows: Sequence[Inputs], lens: str, name: str, i: int, now: float, then: float, before: Array, after: Array,
    usual: tuple[float, float], top: bool,
) -> Turn:  # fmt: skip
    """Who overtakes whom: the bet that was changed, and the one it passes or that passes it."""
    up = after[i] < before[i] or (
        after[i] == before[i] and bool(((after > before) & (np.arange(len(rows)) != i)).any())
    )
    others = [j for j in range(len(rows)) if j != i and after[j] != before[j]] or [
        j for j in range(len(rows)) if j != i
    ]
    other = min(others, key=lambda j: (abs(int(before[j]) - int(before[i])), j))
    above, below = (i, other) if up else (other, i)
    plain = "pain" if name.startswith("pain") else name
    within = bool(usual[0] <= then <= usual[1])
    return Turn(lens, rows[i].bet, plain, now, then, rows[above].bet, rows[below].bet, within, top)
