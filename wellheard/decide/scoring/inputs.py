"""What goes into the score of a bet: counted from the evidence of its problems, unless a member gave another figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wellheard.people.models import Workspace
from wellheard.people.queries.lenses import Sight
from wellheard.understand.models import Evidence

from ..models import Bet, Given, Input

LENSES = ("users", "customers")
FEELINGS = {"negative": 0, "neutral": 1, "positive": 2}
ASSUMED_CONFIDENCE = 50.0
LIMITS: dict[str, tuple[float, float]] = {
    "users": (0, 1e9), "customers": (0, 1e9), "revenue": (0, 1e13), "pain": (1, 5), "effort": (0.05, 10_000), "confidence": (1, 100),
}  # fmt: skip
UNITS = {
    "users": "people", "customers": "accounts", "revenue": "a month", "pain": "1 to 5", "effort": "person-weeks", "confidence": "%",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """One figure. Units as in `models_scores.Given`. `source` is counted, given or assumed; `counted` is what the evidence
    says beside a given one."""

    likely: float
    source: str
    low: float | None = None
    high: float | None = None
    counted: float | None = None
    reason: str = ""
    by: str = ""


@dataclass(slots=True)
class Inputs:
    """`pain` stands for each lens: those who use may feel it more than those who pay. `feelings` counts voices that are
    negative, neutral, positive; `accounts` holds (cents a month, is a customer) of everybody who asked."""

    bet: Bet
    users: Value
    customers: Value
    revenue: Value
    pain: dict[str, Value]
    effort: Value | None
    confidence: Value
    feelings: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    accounts: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.effort is not None

    def by_name(self, name: str, lens: str = "users") -> Value | None:
        return self.pain[lens] if name == "pain" else getattr(self, name)  # type: ignore[no-any-return]

    def as_dict(self) -> dict[str, Any]:
        told = {n: _told(getattr(self, n)) for n in ("users", "customers", "revenue", "effort", "confidence")}
        return told | {"pain": {lens: _told(v) for lens, v in self.pain.items()}}


def _told(value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "likely": value.likely, "low": value.low, "high": value.high, "source": value.source, "counted": value.counted,
        "reason": value.reason,
    }  # fmt: skip


def felt(counts: tuple[int, int, int]) -> float:
    """1 (all praise) to 5 (all complain). Two voices' worth of doubt is added, so that one cry is no 5."""
    negative, neutral, _ = counts
    return 1 + 4 * (negative + 2 / 3 + (neutral + 2 / 3) / 2) / (sum(counts) + 2)


def inputs(workspace: Workspace, bets: Sequence[Bet]) -> dict[int, Inputs]:
    """Bet → its inputs, in four queries for all of them."""
    said: dict[int, dict[int, tuple[int | None, int | None, str]]] = defaultdict(dict)
    rows = Evidence.objects.filter(problem__bets__in=list(bets)).values_list(  # type: ignore[misc]
        "problem__bets", "voice", "voice__author", "voice__account", "voice__sentiment", "voice__suggestion__sentiment"
    )
    for bet, voice, author, account, feeling, suggested in rows:
        said[bet][voice] = (author, account, feeling or suggested or "")
    given: dict[int, dict[str, Given]] = defaultdict(dict)
    for row in Given.objects.filter(workspace=workspace, bet__in=list(bets)):
        given[row.bet_id][row.name] = row
    sight = Sight(workspace)
    return {b.pk: _of(b, list(said[b.pk].values()), given[b.pk], sight) for b in bets}


def _of(bet: Bet, said: list[tuple[int | None, int | None, str]], given: Mapping[str, Given], sight: Sight) -> Inputs:
    seen = sight.look({(person, account) for person, account, _ in said})
    counts: dict[str, Counter[int]] = {lens: Counter() for lens in LENSES}
    for person, account, feeling in said:
        if feeling not in FEELINGS:
            continue
        if person is not None and person not in sight.only_buys:
            counts["users"][FEELINGS[feeling]] += 1
        if account in sight.cents and (person is None or (person, account) in sight.buys):
            counts["customers"][FEELINGS[feeling]] += 1
    feelings = {lens: (n[0], n[1], n[2]) for lens, n in counts.items()}

    def value(name: str, counted: float | None, source: str = "counted") -> Value | None:
        row = given.get(name)
        if row is not None:
            low, high = (None if v is None else float(v) for v in (row.low, row.high))
            beside = counted if source == "counted" else None
            return Value(float(row.likely), "given", low, high, beside, row.reason, row.given_by)
        return None if counted is None else Value(counted, source)

    def sure(found: Value | None) -> Value:
        assert found is not None
        return found

    return Inputs(
        bet,
        sure(value(Input.USERS, float(len(seen.users)))),
        sure(value(Input.CUSTOMERS, float(len(seen.customers)))),
        sure(value(Input.REVENUE, float(seen.cents))),
        {
            lens: sure(value(Input.PAIN, felt(feelings[lens]), "counted" if sum(feelings[lens]) else "assumed"))
            for lens in LENSES
        },
        value(Input.EFFORT, None),
        sure(value(Input.CONFIDENCE, ASSUMED_CONFIDENCE, "assumed")),
        feelings,
        [(sight.cents.get(a, 0), a in seen.customers) for a in sorted(seen.accounts)],
    )
