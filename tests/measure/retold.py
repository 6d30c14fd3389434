"""The questions told again with plain loops: what naive.py does not cover. Slow, obvious, and without any SQL."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

from wellheard.measure.question import Funnel, Paths, Period, start_of, starts
from wellheard.store.rows import QUIET

NAMES = ("A", "B", "C", "page", "left")
Test = Callable[["Deed"], bool]


@dataclass(frozen=True)
class Deed:
    person: str
    account: str
    session: str
    name: str
    ms: int
    day: date
    path: str = ""
    duration: float = 0.0
    properties: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def quiet(self) -> bool:
        return self.name == "left"

    def message(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": "page" if self.name == "page" else "track", "userId": self.person, "timestamp": self.ms,
            "context": {"groupId": self.account, "sessionId": self.session, "page": {"path": self.path}},
            "properties": dict(self.properties),
        }  # fmt: skip
        if self.name != "page":
            said["event"] = self.name
        if self.duration:
            said["properties"]["duration"] = self.duration
        return said


def tale(seed: int, people: int = 20, days: int = 24, zone: str = "America/New_York") -> list[Deed]:
    """Random deeds, many in the same millisecond, with properties of changing types, over a change of clocks."""
    luck = random.Random(seed)
    begin = int(datetime(2026, 3, 1, 4, tzinfo=UTC).timestamp() * 1000)
    found = []
    for number in range(people):
        account = luck.choice(["", "acme", "globex"])
        at = begin
        for _ in range(luck.randrange(0, 22)):
            at += luck.choice([0, 0, 1, 5_000, 60_000, 600_000, 2_400_000, 3_600_000, 86_400_000 * 2])
            if at > begin + days * 86_400_000:
                break
            name = luck.choice(NAMES)
            properties: dict[str, Any] = {}
            if luck.random() < 0.7:
                properties["plan"] = luck.choice(["free", "pro", "Pro", 5, 5.0, "5", True, None])
            if luck.random() < 0.5:
                properties["items"] = luck.choice([0, 2, "3", 4.5, "many"])
            found.append(
                Deed(
                    f"p{number}", account, luck.choice(["", "s1", "s2"]), name, at,
                    datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).date(),
                    luck.choice(["/a", "/b", "/c"]) if name in ("page", "left") else "",
                    luck.choice([0.0, 1.5, 20.0]) if name == "left" else 0.0,
                    properties,
                )
            )  # fmt: skip
    return found


def anything(deed: Deed) -> bool:
    return not deed.quiet


def named(name: str) -> Test:
    return lambda deed: deed.name == name


def text(deed: Deed, key: str) -> str | None:
    value = deed.properties.get(key)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def number(words: str | None) -> float | None:
    try:
        return float(words) if words is not None else None
    except ValueError:
        return None


def within(deeds: list[Deed], period: Period, test: Test) -> list[Deed]:
    return [d for d in deeds if period.first <= d.day <= period.last and test(d)]


def who(deeds: list[Deed], unit: str) -> set[str]:
    return {d.person for d in deeds} if unit == "person" else {d.account for d in deeds} - {""}


# sets -------------------------------------------------------------------------------------------------------


def rolling(deeds: list[Deed], period: Period, days: int, test: Test) -> list[tuple[date, int, int]]:
    found = []
    for day in starts("day", period):
        mine = within(deeds, Period(day - timedelta(days=days - 1), day), test)
        found.append((day, len(who(mine, "person")), len(who(mine, "account"))))
    return found


def lifecycle(
    deeds: list[Deed], every: str, period: Period, test: Test, unit: str
) -> list[tuple[date, dict[str, set[str]]]]:
    known = [d for d in deeds if d.day <= period.last and test(d)]
    found = []
    for start in starts(every, period):  # type: ignore[arg-type]
        previous = start_of(every, start - timedelta(days=1))  # type: ignore[arg-type]
        now = who([d for d in known if start_of(every, d.day) == start], unit)  # type: ignore[arg-type]
        before = who([d for d in known if start_of(every, d.day) == previous], unit)  # type: ignore[arg-type]
        ever = who([d for d in known if d.day < start], unit)
        found.append(
            (start, {
                "active": now, "new": now - ever, "returning": now & before, "resurrected": (now & ever) - before,
                "dormant": before - now,
            })
        )  # fmt: skip
    return found


def habit(deeds: list[Deed], every: str, period: Period, test: Test) -> list[tuple[date, dict[int, set[str]]]]:
    found = []
    for start in starts(every, period):  # type: ignore[arg-type]
        mine = [d for d in within(deeds, period, test) if start_of(every, d.day) == start]  # type: ignore[arg-type]
        days: dict[str, set[date]] = defaultdict(set)
        for d in mine:
            days[d.person].add(d.day)
        by: dict[int, set[str]] = defaultdict(set)
        for person, held in days.items():
            by[len(held)].add(person)
        found.append((start, dict(by)))
    return found


def depth(deeds: list[Deed], period: Period, test: Test) -> tuple[int, float | None, float | None, float | None]:
    mine = within(deeds, period, test)
    times = Counter(d.person for d in mine)
    days = Counter(person for person, _ in {(d.person, d.day) for d in mine})
    if not times:
        return 0, None, None, None
    return len(times), median(times.values()), mean(times.values()), median(days.values())


def delays(deeds: list[Deed], period: Period, test: Test) -> list[int]:
    seen: dict[str, date] = {}
    used: dict[str, date] = {}
    for d in deeds:
        if d.day <= period.last and anything(d):
            seen[d.person] = min(seen.get(d.person, d.day), d.day)
        if d.day <= period.last and test(d):
            used[d.person] = min(used.get(d.person, d.day), d.day)
    return sorted((day - seen[p]).days for p, day in used.items() if day >= period.first)


def retention(
    deeds: list[Deed], every: str, period: Period, test: Test, back: Test, unbounded: bool, unit: str
) -> list[tuple[date, set[str], list[set[str]]]]:
    known = [d for d in deeds if d.day <= period.last]
    first: dict[str, date] = {}
    for d in known:
        if test(d):
            for one in who([d], unit):
                first[one] = min(first.get(one, d.day), d.day)
    times = starts(every, period)  # type: ignore[arg-type]
    found = []
    for at, start in enumerate(times):
        cohort = {one for one, day in first.items() if start_of(every, day) == start}  # type: ignore[arg-type]
        returned = []
        for later in times[at:]:
            came = [
                d for d in known
                if back(d) and (d.day >= later if unbounded else start_of(every, d.day) == later)  # type: ignore[arg-type]
            ]  # fmt: skip
            returned.append(cohort & who(came, unit))
        found.append((start, cohort, returned))
    return found


# steps ------------------------------------------------------------------------------------------------------


def units(deeds: list[Deed], unit: str) -> dict[tuple[str, ...], list[Deed]]:
    found: dict[tuple[str, ...], list[Deed]] = defaultdict(list)
    for d in deeds:
        if unit == "session" and d.session:
            found[d.person, d.session].append(d)
        elif unit == "account" and d.account:
            found[(d.account,)].append(d)
        elif unit == "person":
            found[(d.person,)].append(d)
    return found


def chain(mine: list[Deed], question: Funnel, tests: list[Test], excluded: Test | None) -> list[int]:
    """The times of the chain by which a unit first got as far as it ever did: of all chains (each step a deed of its
    own, none excluded between first and last, none later than the window), the longest; of those the one completed
    first; of those the latest start; of those the earliest steps."""
    period, wide = question.period, [*tests, *([excluded] if excluded else [])]

    def mask(d: Deed) -> int:
        bits = sum(1 << at for at, test in enumerate(wide) if test(d))
        return bits if d.day <= period.last else bits & ~1

    deeds = sorted((d.ms, mask(d) & -mask(d), mask(d)) for d in mine if mask(d))
    top = 1 << len(tests)
    best: tuple[int, int, int, list[int]] = (0, 0, 0, [])
    for begin, (ms, _, bits) in enumerate(deeds):
        if not bits & 1 or bits & top:
            continue
        times, step = [ms], 1
        ends = begin
        candidates = [(step, ends, list(times))]
        for at in range(begin + 1, len(deeds)):
            later, _, other = deeds[at]
            if other & top:
                break
            if step < len(tests) and other >> step & 1 and later - ms <= question.window_ms:
                step += 1
                times.append(later)
                candidates.append((step, at, list(times)))
        for level, end, told in candidates:
            key = (level, -end, begin, told)
            if key[:3] > best[:3] or best[0] == 0:
                best = key
    return best[3]


def reached(
    deeds: list[Deed], question: Funnel, tests: list[Test], excluded: Test | None = None
) -> dict[Any, list[int]]:
    period = question.period
    near = [d for d in deeds if d.day >= period.first]
    return {
        unit: times for unit, mine in units(near, question.unit).items()
        if (times := chain(mine, question, tests, excluded))
    }  # fmt: skip


# paths and pages --------------------------------------------------------------------------------------------


def path(mine: list[Deed], question: Paths, test: Test) -> list[str] | None:
    def label(d: Deed) -> str:
        return d.path if question.pages and d.name == "page" and d.path else d.name

    period = question.period
    anchors = within(mine, period, test)
    if not anchors:
        return None
    t0 = min(d.ms for d in anchors)
    deeds = sorted(
        (d.ms, label(d), test(d) and period.first <= d.day <= period.last) for d in mine if anything(d) or test(d)
    )
    place = next(at for at, d in enumerate(deeds) if d[2] and d[0] == t0)
    if question.direction == "from":
        side = [d for d in deeds[place:] if d[0] - t0 <= question.window_ms]
    else:
        side = [d for d in reversed(deeds[: place + 1]) if t0 - d[0] <= question.window_ms]
    told = [label_ for at, (_, label_, _) in enumerate(side) if at == 0 or side[at - 1][1] != label_]
    return told[1 : question.steps + 1]


def pages(deeds: list[Deed], period: Period) -> dict[str, tuple[int, int, int, int, bool, float | None]]:
    found: dict[str, dict[str, Any]] = {}
    inside = [d for d in deeds if period.first <= d.day <= period.last]
    reporting = {d.path for d in inside if d.duration > 0}
    for _, mine in units(inside, "person").items():
        # In one millisecond: first what is no view, or of a page that tells its time; the others by name.
        place = {id(d): d.path if d.name == "page" and d.path not in reporting else "" for d in mine}
        rows = sorted(
            ((d.ms, d.path, d.name == "page", d.duration, d) for d in mine), key=lambda r: (r[0], place[id(r[4])])
        )
        for at, (ms, page, view, told, d) in enumerate(rows):
            if not page:
                continue
            held = found.setdefault(page, {"views": 0, "people": set(), "accounts": set(), "told": [], "gaps": []})
            if told > 0:
                held["told"].append(told)
            if view:
                held["views"] += 1
                held["people"].add(d.person)
                held["accounts"] |= {d.account} - {""}
                gap = rows[at + 1][0] - ms if at + 1 < len(rows) else 0
                if 0 < gap <= 1_800_000:
                    held["gaps"].append(gap / 1000)
    return {
        page: (
            h["views"], len(h["people"]), len(h["accounts"]), len(h["told"] or h["gaps"]), bool(h["told"]),
            median(h["told"] or h["gaps"]) if h["told"] or h["gaps"] else None,
        )
        for page, h in found.items() if h["views"]
    }  # fmt: skip


def is_quiet(deed: Deed) -> int:
    return QUIET if deed.quiet else 0
