"""A rule: conditions under "all of" or "any of", in groups at most two levels deep.

{"match": "all", "of": [{"what": "trait", "key": "plan", "how": "is", "value": "pro"},
                        {"match": "any", "of": [{"what": "said", "days": 30}, {"what": "voted", "not": true}]}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np

from wellheard.core import clean
from wellheard.people.models import Workspace

from . import registry
from .condition import Condition
from .facts import Facts, Mask, Of

MOST = 50
DEEPEST = 2


class BadRule(ValueError):
    """The rule cannot be asked; the text names the condition and says why."""


@dataclass(frozen=True, slots=True)
class Group:
    match: Literal["all", "any"]
    of: tuple[Condition | Group, ...]

    def holds(self, facts: Facts, of: Of) -> Mask:
        masks = [part.holds(facts, of) for part in self.of]
        return np.logical_and.reduce(masks) if self.match == "all" else np.logical_or.reduce(masks)

    def told(self, workspace: Workspace, of: Of) -> str:
        parts = [f"({p.told(workspace, of)})" if isinstance(p, Group) else p.told(workspace, of) for p in self.of]
        return (" and " if self.match == "all" else " or ").join(parts)

    def conditions(self) -> Iterator[Condition]:
        for part in self.of:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part

    def plain(self) -> dict[str, Any]:
        """As it is stored and sent."""
        return {
            "match": self.match,
            "of": [p.plain() if isinstance(p, Group) else msgspec.to_builtins(p) for p in self.of],
        }


def decode(raw: Any) -> Group:
    """Reads the form above; one condition alone is a rule too. Raises BadRule."""
    if isinstance(raw, dict) and (wrong := clean.flaw_inside(raw)):
        raise BadRule(f"The rule holds {wrong}; leave it out.")
    if isinstance(raw, dict) and "what" in raw:
        raw = {"match": "all", "of": [raw]}
    found = _group(raw, "", 1)
    if sum(1 for _ in found.conditions()) > MOST:
        raise BadRule(f"A rule holds at most {MOST} conditions.")
    return found


def _group(raw: Any, place: str, depth: int) -> Group:
    here = f"Group {place}" if place else "The rule"
    if not isinstance(raw, dict) or set(raw) != {"match", "of"}:
        raise BadRule(f'{here} is written as {{"match": "all" or "any", "of": [conditions]}}.')
    if raw["match"] not in ("all", "any"):
        raise BadRule(f"{here} matches all or any of its conditions, not {str(raw['match'])[:20]!r}.")
    if not isinstance(raw["of"], list) or not raw["of"]:
        raise BadRule(f"{here} needs at least one condition.")
    if len(raw["of"]) > MOST:
        raise BadRule(f"A rule holds at most {MOST} conditions.")
    return Group(
        raw["match"], tuple(_part(part, f"{place}.{n}".lstrip("."), depth) for n, part in enumerate(raw["of"], 1))
    )


def _part(raw: Any, place: str, depth: int) -> Condition | Group:
    if isinstance(raw, dict) and "match" in raw:
        if depth >= DEEPEST:
            raise BadRule(
                f"Group {place} lies too deep: groups go {DEEPEST} levels deep. Make it a segment of its own."
            )
        return _group(raw, place, depth + 1)
    try:
        return registry.condition(raw)
    except ValueError as e:
        raise BadRule(f"{_named(place, raw)}: {e}") from None


def check(rule: Group, workspace: Workspace, of: Of) -> None:
    """Raises BadRule naming the condition that cannot be asked in this workspace."""
    for place, condition in _placed(rule):
        try:
            meant = condition.meant(of)
            if meant not in condition.asked_of:
                raise ValueError(f"it can be asked of {' and '.join(condition.asked_of)} only")
            condition.check(workspace)
        except ValueError as e:
            raise BadRule(f"{_named(place, msgspec.to_builtins(condition))}: {e}") from None


def _placed(rule: Group, place: str = "") -> Iterator[tuple[str, Condition]]:
    for n, part in enumerate(rule.of, 1):
        if isinstance(part, Group):
            yield from _placed(part, f"{n}.")
        else:
            yield f"{place}{n}", part


def _named(place: str, raw: Any) -> str:
    kind = registry.kinds().get(str(raw.get("what"))) if isinstance(raw, dict) else None
    return f"Condition {place} ({kind.title})" if kind else f"Condition {place}"
