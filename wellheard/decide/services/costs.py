"""Writes of what bets cost and bring."""

from __future__ import annotations

from dataclasses import dataclass

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Bet, Line, Scheme

LARGEST = 10**13  # cents, or hundredths of an hour
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One cost or benefit as somebody typed it. Amounts are cents or hundredths of an hour."""

    side: str
    kind: str
    name: str
    low: int
    likely: int
    high: int
    unit: str = "money"
    every: str = "once"

    def check(self) -> Entry:
        for what, value, choices in (
            ("side", self.side, Line.Side), ("kind", self.kind, Line.Kind), ("unit", self.unit, Line.Unit), ("every", self.every, Line.Every),
        ):  # fmt: skip
            if value not in choices.values:
                raise ValueError(f"{what} is one of {', '.join(choices.values)}, not {value[:20]!r}.")
        name = clean.text(self.name, 140, "The name")
        if not name:
            raise ValueError("Say what it is, such as “development” or “hours saved”.")
        if not 0 <= self.low <= self.likely <= self.high <= LARGEST:
            raise ValueError(
                "Low, likely and high go upwards, from 0; benefits and costs are both written without a sign."
            )
        return Entry(self.side, self.kind, name, self.low, self.likely, self.high, self.unit, self.every)


FIELDS = ("side", "kind", "name", "unit", "every", "low", "likely", "high")


def _told(line: Line) -> dict[str, object]:
    return {f: getattr(line, f) for f in FIELDS}


def add_line(access: Access, bet: Bet, given: Entry) -> Line:
    access.need(Role.EDITOR)
    checked = given.check()
    with journal.record(access.actor, "bet.cost_added") as entry:
        if Line.objects.filter(bet=bet).count() >= MOST_LINES:
            raise ValueError(f"A bet has at most {MOST_LINES} lines; put small ones together.")
        made = Line.objects.create(workspace=access.workspace, bet=bet, **{f: getattr(checked, f) for f in FIELDS})
        entry.about(bet, line=made.pk, **_told(made))
    return made


def change_line(access: Access, line: Line, given: Entry) -> Line:
    access.need(Role.EDITOR)
    checked = given.check()
    with journal.record(access.actor, "bet.cost_changed") as entry:
        before = _told(line)
        for field in FIELDS:
            setattr(line, field, getattr(checked, field))
        line.save()
        if (after := _told(line)) == before:
            entry.nothing_changed()
        entry.about(line.bet, line=line.pk, changed={f: [before[f], after[f]] for f in FIELDS if before[f] != after[f]})
    return line


def drop_line(access: Access, line: Line) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "bet.cost_dropped") as entry:
        entry.about(line.bet, line=line.pk, **_told(line))
        line.delete()


def set_worth(access: Access, hour_cents: int, customer_hour_cents: int, months: int) -> Scheme:
    """What an hour is worth, and over how many months monthly costs and benefits count."""
    access.need(Role.EDITOR)
    if not 0 <= hour_cents <= 10**7 or not 0 <= customer_hour_cents <= 10**7:
        raise ValueError("An hour is worth between 0 and 100,000.")
    if not 1 <= months <= 120:
        raise ValueError("Count over 1 to 120 months.")
    with journal.record(access.actor, "worth.set") as entry:
        scheme, _ = Scheme.objects.select_for_update().get_or_create(workspace=access.workspace)
        scheme.hour_cents, scheme.customer_hour_cents, scheme.months = hour_cents, customer_hour_cents, months
        scheme.save(update_fields=["hour_cents", "customer_hour_cents", "months"])
        entry.about(scheme, hour_cents=hour_cents, customer_hour_cents=customer_hour_cents, months=months)
    return scheme
