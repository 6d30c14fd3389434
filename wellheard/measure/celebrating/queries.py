"""Reads of milestones and of what was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from wellheard.decide.models import Bet
from wellheard.people.models import Account, Person, Workspace
from wellheard.people.queries.money import today
from wellheard.tell.budget import Verdict, may_contact
from wellheard.tell.models import Notice, NoticeState
from wellheard.understand.models import Evidence

from ..models import Celebration, Milestone
from .services import recipients
from .words import filled

State = Celebration.State


@dataclass(frozen=True, slots=True)
class Row:
    """A milestone with how many reached it, in all and in the last 30 days, and how many of these are offered now."""

    milestone: Milestone
    reached: int
    lately: int
    offered: int
    sent: int


def milestones(workspace: Workspace) -> list[Row]:
    since = today(workspace) - timedelta(days=30)
    rows = (
        Milestone.objects.filter(workspace=workspace)
        .annotate(
            reached=Count("celebrations"),
            lately=Count("celebrations", filter=Q(celebrations__reached_on__gte=since)),
            offered=Count("celebrations", filter=Q(celebrations__state=State.OFFERED)),
            sent=Count("celebrations", filter=Q(celebrations__state=State.SENT)),
        )
        .order_by("name")
    )
    return [Row(m, m.reached, m.lately, m.offered, m.sent) for m in rows]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to celebrate: to whom it would go, in which words, and whether a mail may go now."""

    celebration: Celebration
    people: list[Person]
    subject: str
    words: str
    verdict: Verdict | None


def offers(workspace: Workspace, milestone: int | None = None, most: int = 25) -> tuple[list[Offer], int]:
    """The newest first, and how many there are."""
    rows = Celebration.objects.filter(workspace=workspace, state=State.OFFERED)
    if milestone is not None:
        rows = rows.filter(milestone=milestone)
    shown = rows.select_related("milestone__workspace", "person__workspace", "account", "bet").order_by(
        "-reached_on", "-pk"
    )
    return [_offer(c) for c in shown[:most]], rows.count()


def _offer(celebration: Celebration) -> Offer:
    people = recipients(celebration)
    if not people:
        return Offer(celebration, [], celebration.milestone.subject, celebration.milestone.words, None)
    return Offer(celebration, people, *filled(celebration, people[0]), may_contact(people[0], "news"))


@dataclass(frozen=True, slots=True)
class Win:
    """Something an account, or somebody in it, reached; `state` says whether we said so."""

    on: date
    what: str
    who: str
    said: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """A shipped bet that people of the account asked for."""

    bet: Bet
    asked: int
    told: int
    used_on: date | None


@dataclass(frozen=True, slots=True)
class Wins:
    account: Account
    wins: list[Win]
    wishes: list[Wish]
    waiting: int


def wins(account: Account) -> Wins:
    """What the account reached, newest first, and what became of what its people asked for."""
    people = list(Person.objects.filter(relations__account=account).distinct())
    of_them = Q(account=account) | Q(person__in=people)
    found = Celebration.objects.filter(of_them, workspace=account.workspace_id).select_related(
        "milestone", "person", "account"
    )
    rows = [
        Win(
            c.reached_on,
            c.thing if c.thing == c.milestone.name else f"{c.milestone.name}: {c.thing}",
            str(c.person or c.account),
            c.state == State.SENT,
        )
        for c in found.order_by("-reached_on", "-pk")[:200]
    ]
    return Wins(account, rows, _wishes(account, people), _waiting(account, people))


def _asked(account: Account, people: Sequence[Person]) -> Q:
    return Q(voice__account=account) | Q(voice__author__in=people)


def _wishes(account: Account, people: Sequence[Person]) -> list[Wish]:
    said = Evidence.objects.filter(_asked(account, people), problem__bets__state=Bet.State.SHIPPED)
    askers: dict[int, set[int]] = {}
    for number, author in said.values_list("problem__bets", "voice__author"):
        askers.setdefault(number, set()).add(author or 0)
    used = {
        c.bet_id: c.reached_on
        for c in Celebration.objects.filter(person__in=people, bet__in=askers).order_by("-reached_on")
    }
    found = []
    for bet in Bet.objects.filter(pk__in=askers, state=Bet.State.SHIPPED).order_by("-shipped_on"):
        told = Notice.objects.filter(
            release__bets=bet, person__in=people, state__in=[NoticeState.SENT, NoticeState.REACHED]
        ).values("person").distinct().count()  # fmt: skip
        found.append(Wish(bet, len(askers[bet.pk]), told, used.get(bet.pk)))
    return found


def _waiting(account: Account, people: Sequence[Person]) -> int:
    """How many open problems they raised that nothing has shipped for."""
    said = Evidence.objects.filter(_asked(account, people), problem__merged_into=None, problem__closed_at=None)
    return said.exclude(problem__bets__state=Bet.State.SHIPPED).values("problem").distinct().count()
