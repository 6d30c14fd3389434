"""A device sold at a loss, earned back by what is bought for it: income per device over its life."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from wellheard.people.models import Income, Revenue

from .base import Cell, Figure, Ground, Home, Series, Table, months_between

OLDEST = 36
LEAST = 10
SOURCES = 8


class Device:
    """An account that owns a device. `months[k]`: cents earned in the k-th month after it began, sale included in 0."""

    __slots__ = ("account", "age", "began", "months", "sale")

    def __init__(self, account: int, began: date, last: date) -> None:
        self.account, self.began = account, began
        self.age = months_between(began, last)  # whole months it has been there
        self.sale = 0
        self.months: dict[int, int] = defaultdict(int)

    def by(self, month: int) -> int:
        """Earned up to the end of that month of its life."""
        return sum(c for m, c in self.months.items() if m < month)


def devices(ground: Ground) -> list[Device]:
    """Accounts with a sale of a device (source device or hardware, once; a loss is negative), with all they earned."""
    sold: dict[int, date] = {}
    rows = Revenue.objects.filter(workspace=ground.workspace, since__lte=ground.last, base_cents__isnull=False)
    once = list(rows.filter(once=True).values_list("account", "source", "since", "base_cents"))
    once += list(
        Income.objects.filter(
            workspace=ground.workspace,
            account__isnull=False,
            received=False,
            day__lte=ground.last,
            base_cents__isnull=False,
        ).values_list("account", "source", "day", "base_cents")
    )
    for account, source, day, _ in once:
        if source in ("device", "hardware") and account in ground.accounts:
            sold[account] = min(day, sold.get(account, day))
    found = {a: Device(a, began, ground.last) for a, began in sold.items()}
    for account, source, day, cents in once:
        device = found.get(account)
        if device is not None and day >= device.began:
            device.months[months_between(device.began, day)] += cents or 0
            if source in ("device", "hardware"):
                device.sale += cents or 0
    for account, since, until, cents in rows.filter(once=False).values_list("account", "since", "until", "base_cents"):
        device = found.get(account)
        if device is not None:
            _recurring(device, since, until or ground.last, cents or 0, ground.last)
    return list(found.values())


def _recurring(device: Device, since: date, until: date, cents: int, last: date) -> None:
    """Each month of life begun while it was paid counts once."""
    begin = max(0, months_between(device.began, since))
    end = min(months_between(device.began, min(until, last)), OLDEST + 1)
    for month in range(begin, max(begin, end)):
        device.months[month] += cents


def ecosystem(ground: Ground) -> Home:
    rows = devices(ground)
    curve = [_average(rows, month) for month in range(1, OLDEST + 1)]
    known = [(m, value, n) for m, (value, n) in enumerate(curve, 1) if value is not None]
    back = next((m for m, value, _ in known if value >= 0), None)
    year, of_year = _average(rows, 12)
    active = ground.people_of_accounts()
    used = sum(1 for d in rows if d.account in active)
    figures = [
        Figure("devices", "Devices sold", len(rows) or None, "count",
               "accounts with a sale by the source device" if rows else "no sale of a device is known (source device, period once)", "c"),
        Figure("sale", "Earned at the sale", sum(d.sale for d in rows) / len(rows) if rows else None, "cents",
               "per device; a loss is less than nothing", "c"),
        Figure("year", "Earned after a year", year, "cents",
               f"per device, the sale included, of {of_year:,} that are a year old" if year is not None
               else f"fewer than {LEAST} devices are a year old", "c"),
        Figure("back", "Pays back after", back, "months",
               "when a device has earned its loss back, on average" if back else "not within the time known so far", "c"),
        Figure("active", "Still in use", used / len(rows) if rows else None, "share", "of devices, active in 28 days", "u"),
    ]  # fmt: skip
    series = Series(
        "Earned per device, by age", f"The sale and everything since, averaged over devices at least that old; {LEAST} at least.",
        "Months old", [str(m) for m, _, _ in known], [v for _, v, _ in known], "cents", [n for _, _, n in known],
    )  # fmt: skip
    return Home(figures, series, [_by_year(rows), _sources(ground, rows)])


def _average(rows: list[Device], month: int) -> tuple[float | None, int]:
    """Cents earned by that age, and over how many devices that are so old."""
    old = [d for d in rows if d.age >= month]
    return (sum(d.by(month) for d in old) / len(old), len(old)) if len(old) >= LEAST else (None, len(old))


def _by_year(rows: list[Device]) -> Table:
    groups: dict[str, list[Device]] = defaultdict(list)
    for d in rows:
        groups[f"{d.began.year} Q{(d.began.month + 2) // 3}"].append(d)
    table = []
    for name in sorted(groups, reverse=True)[:12]:
        group = groups[name]
        ages = [_average(group, m)[0] for m in (6, 12, 24)]
        table.append(
            [Cell(name), Cell(len(group), "count"), Cell(sum(d.sale for d in group) / len(group), "cents"),
             *(Cell(a, "cents") for a in ages)]
        )  # fmt: skip
    head = ("Sold in", "Devices", "At the sale", "After 6 months", "12", "24")
    return Table(
        "By quarter of sale",
        "Per device, the sale included; only devices old enough.",
        head,
        table,
        "Nothing was sold yet.",
    )


def _sources(ground: Ground, rows: list[Device]) -> Table:
    """What the income after the sale came from, over the whole life so far."""
    owners = {d.account for d in rows}
    sums: dict[str, int] = defaultdict(int)
    payers: dict[str, set[int]] = defaultdict(set)
    told = list(
        Revenue.objects.filter(workspace=ground.workspace, once=True, base_cents__isnull=False).values_list(
            "account", "source", "base_cents"
        )
    )
    told += list(
        Income.objects.filter(workspace=ground.workspace, account__isnull=False, received=False, base_cents__isnull=False)
        .values_list("account", "source", "base_cents")
    )  # fmt: skip
    for account, source, cents in told:
        if account in owners and source not in ("device", "hardware"):
            sums[source] += cents or 0
            payers[source].add(account)
    table = [
        [Cell(s), Cell(len(payers[s]), "count"), Cell(len(payers[s]) / len(owners), "share"), Cell(sums[s], "cents")]
        for s in sorted(sums, key=lambda s: -sums[s])[:SOURCES]
    ]
    head = ("Source", "Devices", "Of all", "Earned")
    return Table(
        "What is bought for them",
        "Once paid income by source, over their life so far.",
        head,
        table,
        "Nothing was bought yet.",
    )
