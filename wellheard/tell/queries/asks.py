"""Reply debt by person and thing: everybody who asked, since when, what they have heard, and what is still open.

A thing is a problem that their voices are evidence for, else a single voice. Asking begins with the first of their voices
about it. The first reply is the first word of ours about it: an answer, a status or answer on their idea, or a notice.
It is closed when they were told that it shipped or that we decided against it; a voice that belongs to no problem is
closed by its answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from wellheard.decide.models import Decision
from wellheard.listen.models import Idea, IdeaStatus, StatusChange, Triage, Voice
from wellheard.people.models import Account, Person, Workspace
from wellheard.understand.models import Evidence, Problem

from ..models import Notice, NoticeState, Reply, Targets

# In the order in which they are to be worked down.
STATES = {
    "waiting": "Heard nothing",
    "bounced": "Bounced",
    "no_address": "No address",
    "sending": "Being sent",
    "owed": "Owed",
    "replied": "Answered, still open",
    "opted_out": "Opted out",
    "told": "Told",
    "reached": "Reached",
}
UNANSWERED = ("waiting", "bounced", "no_address", "sending", "owed")
DAYS = 365


@dataclass(slots=True)
class Ask:
    """One person and one thing. `voice` is the newest of their voices about it, which an answer goes to."""

    person: int
    problem: int | None
    voice: int
    asked_at: datetime
    newest_at: datetime
    account: int | None = None
    voices: list[int] = field(default_factory=list)
    first_at: datetime | None = None
    closed_at: datetime | None = None
    notice: str = ""
    notice_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.closed_at is not None:
            return "reached" if self.notice == NoticeState.REACHED else "told"
        if self.notice and self.notice not in (NoticeState.SENT, NoticeState.REACHED):
            return self.notice
        return "replied" if self.first_at is not None else "waiting"

    def heard(self, at: datetime) -> None:
        """A word of ours; what was said before they asked is none."""
        if at >= self.asked_at and (self.first_at is None or at < self.first_at):
            self.first_at = at


def asks(workspace: Workspace, since: datetime | None = None) -> list[Ask]:
    """Everybody who asked since then (a year when left out), the longest waiting first. What was set aside is no ask."""
    begin = since or timezone.now() - timedelta(days=DAYS)
    voices = (
        Voice.objects.filter(workspace=workspace, author__isnull=False, said_at__gte=begin)
        .exclude(triage=Triage.ASIDE)
        .order_by("said_at", "pk")
        .values_list("pk", "author", "account", "said_at")
    )
    problems: dict[int, list[int]] = defaultdict(list)
    evidence = Evidence.objects.filter(voice__workspace=workspace, voice__said_at__gte=begin)
    for voice, one in evidence.values_list("voice", "problem"):
        problems[voice].append(one)
    found: dict[tuple[int, int | None, int], Ask] = {}
    by_voice: dict[int, list[Ask]] = defaultdict(list)
    for pk, author, account, at in voices:
        assert author is not None
        about: list[int | None] = [*problems.get(pk, ())]
        for problem in about or [None]:
            key = (author, problem, 0 if problem else pk)
            ask = found.get(key)
            if ask is None:
                ask = found[key] = Ask(author, problem, pk, at, at, account)
            ask.voice, ask.newest_at, ask.account = pk, at, account or ask.account
            ask.voices.append(pk)
            by_voice[pk].append(ask)
    _replies(workspace, by_voice)
    _ideas(workspace, by_voice)
    _notices(workspace, found)
    return sorted(found.values(), key=lambda a: (a.asked_at, a.voice))


def _replies(workspace: Workspace, by_voice: dict[int, list[Ask]]) -> None:
    rows = Reply.objects.filter(workspace=workspace).order_by("at").values_list("voice", "person", "at")
    for voice, person, at in rows:
        for ask in by_voice.get(voice, ()):
            if ask.person == person:
                ask.heard(at)
                if ask.problem is None:
                    ask.closed_at = ask.closed_at or at


def _ideas(workspace: Workspace, by_voice: dict[int, list[Ask]]) -> None:
    """A status or an answer that the public sees is a word to who posted it; "done" and "declined" close it."""
    rows = StatusChange.objects.filter(idea__workspace=workspace).exclude(status=IdeaStatus.OPEN, answer="")
    ideas = dict(Idea.objects.filter(workspace=workspace).values_list("pk", "voice"))
    closing = {s.value for s in (IdeaStatus.SHIPPED, IdeaStatus.DECLINED)}
    for idea, at, status in rows.order_by("at").values_list("idea", "at", "status"):
        for ask in by_voice.get(ideas.get(idea, 0), ()):
            ask.heard(at)
            if ask.problem is None and status in closing and at >= ask.asked_at:
                ask.closed_at = ask.closed_at or at


def _notices(workspace: Workspace, found: dict[tuple[int, int | None, int], Ask]) -> None:
    rows = (
        Notice.objects.filter(workspace=workspace)
        .order_by("created_at", "pk")
        .values_list(
            "person", "problem", "voice", "state", "created_at", "sent_at", "reached_at", "release", "decision__answer"
        )
    )
    for person, problem, voice, state, made, sent, reached, release, answer in rows:
        ask = found.get((person, problem, 0)) if problem else found.get((person, None, voice or 0))
        if ask is None or made < ask.asked_at:
            continue  # told before they asked (again): it answers nothing of this
        ask.notice, ask.notice_at = state, made
        at = sent or reached
        if state in (NoticeState.SENT, NoticeState.REACHED) and at:
            ask.heard(at)
            if release is not None or answer == Decision.Answer.NO:
                ask.closed_at = ask.closed_at or at


# What is asked of them -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """An ask with what a list shows of it. `late` is whether the first reply is past its target."""

    ask: Ask
    person: Person
    problem: Problem | None
    voice: Voice
    account: Account | None
    late: bool

    @property
    def label(self) -> str:
        return STATES[self.ask.state]

    @property
    def said(self) -> str:
        """The beginning of their words, on one line."""
        words = " ".join(self.voice.text.split())
        return words if len(words) <= 220 else words[:219].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Filters:
    """`state` is one of STATES, "unanswered" or "all"; `owner` is the name of who looks after the account ("-": nobody)."""

    state: str = "unanswered"
    problem: int | None = None
    account: int | None = None
    owner: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """How a target is kept: `met` in time, `missed` too late or overdue, `running` still has time."""

    met: int
    missed: int
    running: int

    @property
    def share(self) -> float | None:
        decided = self.met + self.missed
        return self.met / decided if decided else None


@dataclass(frozen=True, slots=True)
class Tally:
    """One problem, owner or account: how many asked, how many heard nothing yet, and since when the first of them."""

    key: str
    name: str
    asked: int
    unanswered: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    states: list[tuple[str, str, int]]
    first: Met
    closing: Met
    oldest: datetime | None
    problems: list[Tally]
    owners: list[Tally]
    accounts: list[Tally]


def targets_of(workspace: Workspace) -> Targets:
    return Targets.objects.filter(workspace=workspace).first() or Targets(workspace=workspace)


def owner_of(account: Account | None) -> str:
    """Who looks after the account."""
    if account is None:
        return ""
    return str(account.keeper) if account.keeper else account.owner


def _accounts(workspace: Workspace, found: Iterable[Ask]) -> dict[int, Account]:
    wanted = {a.account for a in found if a.account}
    rows = Account.objects.filter(workspace=workspace).select_related("keeper__user")
    return {a.pk: a for a in rows if a.pk in wanted}


def is_late(ask: Ask, targets: Targets, now: datetime) -> bool:
    return (ask.first_at or now) > ask.asked_at + timedelta(hours=targets.first_hours)


def narrowed(workspace: Workspace, found: Sequence[Ask], wanted: Filters, targets: Targets, now: datetime) -> list[Ask]:
    """Those that fit, in the order they came."""
    states = UNANSWERED if wanted.state == "unanswered" else tuple(STATES) if wanted.state == "all" else (wanted.state,)
    accounts = _accounts(workspace, found) if wanted.owner else {}
    return [
        a
        for a in found
        if a.state in states
        and (wanted.problem is None or a.problem == wanted.problem)
        and (wanted.account is None or a.account == wanted.account)
        and (not wanted.owner or (owner_of(accounts.get(a.account or 0)) or "-") == wanted.owner)
        and (not wanted.late or is_late(a, targets, now))
    ]


def rows(workspace: Workspace, chosen: Sequence[Ask], targets: Targets, now: datetime) -> list[Row]:
    """One page of them, with what they show."""
    people = Person.objects.in_bulk([a.person for a in chosen])
    voices = Voice.objects.in_bulk([a.voice for a in chosen])
    problems = Problem.objects.in_bulk([a.problem for a in chosen if a.problem])
    accounts = _accounts(workspace, chosen)
    return [
        Row(a, people[a.person], problems.get(a.problem or 0), voices[a.voice], accounts.get(a.account or 0), is_late(a, targets, now))
        for a in chosen
        if a.person in people and a.voice in voices
    ]  # fmt: skip


def overview(workspace: Workspace, found: Sequence[Ask], targets: Targets, now: datetime) -> Overview:
    counts: dict[str, int] = defaultdict(int)
    for ask in found:
        counts[ask.state] += 1
    accounts = _accounts(workspace, found)
    names = dict(Problem.objects.filter(workspace=workspace).values_list("pk", "name"))
    open_ones = [a for a in found if a.state in UNANSWERED]
    return Overview(
        [(s, label, counts[s]) for s, label in STATES.items()],
        _met([(a.asked_at + timedelta(hours=targets.first_hours), a.first_at) for a in found], now),
        _met([(a.asked_at + timedelta(days=targets.close_days), a.closed_at) for a in found], now),
        open_ones[0].asked_at if open_ones else None,
        _tallies(found, lambda a: (str(a.problem or ""), names.get(a.problem or 0, "No problem yet"))),
        _tallies(found, lambda a: (owner_of(accounts.get(a.account or 0)) or "-", owner_of(accounts.get(a.account or 0)) or "Nobody")),
        _tallies([a for a in found if a.account], lambda a: (str(a.account), str(accounts.get(a.account or 0, "")))),
    )  # fmt: skip


def _met(pairs: Sequence[tuple[datetime, datetime | None]], now: datetime) -> Met:
    met = sum(done is not None and done <= due for due, done in pairs)
    running = sum(done is None and now <= due for due, done in pairs)
    return Met(met, len(pairs) - met - running, running)


def _tallies(found: Sequence[Ask], named: Callable[[Ask], tuple[str, str]]) -> list[Tally]:
    grouped: dict[tuple[str, str], list[Ask]] = defaultdict(list)
    for ask in found:
        grouped[named(ask)].append(ask)
    made = []
    for (key, name), members in grouped.items():
        waits = [a for a in members if a.state in UNANSWERED]
        made.append(Tally(key, name, len(members), len(waits), waits[0].asked_at if waits else None))
    return sorted(made, key=lambda t: (-t.unanswered, t.name))
