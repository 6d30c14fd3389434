"""Who votes for ideas, through both lenses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from wellheard.people.models import Relation, Workspace
from wellheard.people.queries.lenses import Lenses, Sight

from ..models import Idea, Vote


def voter_lenses(workspace: Workspace, ideas: Iterable[Idea]) -> dict[int, Lenses]:
    """Idea → the users and the paying accounts (through somebody who buys for them) behind its votes; discounted votes are
    left out. Who belongs to no account and is not known to buy counts as a user."""
    wanted = [i.pk for i in ideas]
    voters: dict[int, set[int]] = defaultdict(set)
    for idea, person in Vote.objects.filter(idea__in=wanted, discounted=False).values_list("idea", "person"):
        voters[idea].add(person)
    everybody = sorted({p for held in voters.values() for p in held})
    buys: dict[int, list[int | None]] = defaultdict(list)
    for at in range(0, len(everybody), 500):
        rows = Relation.objects.filter(workspace=workspace, buys=True, person__in=everybody[at : at + 500])
        for person, account in rows.values_list("person", "account"):
            buys[person].append(account)
    sight = Sight(workspace)
    return {pk: sight.look((p, account) for p in voters[pk] for account in (buys.get(p) or [None])) for pk in wanted}
