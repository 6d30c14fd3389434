"""How much people use each part of Tally, week by week, and when exactly.

Every person has a heavy-tailed level of their own, works in an account that grows or shrinks as a whole, wanders
slowly, and now and then has a few bad weeks (a slump) that pass by themselves. Slumps matter: people speak up in
them, so whoever compares before with after sees a recovery and takes it for a success.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .world import WEEKS, Account, Events, Person

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MEANT = 496_000  # events expected before signing in is added and the current week is cut off
COLUMNS = WEEKS + 1  # the last one is the current, partial week

# Mean events a week of somebody who uses a feature, share of people who use it, factors by title ("" for others).
FEATURES: dict[str, tuple[float, float, dict[str, float]]] = {
    "Report Opened": (0.90, 0.80, {"": 1.0, "Accountant": 0.9, "Data analyst": 1.3}),
    "Stores Compared": (0.95, 0.70, {"Shop assistant": 1.1, "Store manager": 1.3, "": 0.8}),
    "Promotion Planned": (0.95, 0.68, {"Marketing": 1.6, "Store manager": 1.1, "": 0.75}),
    "Export Downloaded": (0.95, 0.68, {"Accountant": 1.6, "Store manager": 1.1, "": 0.75}),
    "Report Shared": (0.42, 0.50, {"Marketing": 1.5, "Store manager": 1.3, "": 0.7}),
    "Alert Created": (0.14, 0.30, {"": 1.0}),
    "Goal Set": (0.10, 0.30, {"Store manager": 1.5, "": 0.8}),
    "Campaign Opened": (0.40, 0.30, {"Marketing": 2.2, "": 0.4}),
    "Store Connected": (0.01, 1.0, {"": 1.0}),
    "Page Viewed": (0.32, 1.0, {"": 1.0}),
}
NAMES = (*FEATURES, "Signed In")
PAGES = (
    "/reports",
    "/stores",
    "/promotions",
    "/exports",
    "/reports/share",
    "/alerts",
    "/goals",
    "/campaigns",
    "/settings/stores",
    "/",
    "/reports/daily",
    "/help",
    "/billing",
    "/settings/people",
)
VIEWED = np.array([9, 9, 9, 9, 10, 10, 10, 0, 1, 2, 7, 11, 12, 13], dtype=np.int8)  # what "Page Viewed" looks at
BUSY_TITLES = {"Shop assistant": 0.95, "Store manager": 1.35, "Marketing": 1.15, "Data analyst": 1.4, "": 0.9}


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Expected events per person, feature and week, had nothing shipped, and what lies behind them."""

    expected: Floats  # (feature, person, week)
    slump: Floats  # (person, week): how deep in a slump, 0 = not
    focus: NDArray[np.int8]  # (person, week): the feature that suffers most, −1 = no slump
    present: Floats  # (person, week): share of the week in which the person is there


def rates_of(rng: Generator, accounts: tuple[Account, ...], people: tuple[Person, ...], start: date) -> Rates:
    person_count = len(people)
    account = np.array([person.account for person in people])
    present = _present(accounts, people, start)
    uses = np.array(["uses" in person.roles for person in people])
    busy = np.array([BUSY_TITLES.get(person.title, BUSY_TITLES[""]) for person in people])
    # Somebody who only buys signs in now and then, to look at the bill.
    own = np.log(busy) + rng.normal(0, 0.6, person_count) + np.where(uses, 0, -2.2)
    log_level = own[:, None] + _shared(rng, accounts)[account] + _wander(rng, person_count) + _season()
    slump, focus = _slumps(rng, person_count)
    expected = np.empty((len(FEATURES), person_count, COLUMNS), dtype=np.float32)
    base = np.exp(log_level - slump).astype(np.float32) * present
    several = np.array([accounts[at].stores > 1 for at in account])
    for index, (name, (mean, share, by_title)) in enumerate(FEATURES.items()):
        liking = rng.gamma(2.2, 1 / 2.2, person_count) * (rng.random(person_count) < share) * mean
        liking *= np.array([by_title.get(person.title, by_title[""]) for person in people])
        if name == "Stores Compared":
            liking *= np.where(several, 1.0, 0.15)
        # The feature that hurts is used less still.
        sore = np.exp(np.float32(-0.35) * slump * (focus == index))
        expected[index] = base * sore * liking[:, None].astype(np.float32)
    expected *= np.float32(MEANT / expected.sum())
    return Rates(expected, slump, focus, present)


def _present(accounts: tuple[Account, ...], people: tuple[Person, ...], start: date) -> Floats:
    """The share of each week between joining and leaving (or the account's end)."""
    first = np.array([(person.joined - start).days for person in people], dtype=np.float32)
    last = np.full(len(people), 10_000, dtype=np.float32)
    for index, person in enumerate(people):
        if person.left:
            last[index] = (person.left - start).days
    gone = [_days_away(found, start) for found in accounts]
    monday = np.arange(COLUMNS, dtype=np.float32) * 7
    from_, to = np.maximum(first[:, None], monday), np.minimum(last[:, None], monday + 7)
    days = np.maximum(0, to - from_)
    for index, person in enumerate(people):
        for since, until in gone[person.account]:
            away = np.minimum(until, to[index]) - np.maximum(since, from_[index])
            days[index] = np.maximum(0, days[index] - np.maximum(0, away))
    return (days / 7).astype(np.float32)


def _days_away(account: Account, start: date) -> list[tuple[int, int]]:
    """Stretches, in days since start, in which an account had left."""
    found = []
    for at, (since, state) in enumerate(account.states):
        if state in ("churned", "lost"):
            back = account.states[at + 1][0] if at + 1 < len(account.states) else None
            found.append(((since - start).days, (back - start).days if back else 10_000))
    return found


def _walk(rng: Generator, count: int, keep: float, spread: float) -> Floats:
    """A stationary first-order autoregression per row."""
    noise = rng.normal(0, spread, (count, COLUMNS)).astype(np.float32)
    for week in range(1, COLUMNS):
        noise[:, week] = keep * noise[:, week - 1] + np.float32(np.sqrt(1 - keep**2)) * noise[:, week]
    return noise


def _shared(rng: Generator, accounts: tuple[Account, ...]) -> Floats:
    """What moves a whole account: good and bad months, and a slow trend."""
    trend = rng.normal(0.002, 0.005, len(accounts))[:, None] * (np.arange(COLUMNS) - WEEKS / 2)
    return _walk(rng, len(accounts), 0.93, 0.13) + trend.astype(np.float32)


def _wander(rng: Generator, count: int) -> Floats:
    return _walk(rng, count, 0.88, 0.18)


def _season() -> Floats:
    weeks = np.arange(COLUMNS)
    return (0.05 * np.sin(2 * np.pi * (weeks + 6) / 52) + 0.02 * np.sin(weeks * 1.7)).astype(np.float32)


def _slumps(rng: Generator, count: int) -> tuple[Floats, NDArray[np.int8]]:
    """Bad weeks: they begin at random, last three to five weeks, lift over one more, and are over."""
    slump = np.zeros((count, COLUMNS), dtype=np.float32)
    focus = np.full((count, COLUMNS), -1, dtype=np.int8)
    begins = rng.random((count, COLUMNS + 5)) < 1 / 40
    who, week = np.nonzero(begins)
    length = rng.integers(3, 6, len(who))
    depth = rng.uniform(0.9, 1.8, len(who)).astype(np.float32)
    sore = rng.integers(0, 5, len(who))
    for offset in range(6):
        at = week - 5 + offset
        fits = (offset <= length) & (at >= 0) & (at < COLUMNS)
        strength = np.where(offset == length, 0.4, 1.0) * depth
        rows, columns = who[fits], at[fits]
        deeper = strength[fits] > slump[rows, columns]
        slump[rows[deeper], columns[deeper]] = strength[fits][deeper]
        focus[rows[deeper], columns[deeper]] = sore[fits][deeper]
    return slump, focus


def happen(
    rng: Generator,
    counts: Ints,
    accounts: tuple[Account, ...],
    people: tuple[Person, ...],
    start: date,
    end: datetime,
) -> Events:
    """Turn weekly counts (feature, person, week) into single events at believable times, ordered."""
    person_count = len(people)
    per_week = counts.sum(axis=0)
    # Visits: a slot is one visit of one person in one week; a few slots may stay empty.
    slots = np.where(per_week > 0, 1 + rng.binomial(np.maximum(per_week - 1, 0), 0.28), 0).ravel()
    slot_start = np.concatenate([[0], np.cumsum(slots)])
    slot_cell = np.repeat(np.arange(slots.size), slots)
    begin = _visit_times(rng, slot_cell // COLUMNS, slot_cell % COLUMNS, accounts, people, start)

    cells = np.flatnonzero(counts)
    times = counts.ravel()[cells]
    name = np.repeat((cells // (person_count * COLUMNS)).astype(np.int8), times)
    cell = np.repeat(cells % (person_count * COLUMNS), times)
    slot = slot_start[cell] + (rng.random(len(cell)) * slots[cell]).astype(np.int64)
    pause = np.minimum(rng.exponential(150_000, len(cell)), 1_500_000).astype(np.int64) + 4_000

    used = np.unique(slot)
    entered = used[rng.random(len(used)) < 0.42]  # the others were still signed in
    slot = np.concatenate([slot, entered])
    name = np.concatenate([name, np.full(len(entered), len(FEATURES), dtype=np.int8)])
    pause = np.concatenate([pause, np.zeros(len(entered), dtype=np.int64)])
    when = begin[slot] + pause
    order = np.argsort(when, kind="stable")
    order = order[when[order] < int(end.timestamp() * 1000)]
    slot, name, when = slot[order], name[order], when[order]
    person = (slot_cell[slot] // COLUMNS).astype(np.int32)
    page = np.where(name < len(FEATURES), np.minimum(name, 9), 9).astype(np.int8)
    viewing = name == NAMES.index("Page Viewed")
    page[viewing] = VIEWED[rng.integers(0, len(VIEWED), viewing.sum())]
    has = np.array([accounts[who.account].stores for who in people])[person]
    stores = 1 + rng.binomial(has - 1, 0.4)
    compared = name == NAMES.index("Stores Compared")
    stores[compared] = np.maximum(2, stores[compared])
    _, session = np.unique(slot, return_inverse=True)
    first = np.full(session.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, session, when)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    return Events(
        person=person,
        time=when.astype("datetime64[ms]"),
        name=name,
        page=page,
        stores=stores.astype(np.int16),
        session=rank[session],
        names=NAMES,
        pages=PAGES,
    )


# Share of visits by day, Monday first: shops, offices, and where the week starts on Sunday.
DAYS_OPEN = {
    "shop": (0.17, 0.15, 0.15, 0.15, 0.17, 0.16, 0.05),
    "desk": (0.24, 0.20, 0.18, 0.18, 0.15, 0.03, 0.02),
    "south east": (0.18, 0.17, 0.17, 0.16, 0.03, 0.10, 0.19),
}
LATER = {
    "ES": 1.1,
    "PT": 0.7,
    "IT": 0.5,
    "FR": 0.3,
    "TR": 0.4,
    "SE": -0.4,
    "NO": -0.4,
    "FI": -0.5,
    "AE": 0.6,
    "EG": 0.9,
}


def _visit_times(
    rng: Generator,
    person: Ints,
    week: Ints,
    accounts: tuple[Account, ...],
    people: tuple[Person, ...],
    start: date,
) -> Ints:
    """Milliseconds UTC at which each visit begins; it stays within its UTC week and the person's time there."""
    kinds = list(DAYS_OPEN)
    kind = np.array([kinds.index(_day_kind(accounts[who.account].country, who.title)) for who in people])
    later = np.array([LATER.get(accounts[who.account].country, 0.0) for who in people])
    table = np.cumsum(np.array(list(DAYS_OPEN.values())), axis=1)
    day = (rng.random(len(person))[:, None] > table[kind[person], :6]).sum(axis=1)
    joined = np.array([(who.joined - start).days for who in people])[person] - week * 7
    left = np.array([(who.left - start).days if who.left else 10_000 for who in people])[person] - week * 7
    day = np.clip(day, np.clip(joined, 0, 6), np.clip(left - 1, 0, 6))
    habit = (8.6 + later + rng.normal(0, 0.9, len(people)))[person]
    spread = rng.random(len(person))
    hour = np.where(
        spread < 0.5,
        habit + rng.normal(0, 0.45, len(person)),
        np.where(spread < 0.85, 13.6 + later[person] + rng.normal(0, 2.2, len(person)), 17.8 + later[person]),
    )
    hour += np.where(spread >= 0.85, rng.normal(0, 1.2, len(person)), 0)
    hour = np.clip(hour, 5.2, 21.6) - _offsets(accounts, start)[np.array([p.account for p in people])[person], week]
    base = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp() * 1000)
    return base + ((week * 7 + day) * 86_400_000) + (hour * 3_600_000).astype(np.int64)


def _day_kind(country: str, title: str) -> str:
    if country in ("EG", "AE", "IL"):
        return "south east"
    return "shop" if title in ("Shop assistant", "Store manager", "Customer service", "Owner") else "desk"


def _offsets(accounts: tuple[Account, ...], start: date) -> NDArray[np.float64]:
    """Hours ahead of UTC, (account, week); summer time included."""
    noons = [
        datetime(start.year, start.month, start.day, 12, tzinfo=UTC) + timedelta(weeks=week) for week in range(COLUMNS)
    ]
    known: dict[str, list[float]] = {}
    for account in accounts:
        if account.timezone not in known:
            zone = ZoneInfo(account.timezone)
            known[account.timezone] = [
                (noon.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds() / 3600 for noon in noons
            ]
    return np.array([known[account.timezone] for account in accounts])
