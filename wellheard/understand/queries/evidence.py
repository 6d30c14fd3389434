"""The voices, people and accounts behind each number of a problem: one filter for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from wellheard.core.clean import midnight
from wellheard.listen.models import Channel, Voice
from wellheard.people.models import Account, AccountState, Person, Relation, Workspace
from wellheard.people.queries.lists import Page, cut
from wellheard.people.queries.money import cents_by_account, recurring, today

from ..models import Evidence, Problem


@dataclass(frozen=True, slots=True)
class Which:
    """What of a problem's evidence is meant; empty means any. `week` is a Monday, `days` the last so many days."""

    lens: str = ""
    person: int | None = None
    account: int | None = None
    channel: str = ""
    state: str | None = None
    relayed: bool = False
    week: date | None = None
    days: int | None = None

    @property
    def narrowed(self) -> bool:
        return self != Which()


def voices_of(problems: Sequence[Problem], which: Which | None = None) -> QuerySet[Voice]:
    """Voices about any of these problems (of one workspace), newest first. The lenses are those of
    `people.queries.lenses`, said in SQL."""
    which = which or Which()
    if not problems:
        return Voice.objects.none()
    workspace = problems[0].workspace
    keys = [p.pk for p in problems]
    rows = Voice.objects.filter(Exists(Evidence.objects.filter(problem__in=keys, voice=OuterRef("pk"))))
    if which.lens == "users":
        relations = Relation.objects.filter(workspace=workspace, person=OuterRef("author"))
        only_buys = Q(Exists(relations.filter(buys=True))) & ~Q(Exists(relations.filter(uses=True)))
        rows = rows.filter(~only_buys, author__isnull=False)
    elif which.lens == "customers":
        paying = recurring(workspace, today(workspace)).values("account").annotate(s=Sum("base_cents")).exclude(s=0)
        buyer = Relation.objects.filter(person=OuterRef("author"), account=OuterRef("account"), buys=True)
        rows = rows.filter(Q(author=None) | Exists(buyer), account__in=paying.values("account"))
    if which.person is not None:
        rows = rows.filter(author=which.person)
    if which.account is not None:
        rows = rows.filter(account=which.account)
    if which.channel in Channel.values:
        rows = rows.filter(channel=which.channel)
    if which.state is not None and which.state in AccountState.values:
        rows = rows.filter(account_state=which.state)
    if which.relayed:
        rows = rows.exclude(relayed_by="")
    if which.week is not None:
        begin = midnight(which.week, workspace.time_zone)
        end = midnight(which.week + timedelta(days=7), workspace.time_zone)
        rows = rows.filter(said_at__gte=begin, said_at__lt=end)
    if which.days is not None:
        rows = rows.filter(said_at__gt=timezone.now() - timedelta(days=which.days))
    return rows.order_by("-said_at", "-pk")


def evidence(problem: Problem, which: Which, number: int = 1) -> Page[Voice]:
    """A page of voices with who said them."""
    return Page(*cut(voices_of([problem], which).select_related("author", "account"), number))


@dataclass(frozen=True, slots=True)
class PersonBehind:
    person: Person
    relations: list[Relation]
    voices: int
    newest: datetime


def people_behind(
    problems: Sequence[Problem], lens: str = "", number: int = 1, without: Iterable[int] = ()
) -> Page[PersonBehind]:
    """Who has the problems, the most voices first; with lens "users" exactly those counted as users. `without`
    leaves people out."""
    spoke = voices_of(problems, Which(lens=lens)).order_by().exclude(author=None)
    said = spoke.exclude(author__in=list(without)).values("author")
    grouped = said.annotate(n=Count("pk"), newest=Max("said_at")).order_by("-n", "-newest", "author")
    page, total, at = cut(grouped, number)
    rows: list[Any] = page
    held = Person.objects.in_bulk([r["author"] for r in rows])
    relations = relations_of(held)
    found = [PersonBehind(held[r["author"]], relations[r["author"]], r["n"], r["newest"]) for r in rows]
    return Page(found, total, at)


def relations_of(people: Iterable[int]) -> dict[int, list[Relation]]:
    """Person → their accounts and roles."""
    found: dict[int, list[Relation]] = defaultdict(list)
    for relation in Relation.objects.filter(person__in=list(people)).select_related("account").order_by("pk"):
        found[relation.person_id].append(relation)
    return found


@dataclass(frozen=True, slots=True)
class AccountBehind:
    account: Account
    cents: int
    voices: int
    people: int
    newest: datetime


def accounts_behind(problems: Sequence[Problem], lens: str = "", number: int = 1) -> Page[AccountBehind]:
    """Whom it touches, the highest revenue first; with lens "customers" exactly those counted as customers."""
    said = voices_of(problems, Which(lens=lens)).order_by().exclude(account=None).values("account")
    grouped = {
        r["account"]: r
        for r in said.annotate(n=Count("pk"), people=Count("author", distinct=True), newest=Max("said_at"))
    }
    workspace = problems[0].workspace if problems else None
    cents = cents_by_account(workspace, today(workspace), grouped) if workspace else {}
    order = sorted(grouped, key=lambda pk: (-cents.get(pk, 0), -grouped[pk]["n"], pk))
    page = Page(order, len(order), number)
    number = min(max(1, number), page.last)
    shown = order[(number - 1) * 50 : number * 50]
    held = Account.objects.in_bulk(shown)
    rows = [
        AccountBehind(held[pk], cents.get(pk, 0), grouped[pk]["n"], grouped[pk]["people"], grouped[pk]["newest"])
        for pk in shown
    ]
    return Page(rows, len(order), number)


def weekly_voices(workspace: Workspace, weeks: int = 12) -> dict[int, list[int]]:
    """Problem → voices in each of the last `weeks` times seven days, oldest first; all zero ones left out."""
    end = midnight(today(workspace) + timedelta(days=1), workspace.time_zone)
    begin = end - timedelta(weeks=weeks)
    found: dict[int, list[int]] = {}
    rows = Evidence.objects.filter(
        problem__workspace=workspace, problem__merged_into=None, voice__said_at__gte=begin, voice__said_at__lt=end
    ).values_list("problem", "voice__said_at")
    for problem, said_at in rows:
        found.setdefault(problem, [0] * weeks)[min(weeks - 1, (said_at - begin).days // 7)] += 1
    return found


def settled(workspace: Workspace) -> list[Problem]:
    """Problems that were merged into another, or closed; the last settled first."""
    rows = Problem.objects.filter(workspace=workspace).exclude(merged_into=None, closed_at=None)
    return list(rows.select_related("merged_into").annotate(n=Count("evidence")).order_by("-closed_at", "-pk"))


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """What the accounts paid a month when they first spoke of it, as kept with the voice, and what they pay now; only accounts
    of which the former is known. `gone` pay nothing any more; `unknown` accounts spoke when nothing was kept."""

    accounts: int
    then: int
    now: int
    more: int
    less: int
    gone: int
    unknown: int

    @property
    def change(self) -> int:
        return self.now - self.then


def then_and_now(problem: Problem) -> ThenAndNow:
    said = voices_of([problem]).exclude(account=None).order_by("said_at", "pk").values_list("account", "account_cents")
    first: dict[int, int] = {}
    everybody: set[int] = set()
    for account, cents in said:
        everybody.add(account)
        if cents is not None:
            first.setdefault(account, cents)
    now = cents_by_account(problem.workspace, today(problem.workspace), first)
    pairs = [(cents, now.get(pk, 0)) for pk, cents in first.items()]
    return ThenAndNow(
        len(first), sum(a for a, _ in pairs), sum(b for _, b in pairs), sum(b > a for a, b in pairs), sum(0 < b < a for a, b in pairs),
        sum(a > 0 and b <= 0 for a, b in pairs), len(everybody) - len(first),
    )  # fmt: skip


RESEARCH = (Channel.INTERVIEW, Channel.CALL)


def research(problem: Problem, most: int = 4) -> list[Voice]:
    """What was said in interviews and calls, the newest first."""
    rows = voices_of([problem]).filter(channel__in=RESEARCH).select_related("author", "account")
    return list(rows[:most])
