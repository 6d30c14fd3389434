"""What the questions mean, told again with plain loops, to check the engine's answers against."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from wellheard.measure.question import Funnel, Period, start_of, starts

NAMES = "ABCD"


@dataclass(frozen=True)
class Did:
    person: str
    account: str
    session: str
    name: str
    ms: int  # UTC milliseconds
    day: date

    def message(self) -> dict[str, object]:
        return {
            "type": "track", "userId": self.person, "event": self.name, "timestamp": self.ms,
            "context": {"groupId": self.account, "sessionId": self.session},
        }  # fmt: skip


def story(seed: int, people: int = 25, days: int = 24, zone: str = "America/New_York") -> list[Did]:
    """Random events with many ties, some to the millisecond, over days that hold a change of clocks."""
    luck = random.Random(seed)
    begin = int(datetime(2026, 3, 1, 4, tzinfo=UTC).timestamp() * 1000)
    found = []
    for number in range(people):
        account = luck.choice(["", "acme", "globex"])
        for _ in range(luck.randrange(0, 14)):
            ms = begin + luck.randrange(days * 8) * 3 * 3_600_000 + luck.randrange(3)
            day = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()
            found.append(Did(f"p{number}", account, luck.choice(["", "s1", "s2"]), luck.choice(NAMES), ms, day))
    return found


def within(events: list[Did], period: Period, name: str | None = None) -> list[Did]:
    return [e for e in events if period.first <= e.day <= period.last and (name is None or e.name == name)]


def active(events: list[Did], every: str, period: Period, name: str | None = None) -> list[tuple[date, int, int]]:
    found = []
    for start in starts(every, period):  # type: ignore[arg-type]
        mine = [e for e in within(events, period, name) if start_of(every, e.day) == start]  # type: ignore[arg-type]
        found.append((start, len({e.person for e in mine}), len({e.account for e in mine} - {""})))
    return found


def reached(events: list[Did], question: Funnel) -> dict[tuple[str, ...], int]:
    """The step each unit gets to, by trying every chain."""
    units: dict[tuple[str, ...], list[Did]] = {}
    for e in events:
        if question.unit == "session" and e.session:
            units.setdefault((e.person, e.session), []).append(e)
        elif question.unit == "account" and e.account:
            units.setdefault((e.account,), []).append(e)
        elif question.unit == "person":
            units.setdefault((e.person,), []).append(e)
    try_ = any_order if question.order == "any" else in_order
    return {unit: level for unit, mine in units.items() if (level := try_(mine, question))}


def in_order(mine: list[Did], question: Funnel) -> int:
    steps, period = question.steps, question.period
    twice = len(set(steps)) < len(steps)
    mine = sorted(mine, key=lambda e: (e.ms, steps.index(e.name) if e.name in steps else 99))

    def longest(step: int, begin: int, last: int, used: frozenset[int]) -> int:
        if step == len(steps):
            return step
        best = step
        for at, e in enumerate(mine):
            if at in used or e.name != steps[step] or e.ms - begin > question.window_ms:
                continue
            if at > last if twice else e.ms >= mine[last].ms:
                best = max(best, longest(step + 1, begin, at, used | {at}))
        return best

    firsts = [at for at, e in enumerate(mine) if e.name == steps[0] and period.first <= e.day <= period.last]
    return max((longest(1, mine[at].ms, at, frozenset([at])) for at in firsts), default=0)


def any_order(mine: list[Did], question: Funnel) -> int:
    best = 0
    for first in within(mine, question.period, question.steps[0]):
        near = {e.name for e in mine if abs(e.ms - first.ms) <= question.window_ms}
        level = 0
        while level < len(question.steps) and question.steps[level] in near:
            level += 1
        best = max(best, level)
    return best


def retention(events: list[Did], every: str, period: Period, name: str | None) -> list[tuple[date, int, list[int]]]:
    known = [e for e in events if e.day <= period.last and (name is None or e.name == name)]
    first: dict[str, date] = {}
    for e in known:
        first[e.person] = min(first.get(e.person, e.day), e.day)
    times = starts(every, period)  # type: ignore[arg-type]
    found = []
    for at, start in enumerate(times):
        cohort = {p for p, day in first.items() if start_of(every, day) == start}  # type: ignore[arg-type]
        back = [
            len({e.person for e in known if e.person in cohort and start_of(every, e.day) == later})  # type: ignore[arg-type]
            for later in times[at:]
        ]
        found.append((start, len(cohort), back))
    return found


def some_period(seed: int) -> Period:
    luck = random.Random(seed)
    first = date(2026, 3, 1) + timedelta(days=luck.randrange(12))
    return Period(first, first + timedelta(days=luck.randrange(14)))
