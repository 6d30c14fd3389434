"""The facts of many accounts at once: one question to the events, a few to our own tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Min

from wellheard import store
from wellheard.listen.models import Voice
from wellheard.listen.queries.checkins import late_by_account
from wellheard.measure.sql.base import NOT_QUIET
from wellheard.people.models import Account, Relation, Revenue, Workspace
from wellheard.people.queries.money import cents_by_account, today
from wellheard.people.queries.roles import present
from wellheard.tell.models import Notice, NoticeState
from wellheard.understand.models import Evidence

from .judge import MONEY_DAYS, PAST, RECENT, WAITS_LONG, Facts, Health, judge

ASKED_DAYS = 365
TOLD = (NoticeState.SENT, NoticeState.REACHED)


def health_of(account: Account) -> Health:
    return judge(account, facts(account.workspace, [account])[account.pk])


def healths(workspace: Workspace, accounts: Iterable[Account] | None = None) -> list[Health]:
    """Of all accounts, or of these: the worst first, those of whom not enough is known last."""
    held = list(Account.objects.filter(workspace=workspace) if accounts is None else accounts)
    known = facts(workspace, held)
    found = [judge(a, known[a.pk]) for a in held]
    return sorted(found, key=lambda h: (h.points is None, h.points or 0, -h.cents, h.account.name))


def facts(workspace: Workspace, accounts: list[Account]) -> dict[int, Facts]:
    """Account → what is known of it."""
    now = today(workspace)
    only = [accounts[0].pk] if len(accounts) == 1 else None
    use, active = _use(workspace, now, accounts)
    people = _people(workspace, only)
    cents, before, most = (
        cents_by_account(workspace, now, only),
        cents_by_account(workspace, now - timedelta(MONEY_DAYS), only),
        _most(workspace, only),
    )
    opened, waiting = _requests(workspace, now, only)
    contact = _contact(workspace, only)
    overdue = late_by_account(workspace)
    found: dict[int, Facts] = {}
    for a in accounts:
        acting, known = active.get(a.number or 0, 0), people.get(a.pk, 0)
        found[a.pk] = Facts(
            now, use.get(a.number or 0), acting, max(known, acting) if known else 0, cents.get(a.pk, 0), before.get(a.pk, 0),
            most.get(a.pk, 0), opened.get(a.pk, 0), waiting.get(a.pk, 0), contact.get(a.pk), overdue.get(a.pk),
        )  # fmt: skip
    return found


def _use(
    workspace: Workspace, now: date, accounts: list[Account]
) -> tuple[dict[int, tuple[int, int, date]], dict[int, int]]:
    """By number: (events of the last 28 days, of the 84 before, the first day), and how many people were active."""
    try:
        reader = store.get().reader
    except store.StoreError:
        return {}, {}
    account = reader.account(workspace.pk)
    numbers = [a.number for a in accounts if a.number]
    if not numbers:
        return {}, {}
    params: dict[str, Any] = {
        "w": workspace.pk,
        "a": now - timedelta(RECENT + PAST),
        "m": now - timedelta(RECENT),
        "b": now,
    }
    one = ""
    if len(accounts) == 1:
        one, params["n"] = f" AND {account} = {{n:UInt32}}", numbers[0]
    try:
        rows = reader.rows(
            f"SELECT {account} AS held, countIf(day > {{m:Date}}), countIf(day <= {{m:Date}}), min(day), "  # noqa: S608
            f"uniqExactIf({reader.person(workspace.pk)}, day > {{m:Date}}) FROM events WHERE workspace = {{w:UInt32}} "
            f"AND account != 0 AND {NOT_QUIET} AND day > {{a:Date}} AND day <= {{b:Date}}{one} GROUP BY held",
            params,
        )
    except store.StoreError:
        return {}, {}
    use = {int(n): (int(late), int(early), first) for n, late, early, first, _ in rows}
    return use, {int(n): int(who) for n, _, _, _, who in rows}


def _people(workspace: Workspace, only: list[int] | None) -> dict[int, int]:
    """Account → how many people are known to use it."""
    rows = present(Relation.objects.filter(workspace=workspace, uses=True))
    rows = rows if only is None else rows.filter(account__in=only)
    found: dict[int, int] = defaultdict(int)
    for account in rows.values_list("account", flat=True):
        found[account] += 1
    return found


def _most(workspace: Workspace, only: list[int] | None) -> dict[int, int]:
    rows = Revenue.objects.filter(workspace=workspace, once=False, base_cents__gt=0)
    rows = rows if only is None else rows.filter(account__in=only)
    return {r["account"]: r["m"] for r in rows.values("account").annotate(m=Max("base_cents"))}


def _requests(workspace: Workspace, now: date, only: list[int] | None) -> tuple[dict[int, int], dict[int, int]]:
    """Account → (open problem, person) pairs it spoke of within a year and heard nothing about; → those that wait long."""
    zone = ZoneInfo(workspace.time_zone)
    since = datetime.combine(now - timedelta(ASKED_DAYS), datetime.min.time(), zone)
    long = datetime.combine(now - timedelta(WAITS_LONG), datetime.min.time(), zone)
    asked = Evidence.objects.filter(
        problem__workspace=workspace, problem__closed_at=None, problem__merged_into=None, voice__account__isnull=False,
        voice__said_at__gte=since,
    )  # fmt: skip
    asked = asked if only is None else asked.filter(voice__account__in=only)
    told = set(Notice.objects.filter(workspace=workspace, state__in=TOLD).values_list("problem", "person"))
    opened: dict[int, int] = defaultdict(int)
    waiting: dict[int, int] = defaultdict(int)
    for row in asked.values("voice__account", "problem", "voice__author").annotate(first=Min("voice__said_at")):
        if (row["problem"], row["voice__author"]) in told:
            continue
        opened[row["voice__account"]] += 1
        waiting[row["voice__account"]] += row["first"] < long
    return opened, waiting


def _contact(workspace: Workspace, only: list[int] | None) -> dict[int, date]:
    """Account → the last day somebody there spoke, or was told something."""
    zone = ZoneInfo(workspace.time_zone)
    said = Voice.objects.filter(workspace=workspace, account__isnull=False)
    said = said if only is None else said.filter(account__in=only)
    told = Notice.objects.filter(workspace=workspace, state__in=TOLD, voice__account__isnull=False)
    told = told if only is None else told.filter(voice__account__in=only)
    found: dict[int, date] = {}
    for rows, name, at in ((said, "account", "said_at"), (told, "voice__account", "sent_at")):
        for row in rows.values(name).annotate(last=Max(at)):
            if row["last"] is not None:
                day = row["last"].astimezone(zone).date()
                found[row[name]] = max(found.get(row[name], day), day)
    return found
