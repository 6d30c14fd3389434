"""Who is told about a release, before and after it is published."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from wellheard.listen.models import Voice
from wellheard.people.models import Person, Workspace
from wellheard.understand.models import Evidence

from ..models import Notice, NoticeState, OptOut, Release


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom publishing would owe a notice: people, those of them without an address or who want no mail, and a few
    of their newest voices."""

    people: int
    no_address: int
    opted_out: int
    voices: list[Voice]

    @property
    def by_mail(self) -> int:
        return self.people - self.no_address - self.opted_out


def expected(release: Release) -> Expected:
    rows = Evidence.objects.filter(problem__bets__releases=release, voice__author__isnull=False)  # type: ignore[misc]
    people = set(rows.values_list("voice__author", flat=True))
    out = set(OptOut.objects.filter(person__in=people, purpose="answers").values_list("person", flat=True))
    silent = set(Person.objects.filter(pk__in=people, email=None).values_list("pk", flat=True)) - out
    voices = Voice.objects.filter(evidence__in=rows).select_related("author", "account").distinct().order_by("-said_at")
    return Expected(len(people), len(silent), len(out), list(voices[:4]))


def states(release: Release) -> list[tuple[NoticeState, int]]:
    """How many notices of a release are in each state, in the order a notice goes through them."""
    found = Counter(Notice.objects.filter(release=release).values_list("state", flat=True))
    return [(state, found[state]) for state in NoticeState if found[state]]


def notices(
    workspace: Workspace, states_wanted: list[str], release: int | None = None, problem: int | None = None
) -> QuerySet[Notice]:
    """Notices in these states (all when none is named), the longest waiting first."""
    rows = Notice.objects.filter(workspace=workspace).select_related("person", "release", "voice", "problem")
    if states_wanted:
        rows = rows.filter(state__in=states_wanted)
    if release is not None:
        rows = rows.filter(release=release)
    if problem is not None:
        rows = rows.filter(problem=problem)
    return rows.order_by("created_at", "pk")
