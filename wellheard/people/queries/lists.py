"""Lists of people and accounts, a page at a time, with what a list shows of each."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, Max, Q, QuerySet

from wellheard.people.models import Account, AccountState, Member, Person, Relation, Workspace

from .lenses import known
from .money import cents_by_account, today
from .roles import present

PAGE = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `total` counts all pages, `number` is 1-based."""

    rows: list[T]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def cut(rows: QuerySet[T], number: int) -> tuple[list[T], int, int]:  # type: ignore[type-var]
    total = rows.count()
    number = min(max(1, number), max(1, -(-total // PAGE)))
    return list(rows[(number - 1) * PAGE : number * PAGE]), total, number


def cut_to(rows: QuerySet[T], keys: Set[int] | None, number: int) -> tuple[list[T], int, int]:  # type: ignore[type-var]
    """`cut`, of those with these keys. They are picked out here, for a segment may hold more than a query can name."""
    if keys is None:
        return cut(rows, number)
    chosen = [pk for pk in rows.values_list("pk", flat=True) if pk in keys]
    number = min(max(1, number), max(1, -(-len(chosen) // PAGE)))
    shown: list[Any] = chosen[(number - 1) * PAGE : number * PAGE]
    return list(rows.filter(pk__in=shown)), len(chosen), number


@dataclass(frozen=True, slots=True)
class PersonRow:
    person: Person
    relations: list[Relation]
    voices: int
    newest: object

    @property
    def uses(self) -> bool:
        return not self.relations or any(r.uses for r in self.relations)

    @property
    def buys(self) -> bool:
        return any(r.buys for r in self.relations)


def people(
    workspace: Workspace, q: str = "", lens: str = "", spoke: str = "", number: int = 1, keys: Set[int] | None = None
) -> Page[PersonRow]:
    """`lens` is "users" or "customers" (people who buy), `spoke` "yes" or "never"; those who spoke most come first.
    `keys`: only these, of a segment."""
    rows = Person.objects.filter(workspace=workspace)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q) | Q(external_id__iexact=q))
    if lens == "users":
        rows = rows.filter(Q(relations__uses=True) | Q(relations=None))
    elif lens == "customers":
        rows = rows.filter(relations__buys=True)
    if spoke == "yes":
        rows = rows.exclude(voices=None)
    elif spoke == "never":
        rows = rows.filter(voices=None)
    ordered = rows.annotate(n=Count("voices", distinct=True), newest=Max("voices__said_at")).order_by(
        "-n", "name", "pk"
    )
    found, total, number = cut_to(ordered, keys, number)
    relations: dict[int, list[Relation]] = {}
    for relation in present(Relation.objects.filter(person__in=[p.pk for p in found])).select_related("account"):
        relations.setdefault(relation.person_id, []).append(relation)
    return Page([PersonRow(p, relations.get(p.pk, []), p.n, p.newest) for p in found], total, number)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class AccountRow:
    account: Account
    people: int
    users: int
    buyers: int
    cents: int
    voices: int


def accounts(
    workspace: Workspace, q: str = "", state: str = "", spoke: str = "", number: int = 1, keys: Set[int] | None = None,
    owner: str = "", mine: Member | None = None, lens: str = "",
) -> Page[AccountRow]:  # fmt: skip
    """The highest monthly revenue first. `keys`: only these, of a segment. `owner`: "mine" (of the member `mine`),
    "nobody", or a name. `lens`: "users", in which somebody uses, or "customers", which pay."""
    from django.db.models import OuterRef, Subquery, Sum
    from django.db.models.functions import Coalesce

    from .money import recurring

    day = today(workspace)
    rows = Account.objects.filter(workspace=workspace)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(domain__icontains=q) | Q(external_id__iexact=q))
    if lens == "users":
        rows = rows.filter(pk__in=Relation.objects.filter(workspace=workspace, uses=True).values("account"))
    elif lens == "customers":
        rows = rows.filter(pk__in=recurring(workspace, day).filter(base_cents__gt=0).values("account"))
    if owner == "mine":
        rows = rows.filter(keeper=mine) if mine else rows.none()
    elif owner == "nobody":
        rows = rows.filter(owner="")
    elif owner:
        rows = rows.filter(owner=owner)
    if state in AccountState.values and state:
        rows = rows.filter(state=state)
    if spoke == "yes":
        rows = rows.exclude(voices=None)
    elif spoke == "never":
        rows = rows.filter(voices=None)
    per_account = (
        recurring(workspace, day)
        .filter(account=OuterRef("pk"))
        .values("account")
        .annotate(s=Sum("base_cents"))
        .values("s")
    )
    ordered = (
        rows.distinct().annotate(held_cents=Coalesce(Subquery(per_account), 0)).order_by("-held_cents", "name", "pk")
    )
    found, total, number = cut_to(ordered, keys, number)
    shown = [a.pk for a in found]
    roles = {
        r["account"]: r
        for r in present(Relation.objects.filter(account__in=shown))
        .values("account")
        .annotate(n=Count("pk"), u=Count("pk", filter=Q(uses=True)), b=Count("pk", filter=Q(buys=True)))
    }
    voices = dict(Account.objects.filter(pk__in=shown).annotate(n=Count("voices")).values_list("pk", "n"))
    empty = {"n": 0, "u": 0, "b": 0}
    return Page(
        [
            AccountRow(a, (r := roles.get(a.pk, empty))["n"], r["u"], r["b"], a.held_cents, voices[a.pk])  # type: ignore[attr-defined]
            for a in found
        ],
        total,
        number,
    )


def owners(workspace: Workspace) -> list[str]:
    """Names of those who look after accounts, most accounts first; at most 50."""
    rows = Account.objects.filter(workspace=workspace).exclude(owner="").values("owner").annotate(n=Count("pk"))
    return [r["owner"] for r in rows.order_by("-n", "owner")[:50]]


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts over the whole workspace for the head of the People page."""

    people: int
    users: int
    buyers: int
    both: int
    accounts: int
    paying: int
    cents: int


def overview(workspace: Workspace) -> Overview:
    relations = Relation.objects.filter(workspace=workspace)
    buyers = set(relations.filter(buys=True).values_list("person", flat=True))
    users = set(relations.filter(uses=True).values_list("person", flat=True))
    people = known(workspace).count()
    unrelated = known(workspace).filter(relations=None).count()
    cents = cents_by_account(workspace, today(workspace))
    return Overview(
        people,
        len(users) + unrelated,
        len(buyers),
        len(users & buyers),
        Account.objects.filter(workspace=workspace).count(),
        len(cents),
        sum(cents.values()),
    )
