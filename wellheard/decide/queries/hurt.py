"""Whom a decision hurts: colleagues with their deals, accounts with their money, people, promises given.

kept(hurt) → {"at": "…", "currency": "EUR", "people": 30, "users": 28, "customers": 4, "accounts": 9, "cents": 129000,
              "customer_cents": 49000, "deals": 2, "deal_cents": 90000, "deals_unknown": 0,
              "owners": [{"name": "Clara", "accounts": 3, "cents": 49000, "deal_cents": 0, "voices": 2,
                          "at": "…" | null, "words": "…", "by": ""}],
              "top_accounts": [{"id": 7, "name": "…", "cents": 4900, "deal_cents": 0}],
              "promises": [{"kind": "status “planned”", "by": "…", "at": "…"}]}
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from wellheard.listen.models import DealStage
from wellheard.people.models import Account, Member, Relation, Workspace
from wellheard.people.queries.lenses import Sight
from wellheard.people.queries.money import today
from wellheard.people.rates import Converter

from ..models import Acknowledgement, Decision
from ..promises import Promise, about
from .snapshot import voices_about, voters

MOST_ACCOUNTS = 30


@dataclass(slots=True)
class AccountHurt:
    """`cents` a month; `deal_cents` the largest open deal said to hang on it; `people` of it who asked."""

    account: Account
    cents: int = 0
    customer: bool = False
    deal_cents: int = 0
    voices: int = 0
    people: set[int] = field(default_factory=set)
    newest: datetime | None = None


@dataclass(slots=True)
class ColleagueHurt:
    """Somebody of the team: the accounts they look after, how many voices they passed on. `needed`: must acknowledge."""

    name: str
    member: Member | None
    needed: bool
    accounts: list[AccountHurt] = field(default_factory=list)
    voices: int = 0
    ack: Acknowledgement | None = None

    @property
    def cents(self) -> int:
        return sum(a.cents for a in self.accounts)

    @property
    def deal_cents(self) -> int:
        return sum(a.deal_cents for a in self.accounts)

    @property
    def knows(self) -> bool:
        return self.ack is not None and self.ack.at is not None


@dataclass(frozen=True, slots=True)
class Hurt:
    """`people` everybody who asked, known or voting; money in cents of the workspace's currency a month; `deals_unknown`
    open deals whose currency has no rate."""

    workspace: Workspace
    people: int
    users: int
    customers: int
    cents: int
    customer_cents: int
    accounts: list[AccountHurt]
    colleagues: list[ColleagueHurt]
    promises: list[Promise]
    deals: int
    deal_cents: int
    deals_unknown: int

    @property
    def needed(self) -> list[ColleagueHurt]:
        return [c for c in self.colleagues if c.needed]

    @property
    def missing(self) -> list[ColleagueHurt]:
        """Who has to acknowledge it and has not."""
        return [c for c in self.needed if not c.knows]

    @property
    def nobody(self) -> bool:
        return not (self.people or self.accounts or self.colleagues or self.promises)


def whom(decision: Decision) -> Hurt:
    """As things stand now, with who has acknowledged it."""
    acks = {a.name.lower(): a for a in decision.acknowledgements.select_related("member__user").order_by("pk")}
    return of_thing(decision.on, acks)


def _at_home(said: list[Any]) -> list[Any]:
    """A voice that came before its author was known to belong anywhere touches the one account they belong to now."""
    lost = {author for author, account, *_ in said if author and not account}
    homes: dict[int, set[int]] = defaultdict(set)
    for person, account in Relation.objects.filter(person__in=lost).values_list("person", "account"):
        homes[person].add(account)
    return [
        (author, next(iter(homes[author])) if not account and len(homes.get(author, ())) == 1 else account, *rest)
        for author, account, *rest in said
    ]


def of_thing(on: Any, acks: dict[str, Acknowledgement] | None = None) -> Hurt:
    workspace: Workspace = on.workspace
    sight = Sight(workspace)
    fields = ("author", "account", "relayed_by", "recorded_by", "deal_cents", "deal_currency", "deal_stage", "said_at")
    said = _at_home(list(voices_about(on).values_list(*fields)))
    pairs = [(author, account) for author, account, *_ in said]
    votes = voters(on)
    seen = sight.look([*pairs, *votes])
    held = {
        a.pk: AccountHurt(a, sight.cents.get(a.pk, 0), a.pk in seen.customers)
        for a in Account.objects.filter(pk__in=seen.accounts).select_related("keeper__user")
    }
    for author, account, *_, said_at in said:
        if account in held:
            row = held[account]
            row.voices += 1
            row.newest = max(row.newest or said_at, said_at)
            row.people |= {author} if author else set()
    for person, account in votes:
        if account in held and person:
            held[account].people.add(person)
    deals, total, unknown = _deals(workspace, said, held)
    accounts = sorted(held.values(), key=lambda a: (-a.cents, -a.deal_cents, -a.voices, a.account.pk))
    people = {author for author, _ in [*pairs, *votes] if author}
    return Hurt(
        workspace, len(people), len(seen.users), len(seen.customers), seen.cents, seen.customer_cents, accounts,
        _colleagues(workspace, accounts, said, acks or {}), about(on), deals, total, unknown,
    )  # fmt: skip


def _deals(workspace: Workspace, said: list[Any], held: dict[int, AccountHurt]) -> tuple[int, int, int]:
    """Open deals. Several voices of an account mostly speak of the same one: the largest counts, so the sum is "at least"."""
    convert, day = Converter.of(workspace), today(workspace)
    loose = deals = unknown = 0
    for _, account, _, _, cents, currency, stage, _ in said:
        if stage != DealStage.OPEN or not cents:
            continue
        worth = convert(cents, currency or workspace.currency, day)
        if worth is None:
            unknown += 1
        elif account in held:
            held[account].deal_cents = max(held[account].deal_cents, worth)
        else:
            deals, loose = deals + 1, loose + worth
    with_deals = [a for a in held.values() if a.deal_cents]
    return deals + len(with_deals), loose + sum(a.deal_cents for a in with_deals), unknown


def _colleagues(
    workspace: Workspace, accounts: list[AccountHurt], said: list[Any], acks: dict[str, Acknowledgement]
) -> list[ColleagueHurt]:
    """Owners of accounts and members who passed voices on have to know; other names of those who passed on are told."""
    members = {m.pk: m for m in Member.objects.filter(workspace=workspace).select_related("user")}
    by_name = {str(m).lower(): m for m in members.values()}
    found: dict[str, ColleagueHurt] = {}

    def of(name: str, member: Member | None, needed: bool) -> ColleagueHurt:
        member = member or by_name.get(name.lower())
        name = str(member)[:120] if member else name
        row = found.setdefault(name.lower(), ColleagueHurt(name, member, needed, ack=acks.get(name.lower())))
        row.needed |= needed or member is not None
        return row

    for a in accounts:
        if a.account.keeper_id or a.account.owner:
            of(a.account.owner or str(a.account.keeper), a.account.keeper, True).accounts.append(a)
    relayed: dict[tuple[str, int | None], int] = defaultdict(int)
    for _, _, name, recorded, *_ in said:
        if name:
            relayed[name, recorded] += 1
    for (name, recorded), n in relayed.items():
        of(name, members.get(recorded) if recorded else None, False).voices += n
    return sorted(found.values(), key=lambda c: (not c.needed, -c.cents, -c.deal_cents, -c.voices, c.name))


def kept(hurt: Hurt) -> dict[str, Any]:
    """What stays with a decision once it is published. No names of people who asked: those may be erased."""
    return {
        "at": timezone.now().isoformat(), "currency": hurt.workspace.currency, "people": hurt.people, "users": hurt.users,
        "customers": hurt.customers, "accounts": len(hurt.accounts), "cents": hurt.cents, "customer_cents": hurt.customer_cents,
        "deals": hurt.deals, "deal_cents": hurt.deal_cents, "deals_unknown": hurt.deals_unknown,
        "owners": [
            {"name": c.name, "accounts": len(c.accounts), "cents": c.cents, "deal_cents": c.deal_cents, "voices": c.voices,
             "at": c.ack.at.isoformat() if c.ack and c.ack.at else None, "words": c.ack.words if c.ack else "",
             "by": c.ack.by if c.ack else ""}
            for c in hurt.needed
        ],
        "top_accounts": [
            {"id": a.account.pk, "name": a.account.name, "cents": a.cents, "deal_cents": a.deal_cents}
            for a in hurt.accounts[:MOST_ACCOUNTS]
        ],
        "promises": [{"kind": p.kind, "by": p.by, "at": p.at.isoformat()} for p in hurt.promises],
    }  # fmt: skip
