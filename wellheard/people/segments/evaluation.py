"""Who is in a segment now: set algebra over keys, one pass over each column that a rule asks about."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

import msgspec
import numpy as np

from wellheard.people.models import Segment, Workspace
from wellheard.people.queries.money import today

from .facts import Facts, Mask, Of, keys_array
from .rule import BadRule, Group, decode

KEPT_SECONDS = 2.0
MOST_KEPT = 64


class UnknownSegment(ValueError):
    """There is no such segment (the text says which there are), or it can no longer be asked (it says why)."""


@dataclass(frozen=True, eq=False)
class Members:
    """`keys` are primary keys; `numbers` those of the event store, sorted, of whoever has one."""

    of: Literal["people", "accounts"]
    keys: frozenset[int]
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)


_kept: dict[tuple[Any, ...], tuple[float, Members]] = {}


def names(workspace: Workspace) -> list[str]:
    return sorted(Segment.objects.filter(workspace=workspace).values_list("name", flat=True), key=str.casefold)


def find(workspace: Workspace, ref: str | int) -> Segment:
    """By number or by name, whatever its capitals. Raises UnknownSegment."""
    said = str(ref).strip()
    held = list(Segment.objects.filter(workspace=workspace).select_related("workspace"))
    for segment in held:
        if segment.name.casefold() == said.casefold():
            return segment
    for segment in held:
        if str(segment.pk) == said:
            return segment
    known = ", ".join(sorted(s.name for s in held)[:20])
    raise UnknownSegment(f"There is no segment {said[:80]!r}. Known: {known or 'none yet'}.")


def members(segment: Segment, on: date | None = None) -> Members:
    """Live: asked now, as of the day `on`, and kept for two seconds for the parts of one page. Static: its list.

    Raises UnknownSegment when something its rule names is gone, StoreError when it asks for events that cannot be read.
    """
    workspace = segment.workspace
    day = on or today(workspace)
    key = (workspace.pk, segment.pk, segment.live, msgspec.json.encode(segment.rule), day)
    now = time.monotonic()
    if (held := _kept.get(key)) and now - held[0] < KEPT_SECONDS:
        return held[1]
    try:
        found = of_segment(Facts(workspace, day), segment)
    except BadRule as e:
        raise UnknownSegment(f"The segment “{segment.name}” cannot be asked any more. {e}") from None
    for old in [k for k, (at, _) in list(_kept.items()) if now - at >= KEPT_SECONDS]:
        _kept.pop(old, None)
    if len(_kept) < MOST_KEPT:
        _kept[key] = (now, found)
    return found


def forget() -> None:
    """What was kept is asked again: after a write that changes a segment."""
    _kept.clear()


def of_segment(facts: Facts, segment: Segment) -> Members:
    """With facts at hand, so that many segments share what was read."""
    of = cast(Of, segment.of)
    return _members(facts, of, mask(facts, segment))


def of_rule(facts: Facts, of: Of, rule: Group) -> Members:
    return _members(facts, of, rule.holds(facts, of))


def mask(facts: Facts, segment: Segment) -> Mask:
    of = cast(Of, segment.of)
    if not segment.live:
        column = "person" if of == "people" else "account"
        return facts.side(of).holds(keys_array(segment.listed.values_list(column, flat=True)))
    if segment.pk in facts.asked:
        raise BadRule(f"The segment “{segment.name}” asks for itself in a circle.")
    facts.asked.append(segment.pk)
    try:
        return decode(segment.rule).holds(facts, of)
    finally:
        facts.asked.pop()


def _members(facts: Facts, of: Of, mask: Mask) -> Members:
    side = facts.side(of)
    numbers = np.unique(side.numbers[mask])
    return Members(of, frozenset(side.keys[mask].tolist()), numbers[numbers > 0])
