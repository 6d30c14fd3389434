"""Who is meant by an id, address, name or number: also of somebody who has been merged away since."""

from __future__ import annotations

from collections.abc import Iterable

from wellheard.people.models import Account, AccountKey, Merge, Person, PersonKey, Segment, Workspace

CHUNK = 500


def person_by(workspace: Workspace | int, kind: str, value: str | None, by_hand: bool = False) -> Person | None:
    """The person kept, when `value` ("id", "email", "page" or "mail") was somebody's who is part of them now.

    `by_hand`: only where the team said so. Events can be sent by anybody, so they open nobody's page to others.
    """
    if not value:
        return None
    said = value.lower() if kind == "email" else value
    rows = PersonKey.objects.filter(workspace=workspace, kind=kind, value=said)
    if by_hand:
        rows = rows.filter(merge__origin=Merge.Origin.HAND)
    found = rows.select_related("person__workspace").order_by("pk").first()
    return found.person if found else None


def person_by_secret(kind: str, value: str) -> Person | None:
    """By the address of a page or the link of a mail, which are secrets and unique across workspaces."""
    found = PersonKey.objects.filter(kind=kind, value=value).select_related("person__workspace").first()
    return found.person if found else None


def account_by(workspace: Workspace | int, kind: str, value: str | None) -> Account | None:
    if not value:
        return None
    said = value.lower() if kind == "name" else value
    rows = AccountKey.objects.filter(workspace=workspace, kind=kind, value=said)
    found = rows.select_related("account").order_by("pk").first()
    return found.account if found else None


def people_by(workspace: Workspace, kind: str, values: Iterable[str]) -> dict[str, Person]:
    """Value → the person kept, for many at once."""
    found: dict[str, Person] = {}
    for at in _chunks(values):
        rows = PersonKey.objects.filter(workspace=workspace, kind=kind, value__in=at).select_related("person")
        for key in rows.order_by("pk"):
            found.setdefault(key.value, key.person)
    return found


def accounts_by(workspace: Workspace, kind: str, values: Iterable[str]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for at in _chunks(values):
        rows = AccountKey.objects.filter(workspace=workspace, kind=kind, value__in=at).select_related("account")
        for key in rows.order_by("pk"):
            found.setdefault(key.value, key.account)
    return found


def became(workspace: Workspace | int, of: Segment.Of, pk: int, by_hand: bool = False) -> int | None:
    """The number of the row that a row that is gone has become part of, or None."""
    merges = Merge.objects.filter(workspace=workspace, of=of, undone_at=None)
    if by_hand:
        merges = merges.filter(origin=Merge.Origin.HAND)
    seen: set[int] = set()
    at = pk
    while at not in seen:
        seen.add(at)
        at = next(iter(merges.filter(gone=at).values_list("kept", flat=True)), at)
    return at if at != pk else None


def also(thing: Person | Account) -> list[str]:
    """Ids, addresses and names of those who are part of this one now."""
    held = thing.keys.filter(kind__in=["id", "email", "name"]).order_by("kind", "value").values_list("value", flat=True)
    return list(dict.fromkeys(held))


def _chunks(values: Iterable[str]) -> list[list[str]]:
    held = list(dict.fromkeys(v for v in values if v))
    return [held[at : at + CHUNK] for at in range(0, len(held), CHUNK)]
