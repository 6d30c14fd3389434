"""Dashboards every workspace has: made of its own events, the same for everybody, to be copied and changed."""

from __future__ import annotations

from dataclasses import dataclass

from wellheard.store.reader import EventName, Reader

from ..did import of
from .words import Spec

FEATURES, STEPS = 6, 3
VIEWS = ("page", "screen")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """`tiles` is empty while there are no events."""

    key: str
    name: str
    description: str
    tiles: list[Spec]


HEALTH = ("health", "Product health", "How many are there, how often, who is new, who stays and who stops.")
ADOPTION = ("adoption", "Adoption", "Which of the things your product can do are used, by how many, and how soon.")
KEYS = (HEALTH[0], ADOPTION[0])


def all_of_them(reader: Reader | None, workspace: int) -> list[BuiltIn]:
    names = reader.event_names(workspace) if reader else []
    return [_health(names), _adoption(names)]


def built_in(reader: Reader | None, workspace: int, key: str) -> BuiltIn | None:
    """Raises store.StoreError when the events cannot be asked."""
    return next((b for b in all_of_them(reader, workspace) if b.key == key), None) if key in KEYS else None


def _health(names: list[EventName]) -> BuiltIn:
    tiles = [
        Spec("Active per week", "active", {"every": "week", "compare": "before"}),
        Spec("Active within 28 days", "rolling", {"days": "28"}),
        Spec("Stickiness", "stickiness", {"every": "week"}),
        Spec("Who comes and who goes", "lifecycle", {"every": "week"}),
        Spec("Who comes back", "retention", {"every": "week"}, size="full"),
        Spec("Days a week", "habit", {"every": "week"}, size="full"),
    ]
    return BuiltIn(*HEALTH, tiles if names else [])


def _adoption(names: list[EventName]) -> BuiltIn:
    """The events done by most people; page views are told apart by their path instead."""
    features = [n for n in names if n.name and n.name not in VIEWS][:FEATURES]
    tiles = [Spec(n.name[:80], "adoption", {"event": str(of(n.name))}, size="third") for n in features]
    if len(features) > 1:
        steps = [str(of(n.name)) for n in features[:STEPS]]
        tiles.append(Spec("How far they go", "funnel", {"steps": ", ".join(steps), "window": "14d"}, size="full"))
    anchor = features[0].name if features else ""
    if anchor:
        words = {"event": str(of(anchor)), "show": "events"}
        tiles.append(Spec(f"What comes after {anchor}"[:80], "paths", words, size="full"))
    if any(n.name in VIEWS for n in names):
        tiles.append(Spec("Pages", "pages", size="full"))
    return BuiltIn(*ADOPTION, tiles)
