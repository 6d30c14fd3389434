"""Who is told about a release or a decision, before and after it is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Follow, Voice
from wellheard.people.models import Person, Workspace
from wellheard.store import StoreError
from wellheard.understand.models import Evidence, Problem

from ..audience import for_them
from ..models import ABOUT, Notice, NoticeState, OptOut, Release


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom publishing would owe a notice: people, those of them without an address or who want no mail, how many
    for each problem, a few of their newest voices, and the first mail as it would read (nothing is stored)."""

    people: int
    no_address: int
    opted_out: int
    problems: list[tuple[Problem, int]]
    voices: list[Voice]
    sample: Notice | None

    @property
    def by_mail(self) -> int:
        return self.people - self.no_address - self.opted_out


def whom(bets: Sequence[Bet]) -> dict[int, tuple[int, int]]:
    """Person → (voice, problem) of everybody to be told when these bets ship: each author of evidence, about the
    newest of their voices, and who follows an idea among it."""
    return _asked(Evidence.objects.filter(problem__bets__in=bets))


def whom_decided(decision: Decision) -> dict[int, tuple[int, int | None]]:
    """Person → (voice, problem) of everybody to be told of a decision. On an idea: who posted it and who follows it."""
    if decision.idea is None:
        about = decision.bet.problems.all() if decision.bet else [decision.problem]
        return dict(_asked(Evidence.objects.filter(problem__in=about)))
    idea, problem = decision.idea, None
    people = [idea.voice.author_id, *Follow.objects.filter(idea=idea).values_list("person", flat=True)]
    return {person: (idea.voice_id, problem) for person in people if person}


def _asked(evidence: QuerySet[Evidence]) -> dict[int, tuple[int, int]]:
    rows = (
        evidence.filter(voice__author__isnull=False)
        .order_by("voice__said_at", "voice_id")
        .values_list("voice__author", "voice", "problem")
    )
    newest: dict[int, tuple[int, int]] = {person: (voice, problem) for person, voice, problem in rows if person}
    # Whoever follows an idea asked to hear of it, though the words are somebody else's.
    followed = (
        evidence.filter(voice__idea__hidden=False)  # type: ignore[misc]
        .order_by("voice__said_at", "voice_id")
        .values_list("voice__idea__follows__person", "voice", "problem")
    )
    for person, voice, problem in followed:
        if person is not None:
            newest.setdefault(person, (voice, problem))
    return newest


def unreachable(people: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of these people those who want no mail, and the others without an address."""
    out = set(OptOut.objects.filter(person__in=people, purpose="answers").values_list("person", flat=True))
    silent = set(Person.objects.filter(pk__in=people, email=None).values_list("pk", flat=True))
    return out, silent - out


def expected(thing: Release | Decision) -> Expected:
    """Asked before publishing; publishing then owes exactly these people."""
    found = _told(thing) if isinstance(thing, Release) else whom_decided(thing)
    out, silent = unreachable(list(found))
    counts = Counter(problem for _, problem in found.values() if problem)
    held = Problem.objects.in_bulk(list(counts))
    voices = Voice.objects.filter(pk__in=[voice for voice, _ in found.values()]).select_related("author", "account")
    newest = list(voices.order_by("-said_at", "-pk")[:4])
    return Expected(
        len(found),
        len(silent),
        len(out),
        [(held[pk], n) for pk, n in counts.most_common()],
        newest,
        _sample(thing, found, newest, out | silent),
    )


def _told(release: Release) -> dict[int, tuple[int, int | None]]:
    asked = whom(list(release.bets.all()))
    try:
        return dict(for_them(release, asked))
    except (StoreError, ValueError):
        return dict(asked)  # publishing says what is wrong


def outside(release: Release) -> int:
    """How many asked who are not in the audience it is for."""
    return len(whom(list(release.bets.all()))) - len(_told(release)) if release.audience else 0


def _sample(
    thing: Release | Decision, found: Mapping[int, tuple[int, int | None]], newest: list[Voice], without: set[int]
) -> Notice | None:
    told = next((v for v in newest if v.author_id and v.author_id not in without), None)
    if told is None or told.author is None or found[told.author.pk][0] != told.pk:
        return None
    about = {"release": thing} if isinstance(thing, Release) else {"decision": thing}
    return Notice(workspace=thing.workspace, person=told.author, voice=told, **about)


def states(thing: Release | Decision) -> list[tuple[NoticeState, int]]:
    """How many notices about a thing are in each state, in the order a notice goes through them."""
    found = Counter(thing.notices.values_list("state", flat=True))
    return [(state, found[state]) for state in NoticeState if found[state]]


def notices(
    workspace: Workspace,
    states_wanted: list[str],
    release: int | None = None,
    problem: int | None = None,
    decision: int | None = None,
) -> QuerySet[Notice]:
    """Notices in these states (all when none is named), the longest waiting first."""
    rows = Notice.objects.filter(workspace=workspace).select_related("person", "voice", "problem", *ABOUT)
    if states_wanted:
        rows = rows.filter(state__in=states_wanted)
    if release is not None:
        rows = rows.filter(release=release)
    if problem is not None:
        rows = rows.filter(problem=problem)
    if decision is not None:
        rows = rows.filter(decision=decision)
    return rows.order_by("created_at", "pk")
