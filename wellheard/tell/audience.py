"""Releases for some only: a segment of people, or of accounts and the people in them. Others are not told and see nothing of it."""

from __future__ import annotations

from wellheard.people.models import Relation, Segment
from wellheard.people.segments import members, registry

from .models import Release


def inside(segment: Segment) -> frozenset[int]:
    """Keys of the people in it now. Raises UnknownSegment (a ValueError) and StoreError as `members` does."""
    found = members(segment)
    if segment.of == Segment.Of.PEOPLE:
        return found.keys
    return frozenset(Relation.objects.filter(account__in=found.keys).values_list("person", flat=True))


def for_them(release: Release, people: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Of person → (voice, problem) those the release is for."""
    if release.audience is None:
        return people
    chosen = inside(release.audience)
    return {person: about for person, about in people.items() if person in chosen}


@registry.used_by
def releases_for(segment: Segment) -> list[str]:
    """Releases that are for this segment only: it cannot be deleted while they are."""
    return sorted(f"release “{r}”" for r in Release.objects.filter(audience=segment))
