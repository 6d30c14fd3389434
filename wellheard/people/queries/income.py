"""Money earned by day and source, in the workspace's currency.

A recurring amount is earned evenly over the days of its month: day k of n earns ⌊c·k/n⌋ − ⌊c·(k−1)/n⌋ cents, so that
every whole month adds up to the cent. What is paid once is earned on its day. Payments that a billing system reports
for what is counted as recurring already are `received`: shown beside, never added.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db.models import Sum

from wellheard.people.models import Income, Revenue, Workspace


@dataclass(frozen=True, slots=True)
class Source:
    """One source's cents, a number for each day of the span."""

    name: str
    cents: list[int]

    @property
    def total(self) -> int:
        return sum(self.cents)


@dataclass(frozen=True, slots=True)
class Earned:
    """By source, the largest first, over `days`; `received` are payments by day."""

    days: list[date]
    sources: list[Source]
    received: list[int]

    @property
    def total(self) -> int:
        return sum(s.total for s in self.sources)

    def by_day(self) -> list[int]:
        return [sum(s.cents[i] for s in self.sources) for i in range(len(self.days))]


def earned(workspace: Workspace, first: date, last: date) -> Earned:
    """From the day `first` to the day `last`, both counted."""
    if last < first:
        raise ValueError(f"The span ends ({last}) before it begins ({first}).")
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    place = {day: i for i, day in enumerate(days)}
    found: dict[str, list[int]] = {}
    for source, monthly in _monthly(workspace, first, last).items():
        shares = [_of_day(cents, day) for cents, day in zip(monthly, days, strict=True)]
        if any(shares):
            found[source] = shares
    received = [0] * len(days)
    for source, day, cents, of_recurring in _once(workspace, first, last):
        line = received if of_recurring else found.setdefault(source, [0] * len(days))
        line[place[day]] += cents
    sources = sorted((Source(name, cents) for name, cents in found.items()), key=lambda s: (-s.total, s.name))
    return Earned(days, sources, received)


def _monthly(workspace: Workspace, first: date, last: date) -> dict[str, list[int]]:
    """Source → cents a month in force on each day: a running sum of what begins and ends."""
    rows = Revenue.objects.filter(workspace=workspace, once=False, since__lte=last, base_cents__isnull=False)
    told = rows.values_list("source", "since", "until").annotate(c=Sum("base_cents"))
    length = (last - first).days + 1
    turns: dict[str, list[int]] = {}
    for source, since, until, cents in cast("Iterator[tuple[str, date, date | None, int]]", told.order_by()):
        if until is not None and until <= first:
            continue
        line = turns.setdefault(source, [0] * (length + 1))
        line[max(0, (since - first).days)] += cents
        if until is not None and until <= last:
            line[(until - first).days] -= cents
    for line in turns.values():
        for i in range(1, length):
            line[i] += line[i - 1]
        line.pop()
    return turns


def _of_day(cents: int, day: date) -> int:
    n = monthrange(day.year, day.month)[1]
    return cents * day.day // n - cents * (day.day - 1) // n


def _once(workspace: Workspace, first: date, last: date) -> Iterator[tuple[str, date, int, bool]]:
    paid = Revenue.objects.filter(
        workspace=workspace, once=True, since__range=(first, last), base_cents__isnull=False
    ).values_list("source", "since")
    for source, day, cents in paid.annotate(c=Sum("base_cents")).order_by():
        yield source, day, cents, False
    other = Income.objects.filter(workspace=workspace, day__range=(first, last), base_cents__isnull=False).values_list(
        "source", "day", "received"
    )
    for source, day, of_recurring, cents in other.annotate(c=Sum("base_cents")).order_by():
        yield source, day, cents, of_recurring
