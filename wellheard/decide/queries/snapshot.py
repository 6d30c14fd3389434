"""The evidence of a decision as it stands at a moment, as plain JSON that is kept with the decision.

{"at": "2026-11-25T10:00:00+00:00", "currency": "EUR", "voices": 41, "votes": 0,
 "users": 30, "customers": 4, "accounts": 9, "cents": 129000, "customer_cents": 49000,       # cents a month
 "problems": [{"id": 3, "name": "…", "voices": …, "users": …, "customers": …, "accounts": …, "cents": …,
               "customer_cents": …}],
 "top_accounts": [{"id": 7, "name": "…", "cents": 4900, "voices": 2, "customer": true}],
 "quotes": [{"voice": 12, "text": "…", "person": 5, "who": "Ann", "account": 7, "account_name": "…",
             "lens": "users" | "customers" | "both" | "", "channel": "email", "relayed_by": "", "said_at": "…"}]}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from wellheard.listen.models import Idea, Voice, Vote
from wellheard.people.models import Account, Relation
from wellheard.people.queries.lenses import Lenses, Sight
from wellheard.people.queries.money import cents_by_account
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.evidence import voices_of
from wellheard.understand.queries.quotes import quotes

from ..models import Bet

MOST_QUOTES, MOST_ACCOUNTS, LONGEST = 6, 12, 600
Pair = tuple[int | None, int | None]


def problems_of(on: Bet | Problem | Idea) -> list[Problem]:
    """The problems something is about."""
    if isinstance(on, Bet):
        return list(on.problems.select_related("workspace").order_by("pk"))
    if isinstance(on, Problem):
        return [on]
    return list(Problem.objects.filter(evidence__voice=on.voice_id, merged_into=None).select_related("workspace"))


def voices_about(on: Bet | Problem | Idea) -> QuerySet[Voice]:
    """What was said about it: the evidence of its problems, or the idea with those merged into it."""
    if isinstance(on, Idea):
        return Voice.objects.filter(Q(idea=on) | Q(idea__merged_into=on)).order_by("-said_at", "-pk")
    return voices_of(problems_of(on))


def voters(on: Bet | Problem | Idea, at: datetime | None = None) -> list[Pair]:
    """Who voted for an idea, in each account they belong to."""
    if not isinstance(on, Idea):
        return []
    rows = Vote.objects.filter(idea=on, discounted=False)
    people = list((rows.filter(at__lte=at) if at else rows).values_list("person", flat=True))
    found: list[Pair] = list(Relation.objects.filter(person__in=people).values_list("person", "account"))
    return [*found, *((p, None) for p in set(people) - {p for p, _ in found})]


def snapshot(on: Bet | Problem | Idea, at: datetime | None = None) -> dict[str, Any]:
    """As it stands now; with `at` as it stood then, by what had been said and what accounts paid (roles are today's)."""
    now = at or timezone.now()
    workspace = on.workspace
    sight = Sight(workspace)
    sight.cents = cents_by_account(workspace, now.astimezone(ZoneInfo(workspace.time_zone)).date())
    said = list(voices_about(on).filter(said_at__lte=now).values_list("author", "account"))
    votes = voters(on, now)
    seen = sight.look([*said, *votes])
    return {
        "at": now.isoformat(), "currency": workspace.currency, "voices": len(said), "votes": len({p for p, _ in votes}),
        **_counts(seen),
        "problems": [_problem(p, sight, now) for p in problems_of(on)],
        "top_accounts": _accounts(seen, said, sight),
        "quotes": [quote(v, sight) for v in _quotes(on, sight, now)],
    }  # fmt: skip


def _counts(seen: Lenses) -> dict[str, int]:
    return {
        "users": len(seen.users), "customers": len(seen.customers), "accounts": len(seen.accounts), "cents": seen.cents,
        "customer_cents": seen.customer_cents,
    }  # fmt: skip


def _problem(problem: Problem, sight: Sight, at: datetime) -> dict[str, Any]:
    pairs = list(
        Evidence.objects.filter(problem=problem, voice__said_at__lte=at).values_list("voice__author", "voice__account")
    )
    return {"id": problem.pk, "name": problem.name, "voices": len(pairs), **_counts(sight.look(pairs))}


def _accounts(seen: Lenses, said: Sequence[Pair], sight: Sight) -> list[dict[str, Any]]:
    count = Counter(a for _, a in said if a is not None)
    order = sorted(seen.accounts, key=lambda a: (-sight.cents.get(a, 0), -count[a], a))[:MOST_ACCOUNTS]
    names = dict(Account.objects.filter(pk__in=order).values_list("pk", "name"))
    return [
        {"id": a, "name": names.get(a, ""), "cents": sight.cents.get(a, 0), "voices": count[a], "customer": a in seen.customers}
        for a in order
    ]  # fmt: skip


def _quotes(on: Bet | Problem | Idea, sight: Sight, at: datetime) -> list[Voice]:
    if isinstance(on, Idea):
        return list(voices_about(on).filter(said_at__lte=at).select_related("author", "account")[:MOST_QUOTES])
    problems = problems_of(on)
    each = max(2, MOST_QUOTES // max(1, len(problems)))
    found: dict[int, Voice] = {}
    for problem in problems:
        found |= {v.pk: v for v in quotes(problem, each, sight) if v.said_at <= at}
    return list(found.values())[:MOST_QUOTES]


def quote(voice: Voice, sight: Sight) -> dict[str, Any]:
    seen = sight.look([(voice.author_id, voice.account_id)])
    lens = "both" if seen.users and seen.customers else "users" if seen.users else "customers" if seen.customers else ""
    return {
        "voice": voice.pk, "text": voice.text[:LONGEST], "person": voice.author_id, "who": str(voice.author or "Somebody"),
        "account": voice.account_id, "account_name": str(voice.account or ""), "lens": lens, "channel": voice.channel,
        "relayed_by": voice.relayed_by, "said_at": voice.said_at.isoformat(),
    }  # fmt: skip
