"""Free to begin with, paid by some: how many of those who began came to pay, how soon, and what they did early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.db.models import Min

from wellheard.core.clean import day_of
from wellheard.measure.sql.base import NOT_QUIET
from wellheard.people.models import Revenue
from wellheard.people.queries.money import cents_by_account

from .base import Cell, Figure, Ground, Home, Series, Table
from .intervals import difference, proportion

WINDOW = 90
EARLY = 14
COHORT = 365
LEAST = 20  # of each side, before anything is said about what converters did


@dataclass(frozen=True, slots=True)
class Beginner:
    """An account that began without paying; `days` until it paid for the first time, None while it never did."""

    account: int
    began: date
    days: int | None

    @property
    def converted(self) -> bool:
        return self.days is not None and self.days <= WINDOW


def beginners(ground: Ground) -> list[Beginner]:
    """Those whose 90 days are over, of the last year; who paid from the first day never was free."""
    rows = Revenue.objects.filter(workspace=ground.workspace, once=False, cents__gt=0)
    paid = dict(rows.values_list("account").annotate(first=Min("since")))
    oldest, newest = ground.last - timedelta(days=WINDOW + COHORT), ground.last - timedelta(days=WINDOW)
    found = []
    for pk, account in ground.accounts.items():
        began = account.since or day_of(account.created_at, ground.workspace.time_zone)
        if oldest < began <= newest:
            first = paid.get(pk)
            if first is None or first > began:
                found.append(Beginner(pk, began, (first - began).days if first else None))
    return sorted(found, key=lambda b: (b.began, b.account))


def freemium(ground: Ground) -> Home:
    rows = beginners(ground)
    converted = [b for b in rows if b.converted]
    share = proportion(len(converted), len(rows))
    active = ground.people_of_accounts()
    people, paying = sum(active.values()), sum(n for pk, n in active.items() if ground.cents.get(pk, 0) > 0)
    free = [pk for pk in active if ground.cents.get(pk, 0) <= 0]
    of_converted = cents_by_account(ground.workspace, ground.last, [b.account for b in rows if b.days is not None])
    figures = [
        Figure("conversion", "Free to paid, 90 days", share.estimate, "share",
               f"{len(converted):,} of {len(rows):,} accounts that began free in the year before" if rows
               else "no account's 90 days are over yet", "c", share.low, share.high),
        Figure("days", "Days until they paid", median([b.days for b in converted if b.days is not None]) if converted else None,
               "days", f"half of {len(converted):,} were quicker", "c"),
        Figure("brought", "They pay now", sum(of_converted.values()) if rows else None, "cents",
               "a month, by those of them who ever paid", "c"),
        Figure("free", "Active and free", len(free), "count", f"accounts, active in 28 days; {len(active) - len(free):,} active ones pay", "u"),
        Figure("paying", "Active people who are paid for", paying / people if people else None, "share",
               f"{paying:,} of {people:,} active in 28 days", "u"),
    ]  # fmt: skip
    return Home(figures, _by_month(rows), [_early(ground, rows)])


def _by_month(rows: list[Beginner]) -> Series:
    months: dict[date, list[Beginner]] = {}
    for b in rows:
        months.setdefault(b.began.replace(day=1), []).append(b)
    shown = sorted(months)
    return Series(
        "Free to paid by month of beginning", "Share that paid within 90 days. Only accounts whose 90 days are over.", "Began in",
        [f"{m:%b %Y}" for m in shown], [sum(b.converted for b in months[m]) / len(months[m]) for m in shown], "share",
        [len(months[m]) for m in shown],
    )  # fmt: skip


def _early(ground: Ground, rows: list[Beginner]) -> Table:
    """What those who came to pay did in their first days, beside what the others did."""
    title = f"What converters did in their first {EARLY} days"
    about = (
        "Share of accounts that did it, converters beside the others, with the 95% interval of the difference. "
        "Only what goes along with paying: whoever wants to pay also does more. It shows no cause."
    )
    head = ("Event", "Converters", "Others", "Difference", "From", "To")
    yes = {b.account: b for b in rows if b.converted}
    no = {b.account: b for b in rows if not b.converted}
    if min(len(yes), len(no)) < LEAST:
        empty = f"It needs {LEAST} that paid and {LEAST} that did not; there are {len(yes)} and {len(no)}."
        return Table(title, about, head, [], empty)
    table = []
    for name, early in sorted(_first_days(ground, yes | no).items()):
        did = [sum(1 for a in early if a in side) for side in (yes, no)]
        gap = difference(did[0], len(yes), did[1], len(no))
        if sum(did) >= LEAST:
            table.append((name, did[0] / len(yes), did[1] / len(no), gap))
    table.sort(key=lambda r: -(r[3].low or 0))
    shown = [
        [
            Cell(name),
            Cell(a, "share"),
            Cell(b, "share"),
            Cell(g.estimate, "share"),
            Cell(g.low, "share"),
            Cell(g.high, "share"),
        ]
        for name, a, b, g in table[:10]
    ]
    return Table(title, about, head, shown, "Their first days have no events.")


def _first_days(ground: Ground, rows: dict[int, Beginner]) -> dict[str, set[int]]:
    """Event → accounts that did it within their first days."""
    asked = ground.reader.rows(
        f"SELECT name, account, toString(min(day)) FROM events WHERE workspace = {{w:UInt32}} AND account != 0 AND {NOT_QUIET} "  # noqa: S608
        "AND name NOT LIKE '$%' GROUP BY name, account",
        {"w": ground.workspace.pk},
    )
    found: dict[str, set[int]] = {}
    for name, number, first in asked:
        one = rows.get(ground.by_number.get(number, 0))
        if one is not None and 0 <= (date.fromisoformat(first) - one.began).days < EARLY:
            found.setdefault(name, set()).add(one.account)
    return found
