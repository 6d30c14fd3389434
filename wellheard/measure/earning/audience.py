"""An audience gives its attention, advertisers pay for it: how much of one for how much of the other."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Sum

from wellheard.measure.sql.base import NOT_QUIET
from wellheard.people.models import Income, Revenue
from wellheard.people.queries.income import earned

from .base import MONTH, Cell, Figure, Ground, Home, Series, Table

ADVERTISING = ("advertising", "ads", "sponsoring", "sponsorship")
WEEKS = 12
SHOWN = 12
LONGEST = 1800  # seconds: a page left open for longer was not read all the while


def audience(ground: Ground) -> Home:
    first = ground.last - timedelta(days=7 * WEEKS - 1)
    told = earned(ground.workspace, first, ground.last)
    ads = [0] * len(told.days)
    for source in told.sources:
        if source.name.lower() in ADVERTISING:
            ads = [a + c for a, c in zip(ads, source.cents, strict=True)]
    minutes, days = _attention(ground)
    month_ads = sum(ads[-MONTH:])
    month_minutes = sum(minutes[-MONTH:])
    month_days = sum(days[-MONTH:])
    people = len(ground.active_people())
    payers = _advertisers(ground)
    total = sum(now for _, now, _ in payers)
    largest = payers[0] if payers else None
    no_time = "no page says how long it was looked at: send time on page"
    figures = [
        Figure("people", "Audience", people, "count", "people active in 28 days", "u"),
        Figure("attention", "Attention a day", month_minutes / month_days if month_minutes else None, "minutes",
               "of each person on a day they came" if month_minutes else no_time, "u"),
        Figure("income", "Advertising, 28 days", month_ads or None, "cents",
               "by the sources advertising, ads, sponsoring" if month_ads else "no income by advertising is known", "c"),
        Figure("minutes_per_unit", f"Attention per advertising {ground.workspace.currency}",
               month_minutes / (month_ads / 100) if month_ads > 0 and month_minutes else None, "minutes",
               "minutes of attention for each unit an advertiser pays: the lower, the dearer it is sold"),
        Figure("per_thousand", "Per 1,000 visits a day", month_ads / month_days * 1000 if month_days and month_ads else None, "cents",
               f"of {month_days:,}: each person counts once on each day they came", "c"),
        Figure("largest", "The largest advertiser", largest[1] / total if largest and total > 0 else None, "share",
               f"of advertising by {len(payers):,} known advertisers in 28 days" if payers else "no advertiser is known by account", "c"),
    ]  # fmt: skip
    return Home(figures, _weekly(ground, ads, minutes), [_table(ground, payers)])


def _attention(ground: Ground) -> tuple[list[float], list[int]]:
    """Minutes of attention, and people who came, on each day of the weeks shown, oldest first."""
    first = ground.last - timedelta(days=7 * WEEKS - 1)
    who = ground.reader.person(ground.workspace.pk)
    rows = ground.reader.rows(
        f"SELECT toString(day), sum(least(duration, {LONGEST})) / 60, uniqExactIf({who}, {NOT_QUIET}) FROM events "  # noqa: S608
        "WHERE workspace = {w:UInt32} AND day BETWEEN {a:Date} AND {b:Date} GROUP BY day",
        {"w": ground.workspace.pk, "a": first, "b": ground.last},
    )
    found = {day: (float(m), int(n)) for day, m, n in rows}
    days = [(first + timedelta(days=i)).isoformat() for i in range(7 * WEEKS)]
    return [found.get(d, (0.0, 0))[0] for d in days], [found.get(d, (0.0, 0))[1] for d in days]


def _weekly(ground: Ground, ads: list[int], minutes: list[float]) -> Series:
    first = ground.last - timedelta(days=7 * WEEKS - 1)
    labels, values, sizes = [], [], []
    for week in range(WEEKS):
        part = slice(week * 7, week * 7 + 7)
        cents, time = sum(ads[part]), sum(minutes[part])
        begin = first + timedelta(weeks=week)
        labels.append(f"{begin.day} {begin:%b}")
        values.append(time / (cents / 100) if cents > 0 else None)
        sizes.append(round(time))
    return Series(
        f"Minutes of attention per advertising {ground.workspace.currency}, by week",
        "Rising: attention is sold cheaper, or less of it is sold. Falling: dearer, or the audience looks less.",
        "Week of", labels, values, "minutes", sizes,
    )  # fmt: skip


def _advertisers(ground: Ground) -> list[tuple[int, int, int]]:
    """(account, cents in the last 28 days, in the 28 before), the most first."""
    before = ground.first - timedelta(days=MONTH)
    sums: list[dict[int, int]] = []
    for begin, end in ((ground.first, ground.last), (before, ground.first - timedelta(days=1))):
        found: dict[int, int] = {}
        for rows, day in ((Revenue.objects.filter(once=True), "since"), (Income.objects.filter(received=False), "day")):
            named = rows.filter(
                workspace=ground.workspace, account__isnull=False, base_cents__isnull=False, source__in=ADVERTISING,
                **{f"{day}__range": (begin, end)},
            )  # fmt: skip
            for account, cents in named.values_list("account").annotate(c=Sum("base_cents")):
                found[account] = found.get(account, 0) + cents
        sums.append(found)
    now, was = sums
    rows_ = [(a, now.get(a, 0), was.get(a, 0)) for a in now.keys() | was.keys() if a in ground.accounts]
    return sorted(rows_, key=lambda r: (-r[1], -r[2], r[0]))


def _table(ground: Ground, payers: list[tuple[int, int, int]]) -> Table:
    return Table(
        "Advertisers", "What each paid in 28 days, beside the 28 before.", ("Account", "28 days", "Before", "Change"),
        [
            [Cell(ground.accounts[a].name, account=a), Cell(now, "cents"), Cell(was, "cents"), Cell(now - was, "cents")]
            for a, now, was in payers[:SHOWN]
        ],
        "No advertiser is known: import income with account, amount, period once and source advertising.",
    )  # fmt: skip
