"""From facts of one account to signals and their sum: pure, so that each rule can be held against a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

RECENT, PAST = 28, 84  # days of use looked at, and the days before them they are held against
MONEY_DAYS = 90
ENOUGH_PAST = 12  # events in the past days below which a change of use is chance
WAITS_LONG = 30
NEEDED = 3
WELL, RISK = 15, -15


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one account. `use`: events of the last 28 days and of the 84 before, and the day of the first; None
    when no event is known. `active`, `people`: who was active of those known to be in it. Cents a month today, 90 days
    ago, and at the highest. `open`: requests on open problems, `waiting` of them for over 30 days without an answer.
    `overdue`: days a check-in is late; None without a cadence."""

    today: date
    use: tuple[int, int, date] | None = None
    active: int = 0
    people: int = 0
    cents: int = 0
    cents_before: int = 0
    cents_most: int = 0
    open: int = 0
    waiting: int = 0
    contact: date | None = None
    overdue: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """`points` between −`weight` and +`weight`; None when it is not known. `words` is the evidence."""

    name: str
    points: int | None
    weight: int
    words: str


@dataclass(frozen=True, slots=True)
class Health:
    """`points` is the sum, None when not enough is known; `word` is well, mixed, at risk or unknown."""

    account: Any
    signals: list[Signal] = field(default_factory=list)
    cents: int = 0

    @property
    def known(self) -> list[Signal]:
        return [s for s in self.signals if s.points is not None]

    @property
    def points(self) -> int | None:
        told = {s.name for s in self.known}
        if len(told) < NEEDED or not told & {"use", "people", "money"}:
            return None
        return sum(s.points or 0 for s in self.known)

    @property
    def word(self) -> str:
        points = self.points
        if points is None:
            return "unknown"
        return "well" if points >= WELL else "at risk" if points <= RISK else "mixed"

    @property
    def worst(self) -> Signal | None:
        """What pulls it down most."""
        bad = [s for s in self.known if (s.points or 0) < 0]
        return min(bad, key=lambda s: s.points or 0, default=None)

    def as_dict(self) -> dict[str, Any]:
        return {
            "account": self.account.pk, "name": self.account.name, "owner": self.account.owner, "mrr_cents": self.cents,
            "health": self.word, "points": self.points,
            "signals": [{"name": s.name, "points": s.points, "weight": s.weight, "words": s.words} for s in self.signals],
        }  # fmt: skip


def judge(account: Any, facts: Facts) -> Health:
    return Health(account, [rule(facts) for rule in RULES], facts.cents)


def _use(f: Facts) -> Signal:
    if f.use is None:
        return Signal("use", None, 30, "No event of this account is known.")
    now, before, first = f.use
    if (f.today - first).days < 2 * RECENT:
        return Signal("use", None, 30, f"In use since {first:%-d %b %Y} only: too short to compare with itself.")
    usual = before * RECENT / PAST
    if before < ENOUGH_PAST and now < ENOUGH_PAST:
        return Signal(
            "use", None, 30, f"{_n(now, 'event')} in four weeks and {before} in the twelve before: too few to compare."
        )
    evidence = f"{_n(now, 'event')} in the last four weeks; in the twelve weeks before, {usual:.0f} in four on average"
    if now == 0:
        return Signal(
            "use", -30, 30, f"No use in the last four weeks; before, {usual:.0f} events in four weeks on average."
        )
    share = now / usual if usual else 9.0
    points = -20 if share <= 0.5 else -10 if share <= 0.8 else 10 if share < 1.2 else 15
    change = f"{share - 1:+.0%}".replace("-", "−") if usual else "new"
    return Signal("use", points, 30, f"{evidence} ({change}).")


def _people(f: Facts) -> Signal:
    if not f.people:
        return Signal("people", None, 15, "Nobody is known to use it here.")
    if f.use is None:
        return Signal("people", None, 15, f"{_n(f.people, 'person', 'people')} known, but no event of theirs.")
    share = f.active / f.people
    points = 15 if share >= 0.6 else 5 if share >= 0.3 else -10 if f.active else -15
    return Signal("people", points, 15, f"{f.active} of {f.people} known people were active in the last four weeks.")


def _money(f: Facts) -> Signal:
    if not f.cents_most:
        return Signal("money", None, 40, "It has never paid, as far as we know.")
    if not f.cents:
        return Signal("money", -40, 40, "It paid before and pays nothing now.")
    if f.cents < f.cents_before:
        return Signal("money", -20, 40, f"It pays {1 - f.cents / f.cents_before:.0%} less than {MONEY_DAYS} days ago.")
    if f.cents > f.cents_before:
        grown = f"{f.cents / f.cents_before - 1:.0%} more than" if f.cents_before else "since less than"
        return Signal(
            "money",
            15,
            40,
            f"It pays {grown} {MONEY_DAYS} days ago." if f.cents_before else f"It pays {grown} {MONEY_DAYS} days.",
        )
    return Signal("money", 5, 40, f"It pays what it paid {MONEY_DAYS} days ago.")


def _requests(f: Facts) -> Signal:
    if not f.open:
        return Signal("requests", None, 20, "It waits for nothing that we know of.")
    asked = f"{_n(f.open, 'thing')} it asked for {'is' if f.open == 1 else 'are'} open"
    if not f.waiting:
        return Signal("requests", 0, 20, f"{asked}, none for over {WAITS_LONG} days without an answer.")
    return Signal(
        "requests", -min(20, 5 * f.waiting), 20, f"{asked}; {f.waiting} for over {WAITS_LONG} days without an answer."
    )


def _contact(f: Facts) -> Signal:
    if f.contact is None:
        return Signal("contact", None, 10, "Nobody there has spoken with us yet.")
    days = (f.today - f.contact).days
    points = 10 if days <= 30 else 0 if days <= 90 else -10
    ago = "today" if days <= 0 else f"{_n(days, 'day')} ago"
    return Signal("contact", points, 10, f"Last heard from or told something {ago}.")


def _check_in(f: Facts) -> Signal:
    if f.overdue is None:
        return Signal("check-in", None, 10, "No check-ins are planned.")
    if f.overdue <= 0:
        return Signal("check-in", 5, 10, "Check-ins are up to date.")
    return Signal("check-in", -10 if f.overdue > 7 else -5, 10, f"A check-in is {_n(f.overdue, 'day')} overdue.")


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


RULES: list[Callable[[Facts], Signal]] = [_use, _people, _money, _requests, _contact, _check_in]
CHECKED = ("use", "people", "money", "requests", "contact", "check-in")
