"""Ways of earning, and the figures that matter to each: a workspace says how it earns, its home shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wellheard.people.models import Workspace
from wellheard.store.reader import Reader

from .audience import audience
from .base import Cell, Figure, Ground, Home, Series, Table
from .bought import school, seats
from .ecosystem import ecosystem
from .freemium import freemium

__all__ = ["WAYS", "Cell", "Figure", "Home", "Series", "Table", "Way", "home"]


@dataclass(frozen=True, slots=True)
class Way:
    title: str
    about: str
    needs: str
    home: Callable[[Ground], Home]


WAYS: dict[str, Way] = {
    "seats": Way("Seats", "Teams pay for seats; people sit on them, or do not.",
                 "accounts with the trait seats, what they pay, and events that name the account", seats),
    "freemium": Way("Freemium", "Everybody begins free; some come to pay.",
                    "accounts with the day they began, what they pay, and events that name the account", freemium),
    "audience": Way("Audience", "People give attention, advertisers pay for it.",
                    "events with time on page, and income by the source advertising", audience),
    "ecosystem": Way("Ecosystem", "A device is sold at a loss and earned back over its life.",
                     "sales with period once and the source device, and what its owners buy afterwards", ecosystem),
    "school": Way("School", "Schools buy; students and teachers use.",
                  "accounts with the trait licences, what they pay, and events that name the account", school),
}  # fmt: skip


def home(reader: Reader, workspace: Workspace) -> Home | None:
    """None when the workspace does not say how it earns."""
    way = WAYS.get(workspace.earns)
    return way.home(Ground(reader, workspace)) if way else None
