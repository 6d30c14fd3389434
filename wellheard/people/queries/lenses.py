"""The two lenses: users are people who use; customers are accounts that pay, spoken for by people who buy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from wellheard.people.models import Person, Relation, Workspace

from .money import cents_by_account, today


def known(workspace: Workspace) -> QuerySet[Person]:
    """Everybody but passers-by: who only voted without saying who they are has no id, address, name, account or voice,
    and is nobody to be counted among users."""
    spoke = Person.objects.filter(workspace=workspace, voices__isnull=False).values("pk")
    related = Relation.objects.filter(workspace=workspace).values("person")
    named = Q(external_id__isnull=False) | Q(email__isnull=False) | ~Q(name="")
    return Person.objects.filter(workspace=workspace).filter(named | Q(pk__in=related) | Q(pk__in=spoke))


@dataclass(slots=True)
class Lenses:
    """Who is behind a set of (person, account) pairs. Numbers of persons and accounts; cents a month."""

    users: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    accounts: set[int] = field(default_factory=set)
    cents: int = 0
    customer_cents: int = 0


class Sight:
    """Roles and revenue of a workspace, read once, to look at many sets of voices through both lenses."""

    def __init__(self, workspace: Workspace) -> None:
        self.cents = cents_by_account(workspace, today(workspace))
        self.buys: set[tuple[int, int]] = set()
        self.buyers: set[int] = set()
        self.only_buys: set[int] = set()
        for person, account in Relation.objects.filter(workspace=workspace, buys=True).values_list("person", "account"):
            self.buys.add((person, account))
            self.buyers.add(person)
        users = set(Relation.objects.filter(workspace=workspace, uses=True).values_list("person", flat=True))
        self.only_buys = self.buyers - users

    def look(self, pairs: Iterable[tuple[int | None, int | None]]) -> Lenses:
        """Somebody counts as a user unless all we know is that they buy. An account counts as a customer when it
        pays and either somebody who buys for it spoke, or it spoke without a named person."""
        seen = Lenses()
        for person, account in pairs:
            if person is not None and person not in self.only_buys:
                seen.users.add(person)
            if account is not None:
                seen.accounts.add(account)
                if account in self.cents and (person is None or (person, account) in self.buys):
                    seen.customers.add(account)
        seen.cents = sum(self.cents.get(a, 0) for a in seen.accounts)
        seen.customer_cents = sum(self.cents.get(a, 0) for a in seen.customers)
        return seen


def only_buyers(workspace: Workspace) -> QuerySet[Person]:
    """People of whom we know that they buy or administer, and not that they use."""
    rows = Person.objects.filter(workspace=workspace)
    return rows.filter(~Q(relations__uses=True), Q(relations__buys=True) | Q(relations__administers=True)).distinct()


def users(workspace: Workspace) -> int:
    """How many known people use the product: all but those of whom we know only that they buy."""
    return known(workspace).count() - only_buyers(workspace).count()
