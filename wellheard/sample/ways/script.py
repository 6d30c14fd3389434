"""What a small sample product is written as: who is there, what they do, what they say, what was shipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from wellheard.sample.tally.world import Account, Colleague, Earning, Kind, Person


@dataclass(frozen=True, slots=True)
class Doing:
    """An event, the page it happens on, and how often an ordinary person does it a week."""

    event: str
    page: str
    weekly: float


@dataclass(frozen=True, slots=True)
class Subject:
    """What people struggle with. `feature` is the event that speaks of it; `buyers`: how much likelier buyers say it."""

    key: str
    name: str
    summary: str
    feature: str
    pains: tuple[str, ...]
    wishes: tuple[str, ...]
    voices: int = 60
    kind: Kind = "request"
    confirmed: bool = True
    buyers: float = 1.0


@dataclass(frozen=True, slots=True)
class Wager:
    """A bet: shipped `weeks_ago` with what it truly changed among those who asked, or still to come (None)."""

    subject: str
    name: str
    hypothesis: str
    metric: str
    title: str
    body: str
    weeks_ago: int | None
    effect: float = 0.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there. `pace`: how much more than an ordinary person each does; `minutes`: how long pages are read."""

    accounts: tuple[Account, ...]
    people: tuple[Person, ...]
    pace: NDArray[np.float64]
    earnings: tuple[Earning, ...] = ()
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    sample: str
    product: str
    earns: str
    doings: tuple[Doing, ...]
    subjects: tuple[Subject, ...]
    wagers: tuple[Wager, ...]
    team: tuple[Colleague, ...]
    cast: Callable[[np.random.Generator, date, date], Cast]
    zone: str = "Europe/Berlin"
    asides: tuple[str, ...] = field(default_factory=tuple)
