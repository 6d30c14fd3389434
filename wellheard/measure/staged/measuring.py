"""From a draw to the strongest word the ledger knows: the halves' weeks, read from the events, and their difference."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard.core import journal
from wellheard.decide.models import Bet
from wellheard.people.queries.money import today

from ..described import money_of, others_shown, packed
from ..errors import NotYet
from ..experiment import Effect
from ..floors import EVERYBODY, cell, choose
from ..models import Outcome, Staging
from ..weeks import monday
from .judging import ACTIVE, BEFORE, Halves, Tested, judge_halves
from .weeks import due_on, weeks_compared

if TYPE_CHECKING:
    from wellheard.store import Store

HISTORY = ACTIVE + BEFORE


@dataclass(frozen=True, slots=True)
class Read:
    """People of the draw, rows aligned. `weeks` are those that can be compared: cut short when it was opened early."""

    halves: Halves
    numbers: NDArray[np.int64]
    first_monday: date
    weeks: int
    left_out: int


def staging_of(bet: Bet) -> Staging | None:
    """The draw whose first half has been told: from then on the bet is judged by it."""
    rows = Staging.objects.select_related("bet__workspace", "first", "opening", "workspace")
    return rows.filter(bet=bet, first__published_at__isnull=False).first()


def read(staging: Staging, store: Store) -> Read:
    """Who was erased is gone from it; who asked to be left out is counted and nothing more."""
    weeks = weeks_compared(staging)
    start = monday(staging.first.shipped_on) - timedelta(weeks=HISTORY)
    rows = list(staging.drawn.order_by("pk").values_list("person__number", "unit", "first", "left_out_at"))  # type: ignore[attr-defined]
    kept = [r for r in rows if r[3] is None]
    found = store.reader.weekly_counts(staging.workspace_id, [staging.bet.metric], start, HISTORY + 1 + weeks)
    place = {int(n): i for i, n in enumerate(found.persons)}
    weekly = np.zeros((len(kept), HISTORY + 1 + weeks), np.int64)
    for row, (number, *_) in enumerate(kept):
        if number is not None and number in place:
            weekly[row] = found.counts[place[number]]
    just_before = monday(staging.first.shipped_on) - timedelta(weeks=ACTIVE)
    active = store.reader.weekly_counts(staging.workspace_id, None, just_before, ACTIVE).persons
    numbers = np.array([r[0] or 0 for r in kept], np.int64)
    first, unit = np.array([r[2] for r in kept], bool), np.array([r[1] for r in kept], np.int64)
    halves = Halves(weekly, HISTORY, first, unit, np.isin(numbers, active))
    return Read(halves, numbers, start, weeks, len(rows) - len(kept))


def measure_staged(staging: Staging, store: Store, by: journal.Actor | None = None) -> Outcome:
    """Judge the bet by its draw, and add the verdict to the ledger. Raises NotYet."""
    bet, due = staging.bet, due_on(staging)
    if weeks_compared(staging) < 1:
        raise NotYet("Everybody got it within a week of the first half: there is no week in which the halves differ.")
    if due > today(staging.workspace):
        raise NotYet(f"Half of those who asked have it, the others wait: the verdict is due on {due:%-d %B %Y}.")
    data = read(staging, store)
    wanted = "down" if bet.direction == Bet.Direction.DOWN else "up"
    tested = judge_halves(data.halves, data.weeks, wanted, by_unit=staging.unit == Staging.Unit.ACCOUNT)
    shown = tested.whole
    with journal.record(by or journal.system(bet.workspace_id), "bet.measured") as entry:
        made = Outcome.objects.create(
            workspace=bet.workspace, bet=bet, word=tested.word, level=0 if tested.word == "too few to say" else 3,
            estimate=shown.relative if shown else None, low=shown.relative_low if shown else None,
            high=shown.relative_high if shown else None, asked=tested.people[1], compared=tested.people[0],
            pieces=_pieces(staging, data, tested), release_week=monday(staging.first.shipped_on), measured_to=due - timedelta(days=1),
        )  # fmt: skip
        entry.about(bet, word=made.word, level=made.level, outcome=made.pk)
    return made


def _pieces(staging: Staging, data: Read, tested: Tested) -> dict[str, Any]:
    first, weekly = data.halves.first, data.halves.weekly
    reasons = list(tested.reasons)
    if data.weeks < staging.weeks:
        reasons.append(
            f"It was opened to everybody early, so {data.weeks} of the {staging.weeks} planned weeks could be compared: {staging.reason}"
        )
    if data.left_out:
        reasons.append(f"{data.left_out} asked not to be compared and are counted nowhere.")
    numbers = {"first": data.numbers[first].tolist(), "later": data.numbers[~first].tolist()}
    cells = {name: cell(people) for name, people in numbers.items()}
    shown = choose(cells, [EVERYBODY, *others_shown(staging.bet, "groups", staging.bet.metric)])
    names = [("whole", tested.whole), ("early", tested.early), ("late", tested.late), ("before", tested.before)]
    return {
        "staged": {name: _effect(e) for name, e in names} | {
            "unit": staging.unit, "units": list(tested.units), "people": list(tested.people), "share_p": tested.share_p,
            "weeks": data.weeks, "planned": staging.weeks, "left_out": data.left_out,
        },
        "reasons": reasons,
        "people": numbers | {"askers": numbers["first"]},
        "series": {name: _mean(weekly[half]) if name in shown else [] for name, half in (("first", first), ("later", ~first))},
        "first_monday": data.first_monday.isoformat(),
        "release_week": HISTORY,
        "counts": {"askers": tested.people[1], "mirror": tested.people[0], "asked": int(first.size), "silent": 0, "effective_accounts": min(tested.units)},
        "money": money_of(staging.bet, {"first": numbers["first"], "later": numbers["later"]}),
        "groups": {"cells": packed(cells, shown)},
        "metric": staging.bet.metric,
        "version": staging.bet.version,
    }  # fmt: skip


def _effect(found: Effect | None) -> dict[str, Any] | None:
    if found is None:
        return None
    told = dataclasses.asdict(found)
    return {k: (v if not isinstance(v, float) or np.isfinite(v) else None) for k, v in told.items()}


def _mean(rows: NDArray[np.int64]) -> list[float]:
    return [round(float(x), 3) for x in rows.mean(axis=0)] if len(rows) else []
