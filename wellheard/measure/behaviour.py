"""What people do who have a problem: whom a pattern holds, who of them never spoke, and what askers do more than others.

Who has a problem's pattern and never spoke of it suffers in silence, perhaps: a pattern is what a member says goes with the
problem, so these are people to look at, not people counted as having it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from wellheard import store
from wellheard.listen.models import Voice
from wellheard.people.models import Person, Workspace
from wellheard.people.queries.money import cents_by_account, today
from wellheard.people.queries.roles import pairs_on
from wellheard.people.segments import evaluation
from wellheard.people.segments.facts import Facts
from wellheard.people.segments.rule import BadRule, decode
from wellheard.understand.models import Evidence, Problem

from .models import Pattern

FLOOR = 5  # people under which no share is told
LEAST_ASKERS = 10  # who were active, to compare them with others
MOST_EVENTS = 120
SURE = 0.05
LEAST_MORE = 1.2


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a pattern holds now. `spoke` of them spoke of the problem, `silent` did not, `never` never spoke of anything; `cents` a
    month of the silent ones' accounts. `cannot` says why it cannot be asked."""

    pattern: Pattern
    people: frozenset[int] = frozenset()
    spoke: frozenset[int] = frozenset()
    never: frozenset[int] = frozenset()
    accounts: int = 0
    silent_accounts: int = 0
    cents: int = 0
    askers: int = 0
    cannot: str = ""

    @property
    def silent(self) -> frozenset[int]:
        return self.people - self.spoke

    @property
    def spoke_share(self) -> float | None:
        return len(self.spoke) / len(self.people) if len(self.people) >= FLOOR else None

    @property
    def asker_share(self) -> float | None:
        """Of those who spoke of the problem, who does what the pattern says: a pattern that few of them do is not theirs."""
        return len(self.spoke) / self.askers if self.askers >= FLOOR else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.pattern.pk, "name": self.pattern.name, "rule": self.pattern.rule, "people": len(self.people),
            "spoke": len(self.spoke), "silent": len(self.silent), "never_spoke": len(self.never), "accounts": self.accounts,
            "silent_accounts": self.silent_accounts, "silent_mrr_cents": self.cents, "askers": self.askers, "cannot": self.cannot,
        }  # fmt: skip


def matches(problem: Problem) -> list[Match]:
    """All patterns of a problem, in the order they were tied."""
    return _matches(problem, list(Pattern.objects.filter(problem=problem).order_by("pk")))


def match(pattern: Pattern) -> Match:
    return _matches(pattern.problem, [pattern])[0]


def _matches(problem: Problem, patterns: Sequence[Pattern]) -> list[Match]:
    if not patterns:
        return []
    workspace = problem.workspace
    facts = Facts(workspace, today(workspace))
    askers = _askers(problem)
    spoke = set(Voice.objects.filter(workspace=workspace, author__isnull=False).values_list("author", flat=True))
    pairs = pairs_on(workspace, "", facts.on)
    cents = cents_by_account(workspace, facts.on)
    found = []
    for pattern in patterns:
        try:
            people = evaluation.of_rule(facts, "people", decode(pattern.rule)).keys
        except (BadRule, store.StoreError, ValueError) as e:
            found.append(Match(pattern, cannot=_why(e)))
            continue
        silent = people - askers
        mine = {a for p, a in pairs if p in people}
        quiet = {a for p, a in pairs if p in silent}
        found.append(Match(
            pattern, people, people & askers, people - spoke, len(mine), len(quiet), sum(cents.get(a, 0) for a in quiet), len(askers),
        ))  # fmt: skip
    return found


def _why(error: Exception) -> str:
    if isinstance(error, store.StoreError):
        return "What people did cannot be read now."
    return str(error)


def _askers(problem: Problem) -> frozenset[int]:
    rows = Evidence.objects.filter(problem=problem, voice__author__isnull=False)
    return frozenset(rows.values_list("voice__author", flat=True))


@dataclass(frozen=True, slots=True)
class Suggested:
    """An event: `did` of `askers` who were active did it, and `share` of others who were there on as many days."""

    event: str
    did: int
    askers: int
    share: float
    others: int
    p: float

    @property
    def asker_share(self) -> float:
        return self.did / self.askers

    def as_dict(self) -> dict[str, Any]:
        return {
            "event": self.event, "askers_who_did": self.did, "askers": self.askers, "share": round(self.asker_share, 4),
            "share_of_others": round(self.share, 4), "others": self.others, "p": self.p,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`looked` events were compared over the last `days`; `cannot` says why none."""

    days: int
    looked: int = 0
    askers: int = 0
    events: list[Suggested] = field(default_factory=list)
    cannot: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "days": self.days, "events_looked_at": self.looked, "askers": self.askers, "cannot": self.cannot,
            "events": [e.as_dict() for e in self.events],
        }  # fmt: skip


def suggestions(problem: Problem, days: int = 90, most: int = 8) -> Suggestions:
    """What those who spoke of it do more often than others who were there on as many days. It goes with speaking of the problem: it may
    be where they meet it, what they do instead, or what people like them do anyway."""
    workspace = problem.workspace
    last = today(workspace)
    first = last - timedelta(days=days - 1)
    try:
        reader = store.get().reader
        active = reader.people_behind(workspace.pk, None, first, last)
        there = _days_there(reader, workspace, active, first.isoformat(), last.isoformat())
        names = _names(reader, workspace, first.isoformat(), last.isoformat())
        rows = [
            np.isin(active, reader.people_behind(workspace.pk, name, first, last), assume_unique=True) for name in names
        ]
    except store.StoreError:
        return Suggestions(days, cannot="What people did cannot be read now.")
    numbers = np.asarray(
        list(Person.objects.filter(pk__in=_askers(problem), number__isnull=False).values_list("number", flat=True)), np.int64
    )  # fmt: skip
    asked = np.isin(active, numbers)
    if int(asked.sum()) < LEAST_ASKERS:
        why = f"{int(asked.sum())} of those who spoke of it were active in {days} days; from {LEAST_ASKERS} on they can be compared."
        return Suggestions(days, askers=int(asked.sum()), cannot=why)
    if int((~asked).sum()) < LEAST_ASKERS:
        return Suggestions(days, askers=int(asked.sum()), cannot="There is hardly anybody else to compare them with.")
    did = np.stack(rows) if rows else np.zeros((0, len(active)), bool)
    found = compared(names, did, asked, there)
    return Suggestions(days, len(names), int(asked.sum()), found[:most])


def _names(reader: store.Reader, workspace: Workspace, first: str, last: str) -> list[str]:
    """Those on the most days first."""
    rows = reader.rows(
        "SELECT name FROM rollup WHERE workspace = {w:UInt32} AND name != '' AND day BETWEEN {a:Date} AND {b:Date} "
        "GROUP BY name ORDER BY uniqExact(day) DESC, name LIMIT {n:UInt32}",
        {"w": workspace.pk, "a": first, "b": last, "n": MOST_EVENTS},
    )
    return [str(name) for (name,) in rows]


def _days_there(reader: store.Reader, workspace: Workspace, active: np.ndarray, first: str, last: str) -> np.ndarray:
    """On how many days each of `active` did anything."""
    bitmap = reader.bitmap(workspace.pk, "groupBitmapMergeState(people)")
    seen = reader.arrays(
        f"SELECT arrayJoin(bitmapToArray({bitmap})) FROM rollup WHERE workspace = {{w:UInt32}} AND name = '' "  # noqa: S608 - our own SQL
        "AND day BETWEEN {a:Date} AND {b:Date} GROUP BY day",
        {"w": workspace.pk, "a": first, "b": last},
    )[0].astype(np.int64)
    who, days = np.unique(seen, return_counts=True)
    place = np.minimum(np.searchsorted(who, active), max(0, len(who) - 1))
    return np.where(who[place] == active, days[place], 0) if len(who) else np.zeros(len(active), np.int64)


def compared(names: Sequence[str], did: np.ndarray, asked: np.ndarray, days: np.ndarray) -> list[Suggested]:
    """`did` (events × people), `asked` and `days` (people). Mantel and Haenszel's test over groups of people who were there on about as
    many days, made stricter for the number of events (Holm); those that askers surely do more, the clearest first."""
    from scipy.stats import chi2

    stratum = _groups(days, int(asked.sum()))
    raw: list[tuple[float, Suggested]] = []
    for i, name in enumerate(names):
        mine = did[i]
        seen = expected = spread = usual = 0.0
        askers = 0
        for s in np.unique(stratum):
            here = stratum == s
            n, a = int(here.sum()), int((here & asked).sum())
            if n < 2 or not 0 < a < n:
                continue
            m, hit = int((here & mine).sum()), int((here & mine & asked).sum())
            askers += a
            seen += hit
            expected += a * m / n
            spread += a * (n - a) * m * (n - m) / (n * n * (n - 1))
            usual += a * (m - hit) / (n - a)
        if not askers:
            continue
        statistic = max(0.0, abs(seen - expected) - 0.5) ** 2 / spread if spread else 0.0
        p = float(chi2.sf(statistic, 1)) if seen > expected else 1.0
        did_it, all_asked = int((mine & asked).sum()), int(asked.sum())
        raw.append((p, Suggested(name, did_it, all_asked, usual / askers, int((~asked).sum()), p)))
    worst, kept = 0.0, []
    for i, (p, one) in enumerate(sorted(raw, key=lambda r: (r[0], r[1].event))):
        worst = max(worst, min(1.0, p * (len(raw) - i)))
        if worst <= SURE and one.did >= FLOOR and one.asker_share >= LEAST_MORE * one.share:
            kept.append(Suggested(one.event, one.did, one.askers, one.share, one.others, worst))
    return kept


def _groups(days: np.ndarray, askers: int) -> np.ndarray:
    """Up to twenty groups, with about ten askers in each."""
    n = int(np.clip(askers // 10, 1, 20))
    edges = np.unique(np.quantile(days, np.arange(1, n) / n)) if n > 1 else np.zeros(0)
    return np.searchsorted(edges, days, side="left")
