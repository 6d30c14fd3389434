"""Merges by hand in the events: the numbers of the gone one count as the kept one's.

What is wanted follows from the keys alone, so it is told to the event store again whenever it differs: right after a
merge where this process writes the events, else within seconds by the one that does.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from wellheard import store
from wellheard.core import clock
from wellheard.people.models import AccountKey, PersonKey, Workspace

log = logging.getLogger(__name__)


def wanted(workspace: Workspace, kind: str) -> dict[int, int]:
    """Number → the number it counts as, of "person" or "account"."""
    rows: Any
    if kind == "person":
        rows = PersonKey.objects.filter(workspace=workspace, kind="number").values_list("value", "person__number")
    else:
        rows = AccountKey.objects.filter(workspace=workspace, kind="number").values_list("value", "account__number")
    return {int(value): int(number) for value, number in rows if number and int(value) != number}


def sync(workspace: Workspace) -> bool:
    """Tells the event store; returns whether anything was new to it. Raises StoreError."""
    held, changed = store.get(), False
    for kind in ("person", "account"):
        pairs = wanted(workspace, kind)
        if held.reader.joined(workspace.pk, kind) != pairs:
            held.join(workspace.pk, kind, pairs)
            changed = True
    return changed


def soon(workspace: Workspace) -> None:
    """Once the merge is committed. Where the store is not ours to write, the clock of the process that has it does it."""

    def tell() -> None:
        try:
            sync(workspace)
        except store.StoreError as e:
            log.info("merged numbers are told to the events later: %s", e)

    transaction.on_commit(tell)


@clock.every(seconds=5)
def sync_everybody() -> None:
    try:
        reader = store.get().reader
    except store.StoreError:
        return
    merged = set(PersonKey.objects.filter(kind="number").values_list("workspace", flat=True))
    merged |= set(AccountKey.objects.filter(kind="number").values_list("workspace", flat=True))
    merged |= reader.joined_workspaces()
    for workspace in Workspace.objects.filter(pk__in=merged):
        try:
            sync(workspace)
        except store.NoEngine:
            return
