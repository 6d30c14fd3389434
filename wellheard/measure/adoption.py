"""Which share of those who are active use something, how much, and how soon after they came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wellheard.store.reader import Reader

from .did import ANYTHING
from .question import Active, Adoption
from .sql import set as sql


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; `share` is None when there is nobody to ask about."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Adopted:
    """Breadth: of the people and of the accounts active in the period."""

    people: Share
    accounts: Share


@dataclass(frozen=True, slots=True)
class Depth:
    """How much those `people` did it who did it at all; None when nobody did."""

    people: int
    median_times: float | None
    mean_times: float | None
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Delay:
    """Days from the day somebody was first seen to their first use, of the `people` whose first use ever lies in the
    period. within[k] is the share of them who used it no later than k days after they came."""

    people: int
    median_days: float | None
    within: dict[int, float]


WITHIN = (0, 1, 7, 30, 90)


def adoption(reader: Reader, workspace: int, question: Adoption) -> Adopted:
    people, accounts, all_people, all_accounts = reader.rows(*sql.adoption(reader, workspace, question))[0]
    return Adopted(Share(int(people), int(all_people)), Share(int(accounts), int(all_accounts)))


def depth(reader: Reader, workspace: int, question: Adoption) -> Depth:
    people, times, mean, days = reader.rows(*sql.depth(reader, workspace, question))[0]
    return Depth(int(people), float(times), float(mean), float(days)) if people else Depth(0, None, None, None)


def delay(reader: Reader, workspace: int, question: Adoption) -> Delay:
    rows = [(int(days), int(n)) for days, n in reader.rows(*sql.adopted_after(reader, workspace, question))]
    total = sum(n for _, n in rows)
    if not total:
        return Delay(0, None, {})
    days = np.repeat([day for day, _ in rows], [n for _, n in rows])
    return Delay(total, float(np.median(days)), {k: float((days <= k).mean()) for k in WITHIN})


def behind(reader: Reader, workspace: int, question: Adoption, used: bool = True, unit: str = "person") -> np.ndarray:
    """Numbers of the people (or accounts) who used it, or who were active and did not."""

    def who(event: object) -> np.ndarray:
        asked = Active("day", question.period, event, question.crowd)  # type: ignore[arg-type]
        return np.sort(reader.arrays(*sql.people(reader, workspace, asked, unit), columns=1)[0].astype(np.int64))

    found = who(question.event)
    return found if used else np.setdiff1d(who(ANYTHING), found)
