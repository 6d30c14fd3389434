"""What a simulated Tally consists of: plain frozen records and numpy columns, no database and no framework.

People, accounts and voices refer to each other by their position in the World's tuples, so whoever loads a
World can map a position to a row without looking anything up by name. Ids are stable per seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Plan = str  # free, starter, growth, scale in Tally
State = Literal["", "trial", "active", "churned", "lost"]
Movement = Literal["new", "expansion", "contraction", "churn", "reactivation"]
Role = Literal["uses", "buys", "administers", "champions"]
Channel = Literal["portal", "email", "interview", "support", "sales", "survey", "app review", "widget"]
Kind = Literal["request", "bug", "praise", "question"]
Answer = Literal["yes", "not now", "no"]

WEEKS = 40  # whole weeks before the current, partial one


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the team that builds Tally."""

    name: str
    email: str
    title: str  # "Product manager"
    function: str  # product, design, engineering, sales, success, support
    member_role: str  # owner, editor, contributor, viewer


@dataclass(frozen=True, slots=True)
class MoneySpan:
    """What an account pays per month from one day to the next change. A churned span has 0 cents."""

    since: date
    until: date | None  # the day the next span starts; None while it lasts
    cents: int  # per month
    movement: Movement  # how it differs from the span before


@dataclass(frozen=True, slots=True)
class Account:
    id: str  # "shop-0001"
    name: str
    domain: str  # always ends in .example
    country: str  # ISO 3166 alpha-2
    language: str  # ISO 639-1
    timezone: str  # IANA
    plan: Plan
    stores: int  # how many web shops it watches in Tally
    currency: str
    owner: str  # name of the colleague who looks after it
    signed_up: date
    state: State  # on the world's last day
    states: tuple[tuple[date, State], ...]  # since when which state, oldest first
    money: tuple[MoneySpan, ...]  # oldest first; empty when nothing was ever paid
    traits: dict[str, Any] = field(default_factory=dict)

    def state_on(self, day: date) -> State:
        """The account's state as of a day; its first state for any earlier day."""
        found = self.states[0][1]
        for since, state in self.states:
            if since <= day:
                found = state
        return found

    def cents_on(self, day: date) -> int:
        """Recurring revenue per month, in cents, as of a day."""
        for span in self.money:
            if span.since <= day and (span.until is None or day < span.until):
                return span.cents
        return 0


@dataclass(frozen=True, slots=True)
class Person:
    id: str  # "p-00001", the userId in events
    name: str
    email: str
    language: str
    title: str  # "Shop assistant", "Owner", "Accountant" …
    account: int  # position in World.accounts; -1: in none
    roles: tuple[Role, ...]
    joined: date
    left: date | None  # stopped for good; None while still there
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voice:
    id: str  # "v-00001"
    text: str
    topic: str | None  # hidden truth: key of a Topic; None for one-offs and praise
    author: int  # position in World.people
    account: int  # position in World.accounts; -1: none
    account_state: State  # as it was when this was said
    channel: Channel
    kind: Kind
    language: str
    said_at: datetime  # UTC
    relayed_by: str | None  # name of the colleague who wrote it down for the author
    deal_cents: int | None  # yearly value of the deal sales named, if any


@dataclass(frozen=True, slots=True)
class Topic:
    """Something people struggle with. `confirmed` ones are problems; the rest are there to be found."""

    key: str
    name: str  # the problem's name, as a product person would write it
    description: str
    confirmed: date | None  # the day a member confirmed it; None: never
    confirmed_by: str | None
    shipped_by: str | None  # key of the bet that shipped for it, if any


@dataclass(frozen=True, slots=True)
class Release:
    week: int  # index of the Monday-based week, 0 = World.start
    at: datetime  # UTC
    title: str
    body: str  # changelog entry, Markdown


@dataclass(frozen=True, slots=True)
class Bet:
    key: str
    name: str
    hypothesis: str
    problems: tuple[str, ...]  # topic keys
    metric_event: str  # weekly count per person of this event
    direction: Literal["up", "down"]
    expected: float  # expected proportional shift, 0.2 = +20 %
    smallest: float  # smallest shift worth having
    window_weeks: int
    undo_rule: str
    stage: Literal["shipped", "now", "next"]
    created: date
    locked: date | None  # work started
    owner: str  # colleague
    release: Release | None


@dataclass(frozen=True, slots=True)
class Opinion:
    by: str  # colleague
    stance: Literal["for", "against", "unsure"]
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    about: Literal["bet", "problem"]
    key: str  # of the bet or topic
    answer: Answer
    on: date
    by: str  # colleague
    reason: str
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Columns of equal length, ordered by time."""

    person: NDArray[np.int32]  # position in World.people
    time: NDArray[np.datetime64]  # datetime64[ms], UTC
    name: NDArray[np.int8]  # position in `names`
    page: NDArray[np.int8]  # position in `pages`: where in the product it happened
    stores: NDArray[np.int16]  # stores selected at that moment
    session: NDArray[np.int32]  # grows with time; one visit of one person
    names: tuple[str, ...]
    pages: tuple[str, ...]
    seconds: NDArray[np.float32] | None = None  # how long the page was looked at; None: nobody measured it

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Earning:
    """Paid once on a day: by an account, or by nobody in particular (-1)."""

    account: int
    source: str
    day: date
    cents: int


@dataclass(frozen=True, slots=True, eq=False)
class BetTruth:
    """What really happened among those who asked for a shipped bet. See TRUTH.md."""

    effect: float  # true proportional change of the metric's rate among askers
    asked_week: NDArray[np.int16]  # per person: last week before the release in which they asked for it; -1 never
    eligible: NDArray[np.bool_]  # per person: asked t0-10 … t0-1 and active in the four weeks before t0
    theta: float | None  # log(Σ wY / Σ w E[Y(0)]) as realised; None while the window is open
    theta_expected: float  # the same with E[Y] for Y: log(1 + effect)
    naive: float | None  # log of after over before among them: what a careless page would show


@dataclass(frozen=True, slots=True, eq=False)
class World:
    seed: int
    start: date  # Monday of week 0
    until: date  # last day
    end: datetime  # UTC, exclusive: nothing happened after this
    colleagues: tuple[Colleague, ...]
    accounts: tuple[Account, ...]
    people: tuple[Person, ...]
    events: Events
    voices: tuple[Voice, ...]  # oldest first
    topics: tuple[Topic, ...]
    bets: tuple[Bet, ...]
    decisions: tuple[Decision, ...]
    truth: dict[str, BetTruth]  # by key of the shipped bet
    earnings: tuple[Earning, ...] = ()
    sample: str = "tally"
    site: str = "app.tally.example"
    zone: str = "Europe/Berlin"
    earns: str = ""  # one of measure.earning.WAYS

    @property
    def weeks(self) -> int:
        """Whole weeks; week `weeks` is the current, partial one."""
        return WEEKS

    def monday(self, week: int) -> date:
        return self.start + timedelta(weeks=week)

    def week_of(self, day: date) -> int:
        return (day - self.start).days // 7

    def bet(self, key: str) -> Bet:
        return next(bet for bet in self.bets if bet.key == key)

    def topic(self, key: str) -> Topic:
        return next(topic for topic in self.topics if topic.key == key)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


Message = dict[str, Any]
