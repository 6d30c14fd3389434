"""The journal: who did what to which thing, when and why. Append-only, one entry per write.

A service does its whole write inside `record`; the entry, the rows and the background work that subscribers
queue are committed in one transaction, so after a crash either all of it happened or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

if TYPE_CHECKING:
    from .models import Entry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which workspace. `kind` is member, person, token, system or command."""

    workspace_id: int
    kind: str
    id: int | None = None
    name: str = ""


def system(workspace_id: int, name: str = "Wellheard") -> Actor:
    return Actor(workspace_id, "system", None, name)


class NothingRecorded(RuntimeError):
    """A service left `record` without saying which thing it wrote."""


class Draft:
    """The entry while its write is under way; `about` names the thing, `note` adds facts."""

    def __init__(self, actor: Actor, verb: str, reason: str) -> None:
        self.actor, self.verb, self.reason = actor, verb, reason
        self.thing: str = ""
        self.thing_id: int | None = None
        self.data: dict[str, Any] = {}
        self.silent = False

    def about(self, thing: models.Model, **data: Any) -> None:
        self.thing, self.thing_id = str(thing._meta.model_name), thing.pk
        self.data.update(data)

    def nothing_changed(self) -> None:
        """The write turned out to be a repeat (a second vote, the same role): no entry."""
        self.silent = True


Subscriber = Callable[["Entry"], None]
_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def on(verb: str) -> Callable[[Subscriber], Subscriber]:
    """Subscribe to a verb such as "release.published". Runs inside the writing transaction: queue work, no more."""

    def register(fn: Subscriber) -> Subscriber:
        if fn not in _subscribers[verb]:
            _subscribers[verb].append(fn)
        return fn

    return register


@contextmanager
def record(actor: Actor, verb: str, reason: str = "") -> Iterator[Draft]:
    """One transaction, one journal entry. Raises NothingRecorded when the body names no thing."""
    from .models import Entry

    with transaction.atomic():
        draft = Draft(actor, verb, reason)
        yield draft
        if draft.silent:
            return
        if not draft.thing:
            raise NothingRecorded(f"{verb}: the service did not say which thing it wrote")
        entry = Entry.objects.create(
            workspace_id=actor.workspace_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:120],
            verb=verb,
            thing=draft.thing,
            thing_id=draft.thing_id,
            data=draft.data,
            reason=reason,
        )
        for subscriber in _subscribers[verb]:
            subscriber(entry)


def history(workspace_id: int, thing: models.Model, limit: int = 100) -> list[Entry]:
    """What happened to one thing, newest first."""
    from .models import Entry

    found = Entry.objects.filter(workspace_id=workspace_id, thing=thing._meta.model_name, thing_id=thing.pk)
    return list(found.order_by("-pk")[:limit])
