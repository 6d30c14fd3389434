"""What became of what a member passed on: read from the inbox to the outcome."""

from __future__ import annotations

from dataclasses import dataclass

from wellheard.decide.models import Bet
from wellheard.listen.models import Triage, Voice
from wellheard.people.models import Member, Workspace
from wellheard.tell.models import Notice, NoticeState
from wellheard.understand.models import Evidence, Problem

PAGE = 30


@dataclass(frozen=True, slots=True)
class Fate:
    """A voice one passed on: the problems it is evidence of, the bets on those, and whether its author got an answer."""

    voice: Voice
    problems: list[Problem]
    bets: list[Bet]
    told: bool
    now: str


@dataclass(frozen=True, slots=True)
class Fates:
    rows: list[Fate]
    next: str
    total: int


def of_member(workspace: Workspace, member: Member | None, after: str = "") -> Fates:
    rows = Voice.objects.filter(workspace=workspace, recorded_by=member) if member else Voice.objects.none()
    total = rows.count()
    if after.isascii() and after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.select_related("author", "account", "workspace").order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    problems: dict[int, list[Problem]] = {}
    placed = Evidence.objects.filter(voice__in=found).select_related("problem").prefetch_related("problem__bets")
    for evidence in placed.order_by("pk"):
        problems.setdefault(evidence.voice_id, []).append(evidence.problem)
    authors = {v.author_id for v in found if v.author_id}
    reached = set(
        Notice.objects.filter(
            workspace=workspace, person__in=authors, state__in=[NoticeState.SENT, NoticeState.REACHED]
        )
        .filter(problem__in=[p.pk for held in problems.values() for p in held])
        .values_list("person", "problem")
    )
    fates = []
    for voice in found:
        mine = problems.get(voice.pk, [])
        bets = list({b.pk: b for p in mine for b in p.bets.all()}.values())
        told = any((voice.author_id, p.pk) in reached for p in mine)
        fates.append(Fate(voice, mine, bets, told, _now(voice, mine, bets, told)))
    return Fates(fates, str(found[-1].pk) if more else "", total)


def _now(voice: Voice, problems: list[Problem], bets: list[Bet], told: bool) -> str:
    """How far it came, in a word or two."""
    if told:
        return "answered"
    states = {b.state for b in bets}
    for state, words in ((Bet.State.SHIPPED, "shipped"), (Bet.State.STARTED, "in work")):
        if state in states:
            return words
    if bets:
        return "a bet is being weighed"
    if problems:
        return "evidence"
    return {Triage.NEW: "waiting to be sorted", Triage.KEPT: "kept", Triage.ASIDE: "set aside"}[Triage(voice.triage)]
