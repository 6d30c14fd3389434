"""Who reached a milestone, and on which day. Pure reads: of events, of money, of what people asked for."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wellheard.core.clean import midnight
from wellheard.decide.models import Bet
from wellheard.people.models import Account, Person, Revenue
from wellheard.people.queries.money import today
from wellheard.store.reader import Reader
from wellheard.understand.models import Evidence

from ..did import Did, did
from ..models import Milestone
from ..question import Period
from ..sql.base import Asking

BEGIN = date(1990, 1, 1)
MOST_TIMES = 10_000


@dataclass(frozen=True, slots=True)
class Reached:
    """`who` is the key of the Person or Account; `occasion` tells repeats apart."""

    who: int
    on: date
    thing: str
    occasion: str = ""
    bet: int | None = None


def find(milestone: Milestone, reader: Reader) -> Iterator[Reached]:
    """Everybody who ever reached it, up to yesterday in the workspace's zone. Raises ValueError or StoreError."""
    last = today(milestone.workspace) - timedelta(days=1)
    if milestone.kind == Milestone.Kind.TIMES:
        yield from _times(milestone, reader, last)
    elif milestone.kind == Milestone.Kind.ASKED:
        yield from _asked(milestone, reader, last)
    elif milestone.kind == Milestone.Kind.TOGETHER:
        yield from _together(milestone, reader, last)
    else:
        yield from _paid(milestone, last)


def _keys(milestone: Milestone) -> dict[int, int]:
    """The event store's number → our key, of named people or accounts."""
    model: Any = Person if milestone.of == Milestone.Of.PEOPLE else Account
    rows = model.objects.filter(workspace=milestone.workspace).exclude(number=None)
    return dict(rows.values_list("number", "pk"))


def nth(
    reader: Reader, workspace: int, what: Did, times: int, period: Period, of: str, among: list[int] | None = None
) -> dict[int, date]:
    """Number → the workspace's day on which it was done for the `times`-th time within the period; of those who did
    it so often. `among`: only these numbers."""
    q = Asking(reader, workspace, period)
    who = q.who if of == "people" else q.account
    named = "" if of == "people" else " AND account != 0"
    some = "" if among is None else f" AND {who} IN {q.chosen(among).sql}"
    day = "min(day)" if times == 1 else f"arrayElement(groupArraySorted({int(times)})((time, day)), {int(times)}).2"
    rows = reader.rows(
        f"SELECT toUInt32({who}) AS who, {day} FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(what)} AND {q.did(what)}{named}{some} "
        f"GROUP BY who HAVING count() >= {int(times)}",
        q.params,
    )
    return {int(number): day for number, day in rows}


def _times(milestone: Milestone, reader: Reader, last: date) -> Iterator[Reached]:
    what = did(milestone.event)
    days = nth(reader, milestone.workspace_id, what, milestone.times, Period(BEGIN, last), milestone.of)
    keys = _keys(milestone)
    for number, day in days.items():
        if number in keys:
            yield Reached(keys[number], day, milestone.name)


def _asked(milestone: Milestone, reader: Reader, last: date) -> Iterator[Reached]:
    """Those who asked (not with praise) before it shipped, and did the bet's metric since; the first day of it."""
    numbers = {pk: n for n, pk in _people_numbers(milestone).items()}
    for bet in Bet.objects.filter(workspace=milestone.workspace, state=Bet.State.SHIPPED).exclude(shipped_on=None):
        assert bet.shipped_on is not None
        if bet.shipped_on > last:
            continue
        said = Evidence.objects.filter(problem__bets=bet, voice__author__isnull=False).exclude(voice__kind="praise")
        askers = set(
            said.filter(
                voice__said_at__lt=midnight(bet.shipped_on + timedelta(days=1), milestone.workspace.time_zone)
            ).values_list("voice__author", flat=True)
        )
        known = {numbers[pk]: pk for pk in askers if pk in numbers}
        if not known:
            continue
        period = Period(bet.shipped_on, last)
        days = nth(reader, milestone.workspace_id, did(bet.metric), 1, period, "people", sorted(known))
        for number, day in days.items():
            yield Reached(known[number], day, bet.name, f"bet-{bet.pk}", bet.pk)


def _people_numbers(milestone: Milestone) -> dict[int, int]:
    rows = Person.objects.filter(workspace=milestone.workspace).exclude(number=None)
    return {int(number or 0): pk for number, pk in rows.values_list("number", "pk")}


def _together(milestone: Milestone, reader: Reader, last: date) -> Iterator[Reached]:
    for who, begun in _begun(milestone, reader, last).items():
        for years in range(1, last.year - begun.year + 1):
            day = anniversary(begun, years)
            if day <= last:
                yield Reached(who, day, f"{years} year{'' if years == 1 else 's'} together", f"year-{years}")


def anniversary(begun: date, years: int) -> date:
    """The same day of a later year; who began on 29 February has it on the 28th in other years."""
    try:
        return begun.replace(year=begun.year + years)
    except ValueError:
        return date(begun.year + years, 2, 28)


def _begun(milestone: Milestone, reader: Reader, last: date) -> dict[int, date]:
    """Since when: an account since it first paid; a person as the trait `joined` says, else since their first event."""
    first: dict[int, date] = {}
    if milestone.of == Milestone.Of.ACCOUNTS:
        return {r.who: r.on for r in _paid(milestone, last)}
    keys = _keys(milestone)
    rows = reader.rows(
        f"SELECT {reader.person(milestone.workspace_id)} AS who, min(day) FROM events WHERE workspace = {{w:UInt32}} GROUP BY who",
        {"w": milestone.workspace_id},
    )
    first = {keys[int(number)]: day for number, day in rows if int(number) in keys}
    joined = Person.objects.filter(workspace=milestone.workspace, traits__has_key="joined")
    for pk, value in joined.values_list("pk", "traits__joined"):
        try:
            first[pk] = date.fromisoformat(str(value)[:10])
        except ValueError:
            continue
    return {pk: day for pk, day in first.items() if BEGIN <= day <= last}


def _paid(milestone: Milestone, last: date) -> Iterator[Reached]:
    first: dict[int, date] = {}
    rows = Revenue.objects.filter(workspace=milestone.workspace, cents__gt=0, since__lte=last)
    for account, since in rows.values_list("account", "since"):
        first[account] = min(first.get(account, since), since)
    for account, since in first.items():
        yield Reached(account, since, milestone.name)
