"""What a page shows of a staged release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import QuerySet

from wellheard.decide.models import Bet
from wellheard.people.models import Person
from wellheard.people.queries.money import today
from wellheard.store import Store, StoreError
from wellheard.tell.queries.notices import whom

from ..models import Flag, Staging
from ..weeks import monday
from .drawing import enough
from .judging import ACTIVE, BEFORE, smallest_shown
from .letting_in import FOR_ALL, NAMED
from .services import eligible, grouped
from .weeks import due_on, opens_on, weeks_compared

if TYPE_CHECKING:
    from ..models import Drawn


@dataclass(frozen=True, slots=True)
class Choice:
    """What a draw by this unit would be; `shown` is the proportional change it would show four times in five, if anything is known."""

    unit: str
    word: str
    units: int
    enough: bool
    shown: float | None


@dataclass(frozen=True, slots=True)
class Before:
    """Before the draw: how many asked, how many of them can be told, what each way to draw would give."""

    asked: int
    can_be_told: int
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Standing:
    """A draw as it stands; counts are people and drawn units, of the first half and of the others."""

    staging: Staging
    people: tuple[int, int]
    units: tuple[int, int]
    left_out: int
    opens_on: date | None
    due: date | None
    weeks: int
    opened_on: date | None
    flag: Flag | None = None

    @property
    def flag_word(self) -> str:
        """What the flag of the draw does now."""
        if self.flag is None:
            return "there is none of this key any more: nobody is let in by it"
        if self.flag.killed_at is not None:
            return "switched off: nobody has it"
        rules = self.flag.definition.get("rules", [])
        if any(r.get("name") == FOR_ALL for r in rules):
            return "lets in everybody"
        if any(r.get("name") == NAMED for r in rules):
            return "lets in the first half"
        return "lets in nobody yet" if self.state == "drawn" else "does not let in the first half"

    @property
    def state(self) -> str:
        return self.staging.state


def before(bet: Bet, store: Store | None) -> Before:
    people = eligible(bet)
    choices = []
    for unit, word in Staging.Unit.choices:
        units = grouped(people, unit)
        count = len(set(units.values()))
        choices.append(Choice(unit, word, count, enough(len(people), count), _shown(bet, units, store)))
    return Before(len(whom([bet])), len(people), choices)


def _shown(bet: Bet, units: dict[int, int], store: Store | None) -> float | None:
    """From the newest whole weeks: as many as the bet compares, and the eight before them."""
    if store is None or not units:
        return None
    weeks = bet.window_weeks
    start = monday(today(bet.workspace)) - timedelta(weeks=weeks + BEFORE)
    try:
        found = store.reader.weekly_counts(bet.workspace_id, [bet.metric], start, weeks + BEFORE)
        since = start + timedelta(weeks=BEFORE - ACTIVE)
        active = set(store.reader.weekly_counts(bet.workspace_id, None, since, ACTIVE).persons.tolist())
    except StoreError:
        return None
    rows_of = Person.objects.filter(pk__in=units).values_list("pk", "number")
    numbers = {pk: number for pk, number in rows_of if number is not None}
    place = {int(n): i for i, n in enumerate(found.persons)}
    sums: dict[int, list[float]] = {}
    for pk, unit in units.items():
        number = numbers.get(pk, -1)
        if number not in active:
            continue
        held = sums.setdefault(unit, [0.0, 0.0])
        if (row := place.get(number)) is not None:
            held[0] += float(found.counts[row, BEFORE:].sum())
            held[1] += float(found.counts[row, :BEFORE].sum())
    rows = np.array(list(sums.values()) or [[0.0, 0.0]])
    return smallest_shown(rows[:, 0], rows[:, 1])


def standing(bet: Bet) -> Standing | None:
    staging = (
        Staging.objects.select_related("bet__workspace", "first", "opening", "segment", "workspace")
        .filter(bet=bet)
        .first()
    )
    if staging is None:
        return None
    rows = list(staging.drawn.values_list("first", "unit", "left_out_at"))  # type: ignore[attr-defined]
    first = [r for r in rows if r[0]]
    told = staging.first.published_at is not None
    return Standing(
        staging, (len(first), len(rows) - len(first)), (len({r[1] for r in first}), len({r[1] for r in rows if not r[0]})),
        sum(r[2] is not None for r in rows), opens_on(staging) if told else None, due_on(staging) if told else None,
        weeks_compared(staging), staging.opened_on,
        Flag.objects.filter(workspace=staging.workspace_id, key=staging.flag, archived_at=None).first() if staging.flag else None,
    )  # fmt: skip


def drawn(staging: Staging, half: str = "") -> QuerySet[Drawn]:
    """Everybody in the draw by name; `half` is first, later or left_out."""
    rows = staging.drawn.select_related("person").order_by("person__name", "person")  # type: ignore[attr-defined]
    if half in ("first", "later"):
        rows = rows.filter(first=half == "first")
    elif half == "left_out":
        rows = rows.exclude(left_out_at=None)
    return rows  # type: ignore[no-any-return]
