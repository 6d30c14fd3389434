"""Who says what about which topic, and in which week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .behaviour import COLUMNS, FEATURES, Rates
from .topics import PRAISE, SPECS, Spec
from .world import Account, Person

ONE_OFF, PRAISED = "one-off", "praise"
EURO = frozenset(("DE", "AT", "FR", "BE", "ES", "PT", "IT", "IE", "NL", "FI"))

# How a slump moves people to speak: e^(3 · depth), twenty times as likely at a depth of one.
URGE = 3.0


@dataclass(frozen=True, slots=True)
class Asking:
    topic: str
    person: int
    week: int
    lately: bool = False  # in the last seven days, wherever weeks begin


def askings(
    rng: Generator,
    rates: Rates,
    counts: NDArray[np.int64],
    accounts: tuple[Account, ...],
    people: tuple[Person, ...],
    released: dict[str, int],
    one_offs: int,
) -> list[Asking]:
    """All askings. `counts` is what people did by (feature, person, week) with nothing shipped; `released` is the
    release week by topic, for the topics a bet has shipped for."""
    traits = _Traits(rates, counts, accounts, people)
    spoken = np.zeros(len(people), dtype=np.int16)
    shipped = np.zeros(len(people), dtype=bool)
    found: list[Asking] = []
    for spec in sorted(SPECS, key=lambda spec: spec.key not in released):  # the shipped choose first
        release = released.get(spec.key)
        weight = traits.weight(spec) * _when(spec, release)
        # Few speak twice about different things, and hardly anybody about two things that shipped.
        weight *= np.exp(-0.7 * spoken)[:, None]
        if release is not None:
            weight[shipped] *= 0.02
        elif spec.weeks is None:
            weight[shipped] *= 0.5
        fresh = round(spec.voices * 0.86)
        chosen = _pick(rng, weight, fresh)
        found += [Asking(spec.key, who, week) for who, week in chosen]
        who = np.array([who for who, _ in chosen])
        spoken[who] += 1
        if release is not None:
            shipped[who] = True
        found += _again(rng, spec, chosen, spec.voices - fresh)
        if spec.last_days:
            late = weight.copy()
            late[:, :-2] = 0
            late[who] = 0
            found += [Asking(spec.key, who, COLUMNS - 1, True) for who, _ in _pick(rng, late, spec.last_days)]
    calm = np.sqrt(traits.use) * rates.present * np.exp(-0.9 * spoken)[:, None]
    for key, number in ((ONE_OFF, one_offs), (PRAISED, PRAISE)):
        weight = calm * np.exp((URGE if key == ONE_OFF else -1.5) * rates.slump)
        found += [Asking(key, who, week) for who, week in _pick(rng, weight, number)]
    return found


class _Traits:
    """What the choice of authors looks at, computed once."""

    def __init__(
        self,
        rates: Rates,
        counts: NDArray[np.int64],
        accounts: tuple[Account, ...],
        people: tuple[Person, ...],
    ) -> None:
        self.rates = rates
        self.account = np.array([person.account for person in people])
        self.titles = np.array([person.title for person in people])
        self.plans = np.array([accounts[at].plan for at in self.account])
        self.buys = np.array(["buys" in person.roles for person in people])
        self.euro = np.array([accounts[at].country in EURO for at in self.account])
        # What somebody did so far, as anybody could have counted it: nobody asks because of what they are going to
        # do, and their asking tells nothing about their level that their past does not tell.
        self.counts = counts
        self.use = _so_far(counts[: len(FEATURES) - 1].sum(axis=0), rates.present)
        self.urge = np.exp(URGE * rates.slump) * rates.present
        # Newcomers first learn; they do not complain in their first three weeks.
        settled = np.cumsum(rates.present, axis=1) - rates.present
        before = rates.present[:, 0] >= 1
        trying = np.array([accounts[at].state in ("trial", "lost") for at in self.account])
        self.urge *= (settled > 2.5) | before[:, None] | trying[:, None]
        # Who has just gone is asked why, and so is who tries Tally out.
        gone = np.zeros_like(self.urge)
        gone[:, 1:] = (rates.present[:, 1:] == 0) & (rates.present[:, :-1] > 0)
        ended = np.array([accounts[at].state in ("churned", "lost") for at in self.account])
        self.urge = np.where(trying[:, None], 3 * self.urge, self.urge) + 2.5 * gone * ended[:, None]

    def weight(self, spec: Spec) -> NDArray[np.float64]:
        """How likely each person is to say it in each week, (person, week), up to a constant."""
        who = np.ones(len(self.titles))
        for table, values in ((spec.titles, self.titles), (spec.plans, self.plans)):
            if table:
                who *= np.array([table.get(value, table.get("", 1.0)) for value in values])
        who *= np.where(self.buys, spec.buyers, 1.0)
        if spec.abroad:
            who *= np.where(self.euro, 0.25, 2.0)
        urge = self.urge
        if spec.feature:
            at = list(FEATURES).index(spec.feature)
            # Who never uses it has nothing to say; who uses it daily says it sooner.
            so_far = _so_far(self.counts[at], self.rates.present)
            urge = urge * np.minimum(so_far, 9.0) ** 1.3 * (so_far > 0.25)
            urge *= np.where(self.rates.focus == at, 1.5, 1.0)
        elif spec.buyers < 4:
            urge = urge * np.minimum(self.use + 0.05, 25.0) ** 0.9
        else:
            urge = self.rates.present  # the bill hurts in any week
        return who[:, None] * urge


def _so_far(counts: NDArray[np.int64], present: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean a week before each week, (person, week); a little pulled to the mean of all while somebody is new."""
    before = np.cumsum(counts, axis=1) - counts
    weeks = np.cumsum(present, axis=1) - present
    return (before + counts.mean()) / (weeks + 1.0)


def _when(spec: Spec, release: int | None) -> NDArray[np.float64]:
    """How often a topic comes up by week. What is going to ship has been heard more and more, then hardly at all."""
    weeks = np.arange(COLUMNS)
    if spec.weeks is not None:
        first, last = spec.weeks
        share = ((weeks >= first) & (weeks <= last)).astype(float)
        if spec.key == "moved-reports":
            share *= np.clip((weeks - first + 1) / 3, 0, 1)
        return share
    if release is None:
        return 0.85 + 0.3 * weeks / COLUMNS
    gap = release - weeks
    return np.select([gap > 10, gap > 7, gap > 0, gap > -4], [0.06, 0.6, 1.0, 0.10], 0.03)


def _pick(rng: Generator, weight: NDArray[np.float64], number: int) -> list[tuple[int, int]]:
    """`number` different people with a week each, drawn in proportion to their weights."""
    total = weight.sum(axis=1)
    eligible = np.flatnonzero(total > 0)
    # The largest of weight-scaled exponentials: a draw without replacement.
    keys = rng.exponential(1.0, len(eligible)) / total[eligible]
    who = eligible[np.argsort(keys)[: min(number, len(eligible))]]
    cumulative = np.cumsum(weight[who], axis=1)
    at = rng.random(len(who)) * cumulative[:, -1]
    week = (cumulative <= at[:, None]).sum(axis=1)
    return [(int(person), int(column)) for person, column in zip(who, week, strict=True)]


def _again(rng: Generator, spec: Spec, chosen: list[tuple[int, int]], number: int) -> list[Asking]:
    """Some say it twice, a few weeks later."""
    found = []
    for at in rng.choice(len(chosen), min(number, len(chosen)), replace=False):
        person, week = chosen[at]
        later = week + int(rng.integers(1, 5))
        if later < COLUMNS - 1 and not (spec.weeks and later > spec.weeks[1]):
            found.append(Asking(spec.key, person, later))
    return found
