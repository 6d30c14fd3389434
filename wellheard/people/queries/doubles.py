"""Rows of persons who turned out to be one.

When a library says that two ids are one person, events count them as one at once. Their rows stay two, with the same
event-store number: whoever counts or lists people behind numbers takes the first and leaves the others out.
"""

from __future__ import annotations

from django.db.models import Count

from wellheard.people.models import Account, Person, Workspace


def doubles(workspace: Workspace, model: type[Person] | type[Account] = Person) -> set[int]:
    """Keys of the rows that share their number with an earlier one; as a rule there are none."""
    held = model._default_manager.filter(workspace=workspace, number__isnull=False)
    shared = [n for (n,) in held.values("number").annotate(rows=Count("pk")).filter(rows__gt=1).values_list("number")]
    found: set[int] = set()
    for at in range(0, len(shared), 500):
        seen: set[int] = set()
        for pk, number in held.filter(number__in=shared[at : at + 500]).order_by("pk").values_list("pk", "number"):
            if number in seen:
                found.add(pk)
            seen.add(int(number or 0))
    return found
