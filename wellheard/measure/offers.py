"""What a question can be broken down by, as the workspace's own events, people and accounts have it."""

from __future__ import annotations

import time

from wellheard.people.models import Account, Person, Workspace
from wellheard.store.reader import Reader

ALWAYS = ("lens", "account:plan", "account:state", "account:owner", "person:language")
LOOKED_AT = 300
EVENTS = 12
REMEMBERED = 60.0
_kept: dict[tuple[int, tuple[str, ...]], tuple[float, list[str]]] = {}


def offers(reader: Reader, workspace: Workspace, events: list[str]) -> list[str]:
    """Breakdowns worth offering: properties of these events (the most frequent ones are enough) and traits, as some
    rows have them. Kept for a minute."""
    key = (workspace.pk, tuple(events[:EVENTS]))
    until, found = _kept.get(key, (0.0, []))
    if time.monotonic() < until:
        return found
    properties = {name for names in reader.property_names(workspace.pk, events[:EVENTS]).values() for name in names}
    made = [*ALWAYS, *(f"event:{name}" for name in sorted(properties))]
    for whose, model in (("person", Person), ("account", Account)):
        rows = model._default_manager.filter(workspace=workspace).order_by("-pk").values_list("traits", flat=True)
        traits = {str(name) for held in rows[:LOOKED_AT] if isinstance(held, dict) for name in held}
        made += [f"{whose}:{name}" for name in sorted(traits)]
    if len(_kept) > 500:
        _kept.clear()
    _kept[key] = (time.monotonic() + REMEMBERED, made)
    return made
