"""The texts of a team that the audit reads. Each layer says here which of its texts there are and how one is changed;
the audit stands below those that tell and decide, and asks them by this list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from wellheard.people.access import Access
from wellheard.people.models import Workspace

Change = Callable[[Access, str], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One text. `key` names it for good ("release:12:body"); `label` says what it is; `page` is the name of its page and
    `number` what that takes. `change` writes it through its own service (one entry in the journal); None: it was said
    and stands as it is."""

    key: str
    label: str
    text: str
    page: str = ""
    number: int | None = None
    change: Change | None = None

    @property
    def editable(self) -> bool:
        return self.change is not None


Source = Callable[[Workspace], Iterable[Place]]
_sources: dict[str, Source] = {}


def texts(name: str) -> Callable[[Source], Source]:
    """Register a function that lists places; `name` is the heading they stand under."""

    def register(fn: Source) -> Source:
        _sources[name] = fn
        return fn

    return register


def places(workspace: Workspace) -> list[tuple[str, Place]]:
    """(heading, place) of every text that is not empty, in the order the layers stand."""
    return [(name, p) for name, source in _sources.items() for p in source(workspace) if p.text.strip()]


def one(workspace: Workspace, key: str) -> Place | None:
    return next((p for _, p in places(workspace) if p.key == key), None)
