"""The flag of a draw: off for everybody when the lot is drawn, on for the first half when they are told, on for all when all are."""

from __future__ import annotations

from typing import Any

from wellheard.core.journal import Actor
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.tell.models import Release

from ..flags import services as flags
from ..models import Flag, Staging

NAMED = "Drawn by lot"
FOR_ALL = "Released to everybody"


def claim(access: Access, key: str, name: str) -> Flag:
    """The flag that will let them in; made where there is none. It must let in nobody yet, or those who wait would have it too.
    Raises ValueError."""
    held = Flag.objects.filter(workspace=access.workspace, key=key).first()
    if held is None:
        return flags.make(
            access, flags.Plan(key, "boolean", {}, name[:120], "Lets in the half of those who asked that goes first.")
        )
    if held.kind != Flag.Kind.BOOLEAN:
        raise ValueError(f"The flag “{key}” is not one that is on or off. Name another, or a new one.")
    if held.archived_at is not None:
        raise ValueError(f"The flag “{key}” is in the archive. Take it out, or name another.")
    if held.killed_at is not None:
        raise ValueError(f"The flag “{key}” is switched off. Switch it on: it still lets in nobody without a rule.")
    if held.definition.get("rules") or held.definition.get("otherwise") not in ("", "off", None):
        raise ValueError(
            f"The flag “{key}” lets people in already. Take its rules out, or name another: who waits must not have it."
        )
    return held


def let_in(release: Release, actor: Actor) -> list[Flag]:
    """After a release is out: the flags of draws that it was for. Doing it again changes nothing."""
    access = Access(release.workspace, actor, Role.EDITOR)
    changed = [_change(access, s, _half(s)) for s in Staging.objects.exclude(flag="").filter(first=release)]
    if release.audience_id is None:
        everybody = Staging.objects.exclude(flag="").filter(bet__releases=release)
        changed += [_change(access, s, {"serve": "on", "name": FOR_ALL}) for s in everybody]
    return [flag for flag in changed if flag is not None]


def _half(staging: Staging) -> dict[str, Any]:
    return {"when": [{"what": "segment", "segment": staging.segment_id}], "serve": "on", "name": NAMED}


def _change(access: Access, staging: Staging, rule: dict[str, Any]) -> Flag | None:
    held = Flag.objects.filter(workspace=access.workspace, key=staging.flag, archived_at=None).first()
    if held is None:  # somebody took it away meanwhile; the page says so
        return None
    rules = held.definition.get("rules", [])
    if any(r.get("name") == rule["name"] and r.get("when", []) == rule.get("when", []) for r in rules):
        return held
    return flags.change(access, held, held.definition | {"rules": [rule, *rules]}, reason=f"half first: {staging.bet}")
