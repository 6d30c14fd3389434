"""Releases for some only: a segment of people, or of accounts and the people in them. Others are not told and see nothing of it.
When everybody gets it later, those who were told then are not told again."""

from __future__ import annotations

from wellheard.people.models import Relation, Segment
from wellheard.people.segments import members, registry

from .models import Notice, NoticeState, Release

TOLD = (NoticeState.OWED, NoticeState.SENDING, NoticeState.SENT, NoticeState.REACHED)


def inside(segment: Segment) -> frozenset[int]:
    """Keys of the people in it now. Raises UnknownSegment (a ValueError) and StoreError as `members` does."""
    found = members(segment)
    if segment.of == Segment.Of.PEOPLE:
        return found.keys
    return frozenset(Relation.objects.filter(account__in=found.keys).values_list("person", flat=True))


def for_them(release: Release, people: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Of person → (voice, problem) those the release is for."""
    if release.audience is None:
        before = told_before(release)
        return {person: about for person, about in people.items() if person not in before} if before else people
    chosen = inside(release.audience)
    return {person: about for person, about in people.items() if person in chosen}


def told_before(release: Release) -> set[int]:
    """Keys of the people who heard of each of its bets by a release that was for some only."""
    bets = set(release.bets.values_list("pk", flat=True))
    rows = Notice.objects.filter(release__audience__isnull=False, release__bets__in=bets, state__in=TOLD)
    heard: dict[int, set[int]] = {}
    for person, bet in rows.exclude(release=release).values_list("person", "release__bets"):
        heard.setdefault(person, set()).add(bet)
    return {person for person, of in heard.items() if bets <= of}


@registry.used_by
def releases_for(segment: Segment) -> list[str]:
    """Releases that are for this segment only: it cannot be deleted while they are."""
    return sorted(f"release “{r}”" for r in Release.objects.filter(audience=segment))
