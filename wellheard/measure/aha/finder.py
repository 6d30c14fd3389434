"""Looks for early behaviour that goes with staying, in a way that seldom finds what is not there.

Everybody who stays was active early, so almost any early event goes with staying: looked at plainly, a product where
staying depends on activity alone shows a finding every time. Therefore:

- accounts are split in two halves by their number, colleagues together; one half proposes, the other confirms;
- people are compared with people equally active in *other* ways: within bands of their other early activity, with
  straight lines for how much, on how many days, how active their colleagues were and when they began;
- at most five proposals are carried over; each must exceed a margin of three points there, at 5 % after Holm;
- only the confirming half's numbers are printed, for a proposal looks better in the half that proposed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .regression import Difference, difference, holm

THRESHOLDS = (1, 2, 3, 5, 10)
SUPPORT = (0.05, 0.95)
MARGIN = 0.03
LEVEL = 0.05
CARRIED = 5
BANDS = 10
LEAST_PEOPLE, LEAST_CLUSTERS, LEAST_EACH = 100, 20, 20


@dataclass(frozen=True, slots=True)
class Early:
    """What n people did in their first days, and whether they stayed.

    numbers: n people's numbers; events: names of the m kinds of events; person, event, day, times: one row for each person, event and day with it
    (positions in the lists, day 0 is a person's first); stayed: n booleans; account: n numbers, 0 for none;
    began: n numbers of days.
    """

    numbers: np.ndarray
    events: list[str]
    person: np.ndarray
    event: np.ndarray
    day: np.ndarray
    times: np.ndarray
    stayed: np.ndarray
    account: np.ndarray
    began: np.ndarray


@dataclass(frozen=True, slots=True)
class Candidate:
    """`event` at least `times` in the first days, as the confirming half shows it.

    did and other are how many people did and did not, of_did and of_other the shares of them who stayed; raw is the
    plain difference, adjusted that among people equally active otherwise; p is Holm's, against the margin.
    """

    event: str
    times: int
    did: int
    other: int
    of_did: float
    of_other: float
    raw: Difference
    adjusted: Difference
    p: float

    @property
    def confirmed(self) -> bool:
        return self.p <= LEVEL


@dataclass(frozen=True, slots=True)
class Findings:
    """`candidates` are those carried over, the most certain first. `too_few` says what was missing, if anything."""

    people: int
    stayed: int
    accounts: int
    looked_at: int
    candidates: list[Candidate] = field(default_factory=list)
    too_few: str = ""

    @property
    def confirmed(self) -> list[Candidate]:
        return [c for c in self.candidates if c.confirmed]


def find(seen: Early) -> Findings:
    people = len(seen.stayed)
    clusters = _clusters(seen.account)
    accounts = len(np.unique(seen.account[seen.account > 0]))
    stayed = int(seen.stayed.sum())
    proposing = _proposes(seen)
    for half in (proposing, ~proposing):
        if missing := _missing(half, seen.stayed, clusters):
            return Findings(people, stayed, accounts, 0, too_few=missing)
    looked_at, proposals = 0, []
    for event, counts, beside in _each(seen):
        best: tuple[float, int] | None = None
        for times in THRESHOLDS:
            did = counts >= times
            share = float(did[proposing].mean())
            if not SUPPORT[0] <= share <= SUPPORT[1]:
                continue
            looked_at += 1
            found = _compared(did, seen.stayed, clusters, beside, proposing)
            if found and found.value > MARGIN:
                sure = (found.value - MARGIN) / found.error
                best = max(best, (sure, times)) if best else (sure, times)
        if best:
            proposals.append((best[0], event, best[1]))
    proposals.sort(key=lambda p: (-p[0], p[1]))
    carried = {event: times for _, event, times in proposals[:CARRIED]}
    candidates = _confirm(seen, carried, clusters, ~proposing)
    return Findings(people, stayed, accounts, looked_at, candidates)


def _confirm(seen: Early, carried: dict[int, int], clusters: np.ndarray, half: np.ndarray) -> list[Candidate]:
    found: list[tuple[int, int, np.ndarray, Difference, Difference]] = []
    untested = 0
    for event, counts, beside in _each(seen):
        if event not in carried:
            continue
        did = counts >= carried[event]
        raw = _compared(did, seen.stayed, clusters, None, half)
        adjusted = _compared(did, seen.stayed, clusters, beside, half)
        if raw and adjusted:
            found.append((event, carried[event], did[half], raw, adjusted))
        else:
            untested += 1
    # What could not be tested was still carried, and counts as not shown.
    p_values = holm([f[4].exceeds(MARGIN) for f in found] + [1.0] * untested)
    stayed = seen.stayed[half]
    candidates = [
        Candidate(
            seen.events[event], times, int(did.sum()), int((~did).sum()), float(stayed[did].mean()),
            float(stayed[~did].mean()), raw, adjusted, p,
        )
        for (event, times, did, raw, adjusted), p in zip(found, p_values, strict=False)
    ]  # fmt: skip
    return sorted(candidates, key=lambda c: (c.p, -c.adjusted.value))


def _compared(
    did: np.ndarray, stayed: np.ndarray, clusters: np.ndarray, beside: np.ndarray | None, half: np.ndarray
) -> Difference | None:
    names = np.unique(clusters[half], return_inverse=True)[1]
    return difference(did[half], stayed[half], names, None if beside is None else beside[half])


def _each(seen: Early) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For every event: how often each person did it, and the columns of what else there was."""
    n, days = len(seen.stayed), int(seen.day.max(initial=0)) + 1
    total = np.bincount(seen.person, seen.times, n)
    kinds = np.bincount(seen.person * days + seen.day, minlength=n * days)  # one row is one kind of event that day
    order = np.argsort(seen.event, kind="stable")
    edges = np.searchsorted(seen.event[order], np.arange(len(seen.events) + 1))
    for event in range(len(seen.events)):
        rows = order[edges[event] : edges[event + 1]]
        counts = np.bincount(seen.person[rows], seen.times[rows], n)
        alone = kinds.copy()
        alone[seen.person[rows] * days + seen.day[rows]] -= 1
        other_days = (alone.reshape(n, days) > 0).sum(axis=1)
        yield event, counts, _beside(total - counts, other_days, seen)


def _beside(other: np.ndarray, other_days: np.ndarray, seen: Early) -> np.ndarray:
    much = np.log1p(other)
    edges = np.unique(np.quantile(much, np.linspace(0, 1, BANDS + 1)[1:-1]))
    bands = np.searchsorted(edges, much, side="right")
    dummies = (bands[:, None] == np.unique(bands)[None, 1:]).astype(float)
    # Colleagues count by everything they did: what somebody's account does is not the person's own other activity.
    clusters = _clusters(seen.account)
    size = np.bincount(clusters)[clusters]
    whole = np.log1p(np.bincount(seen.person, seen.times, len(other)))
    colleagues = np.where(size > 1, (np.bincount(clusters, whole)[clusters] - whole) / np.maximum(size - 1, 1), 0)
    lines = [much, other_days, colleagues, size > 1, seen.began]
    return np.column_stack([dummies, *[_centred(line.astype(float)) for line in lines]])


def _centred(line: np.ndarray) -> np.ndarray:
    spread = line.std()
    return (line - line.mean()) / spread if spread > 0 else np.zeros_like(line)


def _clusters(account: np.ndarray) -> np.ndarray:
    """Colleagues share a number; who belongs to no account has one of their own."""
    own = np.where(account > 0, account, -1 - np.arange(len(account)))
    return np.unique(own, return_inverse=True)[1]


def _proposes(seen: Early) -> np.ndarray:
    """The half that proposes: a coin for every account (or person without one) that falls the same every time."""
    key = np.where(seen.account > 0, seen.account, seen.numbers + (1 << 32)).astype(np.uint64)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # the finaliser of splitmix64
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((key ^ (key >> np.uint64(31))) & np.uint64(1)).astype(bool)


def _missing(half: np.ndarray, stayed: np.ndarray, clusters: np.ndarray) -> str:
    people, stay = int(half.sum()), int(stayed[half].sum())
    groups = len(np.unique(clusters[half]))
    if people < LEAST_PEOPLE:
        return f"each half needs {LEAST_PEOPLE} people whose time has come, and one has {people}"
    if groups < LEAST_CLUSTERS:
        return f"each half needs people of {LEAST_CLUSTERS} accounts, and one has {groups}"
    if stay < LEAST_EACH:
        return f"each half needs {LEAST_EACH} people who stayed, and one has {stay}"
    if people - stay < LEAST_EACH:
        return f"each half needs {LEAST_EACH} people who did not stay, and one has {people - stay}"
    return ""
