"""Segments as lists and pages show them: how many are in each, in words, and who uses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from wellheard.people.models import Account, Person, Segment, Workspace
from wellheard.people.segments import registry
from wellheard.people.segments.evaluation import Members, of_rule, of_segment
from wellheard.people.segments.facts import Facts, Of
from wellheard.people.segments.own import named_in
from wellheard.people.segments.rule import BadRule, Group, decode
from wellheard.store import StoreError

from .money import today

FIRST = 10


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """`size` is None when it cannot be asked; `trouble` says why then."""

    segment: Segment
    size: int | None
    trouble: str
    words: str
    used_by: list[str]

    def as_dict(self) -> dict[str, Any]:
        segment = self.segment
        return {
            "id": segment.pk, "name": segment.name, "of": segment.of, "live": segment.live,
            "rule": segment.rule if segment.live else None, "words": self.words, "size": self.size,
            "trouble": self.trouble, "used_by": self.used_by, "made_by": segment.made_by,
            "changed_at": segment.changed_at.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    total: int
    first: list[Person] | list[Account]


def segment_rows(workspace: Workspace, segments: Iterable[Segment] | None = None) -> list[SegmentRow]:
    """By name; whatever they ask about is read once for all of them."""
    facts = Facts(workspace, today(workspace))
    every = sorted(facts.segments.values(), key=lambda s: s.name.casefold())
    chosen = every if segments is None else list(segments)
    return [_row(facts, segment, every) for segment in chosen]


def segment_row(segment: Segment) -> SegmentRow:
    return segment_rows(segment.workspace, [segment])[0]


def _row(facts: Facts, segment: Segment, every: list[Segment]) -> SegmentRow:
    size, trouble = None, ""
    try:
        size = len(of_segment(facts, segment))
    except BadRule as e:
        trouble = str(e)
    except StoreError as e:
        trouble = f"It asks what people did, and the events cannot be read: {e}."
    return SegmentRow(segment, size, trouble, told(segment), _used_by(segment, every))


def told(segment: Segment) -> str:
    """ "pays and not (spoke in the last 30 days)"; where a static list came from."""
    if not segment.live:
        return segment.origin or "a list"
    try:
        return decode(segment.rule).told(segment.workspace, cast(Of, segment.of))
    except ValueError as e:
        return str(e)


def used_by(segment: Segment) -> list[str]:
    """What uses it, in words: other segments, and what other parts of the product say."""
    return _used_by(segment, list(Segment.objects.filter(workspace=segment.workspace_id).order_by("name")))


def _used_by(segment: Segment, every: Iterable[Segment]) -> list[str]:
    others = [f"segment “{s.name}”" for s in every if s.live and segment.pk in named_in(s.rule)]
    return others + registry.uses(segment)


def preview(workspace: Workspace, of: Literal["people", "accounts"], rule: Group) -> Preview:
    """How many a rule finds, and the first of them."""
    return _first(of_rule(Facts(workspace, today(workspace)), of, rule))


def _first(members: Members) -> Preview:
    first = sorted(members.keys)[:FIRST]
    model: type[Person] | type[Account] = Person if members.of == "people" else Account
    return Preview(len(members), cast(Any, list(model._default_manager.filter(pk__in=first).order_by("pk"))))
