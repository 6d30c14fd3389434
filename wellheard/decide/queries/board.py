"""Reads of bets and decisions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from wellheard.people.models import Workspace
from wellheard.people.queries.lenses import Lenses, Sight
from wellheard.understand.models import Evidence

from ..models import Bet, Decision

LANES = (("now", "Now"), ("next", "Next"), ("later", "Later"))
MOSCOW = (*((str(v), str(label)) for v, label in Bet.Moscow.choices), ("", "Not said yet"))
COLUMNS = {"horizon": LANES, "moscow": MOSCOW}


@dataclass(frozen=True, slots=True)
class BetCard:
    """A bet on the board with who asked for it."""

    bet: Bet
    asked: Lenses


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    name: str
    cards: list[BetCard]


@dataclass(frozen=True, slots=True)
class Look:
    """How the board is looked at: `by` columns, in `rows` by team or goal (or none), only of one team or goal."""

    by: str = "horizon"
    rows: str = ""
    team: str = ""
    goal: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.team or self.goal)


@dataclass(frozen=True, slots=True)
class Row:
    """One swimlane; without any the board is a single row with no name."""

    name: str
    lanes: list[Lane]


@dataclass(frozen=True, slots=True)
class Table:
    rows: list[Row]
    teams: list[str]
    goals: list[str]
    total: int
    shown: int


OPEN = (Bet.State.DRAFT, Bet.State.STARTED)


def in_order(workspace: Workspace) -> list[BetCard]:
    """Bets that have neither shipped nor been dropped: as members arranged them, then those most users asked for first."""
    bets = list(Bet.objects.filter(workspace=workspace, state__in=OPEN).prefetch_related("problems"))
    asked = who_asked(workspace, bets)
    return sorted((BetCard(b, asked[b.pk]) for b in bets), key=lambda c: (c.bet.place, -len(c.asked.users), c.bet.pk))


def board(workspace: Workspace, look: Look | None = None) -> list[Lane]:
    """The open bets in columns."""
    look = look or Look()
    return _lanes([c for c in in_order(workspace) if _shown(c.bet, look)], look.by)


def table(workspace: Workspace, look: Look) -> Table:
    """The open bets in columns and swimlanes, with what they can be filtered by."""
    cards = in_order(workspace)
    teams = sorted({c.bet.team for c in cards if c.bet.team})
    goals = sorted({c.bet.goal for c in cards if c.bet.goal})
    shown = [c for c in cards if _shown(c.bet, look)]
    if look.rows:
        names = sorted({getattr(c.bet, look.rows) for c in shown}, key=lambda n: (not n, n))
        rows = [Row(n, _lanes([c for c in shown if getattr(c.bet, look.rows) == n], look.by)) for n in names]
    else:
        rows = [Row("", _lanes(shown, look.by))]
    return Table(rows, teams, goals, len(cards), len(shown))


def _shown(bet: Bet, look: Look) -> bool:
    return (not look.team or bet.team == look.team) and (not look.goal or bet.goal == look.goal)


def _lanes(cards: list[BetCard], by: str) -> list[Lane]:
    return [Lane(key, name, [c for c in cards if getattr(c.bet, by) == key]) for key, name in COLUMNS[by]]


@dataclass(frozen=True, slots=True)
class PublicBet:
    """What the public may read of a bet: the title and words written for it, and where it stands."""

    title: str
    words: str
    status: str


def public_bets(workspace: Workspace) -> list[PublicBet]:
    """Bets that members made public, in the board's order; those dropped are left out. `status` is an idea's; what shipped for
    some only is, for everybody else, still in work."""
    rows = Bet.objects.filter(workspace=workspace, public=True).exclude(state=Bet.State.DROPPED)
    by_lane = {"now": "started", "next": "planned", "later": "considering"}
    shipped = rows.filter(state=Bet.State.SHIPPED)
    some = set(shipped.filter(releases__audience__isnull=False).values_list("pk", flat=True)) - set(
        shipped.filter(releases__audience=None, releases__published_at__isnull=False).values_list("pk", flat=True)
    )
    return [
        PublicBet(
            b.public_title,
            b.public_words,
            "started" if b.pk in some else "shipped" if b.state == Bet.State.SHIPPED else by_lane[b.horizon],
        )
        for b in rows.order_by("place", "-pk")
    ]


def who_asked(workspace: Workspace, bets: list[Bet]) -> dict[int, Lenses]:
    """Bet → the people and accounts whose voices are evidence for its problems."""
    pairs: dict[int, set[tuple[int | None, int | None]]] = defaultdict(set)
    rows = Evidence.objects.filter(problem__bets__in=bets).values_list(
        "problem__bets", "voice__author", "voice__account"
    )  # type: ignore[misc]
    for bet, author, account in rows:
        pairs[bet].add((author, account))
    sight = Sight(workspace)
    return {b.pk: sight.look(pairs[b.pk]) for b in bets}


def finished(workspace: Workspace) -> list[Bet]:
    """Shipped and dropped bets, newest first."""
    done = [Bet.State.SHIPPED, Bet.State.DROPPED]
    return list(Bet.objects.filter(workspace=workspace, state__in=done).order_by("-shipped_on", "-pk"))


def decisions(workspace: Workspace, limit: int = 50) -> list[Decision]:
    """The decision log, newest first."""
    rows = (
        Decision.objects.filter(workspace=workspace)
        .select_related("bet", "problem", "idea")
        .order_by("-decided_at", "-pk")
    )
    return list(rows[:limit])
