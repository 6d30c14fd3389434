"""Reads of bets and decisions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from wellheard.people.models import Workspace
from wellheard.people.queries.lenses import Lenses, Sight
from wellheard.understand.models import Evidence

from ..models import Bet, Decision

LANES = (("now", "Now"), ("next", "Next"), ("later", "Later"))


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


def board(workspace: Workspace) -> list[Lane]:
    """Bets that have neither shipped nor been dropped, by lane; those most users asked for first."""
    open_states = [Bet.State.DRAFT, Bet.State.STARTED]
    bets = list(Bet.objects.filter(workspace=workspace, state__in=open_states).prefetch_related("problems"))
    asked = who_asked(workspace, bets)
    cards = sorted((BetCard(b, asked[b.pk]) for b in bets), key=lambda c: (-len(c.asked.users), c.bet.pk))
    return [Lane(key, name, [c for c in cards if c.bet.horizon == key]) for key, name in LANES]


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
