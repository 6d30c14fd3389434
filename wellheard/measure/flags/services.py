"""Writing flags: make, change, switch off and on, archive and restore. Each keeps the version before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from wellheard.core import journal
from wellheard.measure.models_experiments import Experiment
from wellheard.measure.models_flags import Flag, FlagVersion
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.people.models import Segment as SegmentRow

from .conditions import Segment
from .definition import KEY, BadFlag, Definition, Kind, circle, decode, depth

MOST_FLAGS = 5_000
DEEPEST = 10
Did = FlagVersion.Did


class Stale(BadFlag):
    """Somebody else changed the flag meanwhile."""


@dataclass(frozen=True)
class Plan:
    """A flag to be made. `definition` as definition.decode reads it; an empty one of a boolean flag is off for all."""

    key: str
    kind: str = "boolean"
    definition: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    description: str = ""
    algorithm: str = "posthog"
    unit: str = "person"


def make(access: Access, plan: Plan, reason: str = "") -> Flag:
    """Raises BadFlag."""
    access.need(Role.EDITOR)
    if not KEY.fullmatch(plan.key) or plan.key in (".", ".."):
        raise BadFlag("The key: 1 to 100 letters, digits, dots, dashes and underscores, without spaces.")
    for what, said, choices in (
        ("kind", plan.kind, Flag.Kind), ("algorithm", plan.algorithm, Flag.Algorithm), ("unit", plan.unit, Flag.Unit),
    ):  # fmt: skip
        if said not in choices.values:
            raise BadFlag(f"There is no {what} “{said}”. Use {', '.join(choices.values)}.")
    name, description = _texts(plan.name, plan.description)
    asked = decode(cast(Kind, plan.kind), plan.definition)
    with journal.record(access.actor, "flag.made", reason) as entry:
        every = _locked(access.workspace)
        if plan.key in every:
            where = " in the archive" if every[plan.key].archived_at else ""
            raise BadFlag(f"There is a flag “{plan.key}” already{where}.")
        if len(every) >= MOST_FLAGS:
            raise BadFlag(f"At most {MOST_FLAGS:,} flags; delete the workspace’s archived ones first.")
        _check(access.workspace, every, plan.key, asked)
        flag = Flag.objects.create(
            workspace=access.workspace,
            key=plan.key,
            name=name,
            description=description,
            kind=plan.kind,
            definition=asked.plain(),
            algorithm=plan.algorithm,
            unit=plan.unit,
            made_by=access.actor.name[:120],
        )
        _keep(flag, Did.MADE, access, reason)
        entry.about(flag, key=flag.key, kind=flag.kind)
    return flag


def change(
    access: Access,
    flag: Flag,
    definition: dict[str, Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    seen: int | None = None,
    reason: str = "",
) -> Flag:
    """What is None stays. `seen`: the version that the change was made from, if it is to be compared. Raises BadFlag,
    Stale."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "flag.changed", reason) as entry:
        every = _locked(access.workspace)
        held = _held(every, flag)
        if seen is not None and held.version != seen:
            raise Stale(f"Somebody changed this flag meanwhile: it is at version {held.version} now. Look at it again.")
        asked = decode(cast(Kind, held.kind), held.definition if definition is None else definition)
        names = _texts(held.name if name is None else name, held.description if description is None else description)
        plain = asked.plain()
        if (plain, *names) == (held.definition, held.name, held.description):
            entry.nothing_changed()
            return held
        _check(access.workspace, every, held.key, asked)
        _keeps_variants(every, held, asked)
        if plain != held.definition and (running := experiment_on(held)):
            raise BadFlag(
                f"The experiment “{running}” runs on “{held.key}”: who has met a variant would be dealt another. Stop it first, or switch the flag off."
            )
        held.definition, (held.name, held.description) = plain, names
        _write(held, Did.CHANGED, access, reason)
        entry.about(held, key=held.key, version=held.version)
    return held


def experiment_on(flag: Flag) -> Experiment | None:
    """The one that runs on it."""
    return Experiment.objects.filter(workspace=flag.workspace_id, flag=flag.key, state="running").first()


def bring_back(access: Access, flag: Flag, number: int) -> Flag:
    """The flag as it was at a version: its rules and names, not whether it was switched on. Raises BadFlag."""
    old = FlagVersion.objects.filter(flag=flag, number=number).first()
    if old is None:
        raise BadFlag(f"“{flag.key}” has no version {number}.")
    return change(access, flag, old.definition, old.name, old.description, reason=f"as it was at version {number}")


def kill(access: Access, flag: Flag, reason: str = "") -> Flag:
    """From now on everybody gets the variant `off`, whatever the rules say."""
    return _switch(access, flag, False, reason)


def revive(access: Access, flag: Flag, reason: str = "") -> Flag:
    return _switch(access, flag, True, reason)


def _switch(access: Access, flag: Flag, on: bool, reason: str) -> Flag:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "flag.revived" if on else "flag.killed", reason) as entry:
        held = _held(_locked(access.workspace), flag)
        if (held.killed_at is None) is on:
            entry.nothing_changed()
            return held
        held.killed_at = None if on else timezone.now()
        _write(held, Did.REVIVED if on else Did.KILLED, access, reason)
        entry.about(held, key=held.key, version=held.version)
    return held


def archive(access: Access, flag: Flag, reason: str = "") -> Flag:
    """Programs that ask for it are told that there is none. Raises BadFlag while another flag needs it or an experiment runs on it."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "flag.archived", reason) as entry:
        every = _locked(access.workspace)
        held = every[flag.key]
        if held.archived_at is not None:
            entry.nothing_changed()
            return held
        if others := sorted(k for k, f in every.items() if not f.archived_at and held.key in _needed(f)):
            raise BadFlag(
                f"“{held.key}” is needed by {', '.join(others)}. Change {'it' if len(others) == 1 else 'them'} first."
            )
        if running := experiment_on(held):
            raise BadFlag(f"The experiment “{running}” runs on “{held.key}”. Stop it first.")
        held.archived_at = timezone.now()
        _write(held, Did.ARCHIVED, access, reason)
        entry.about(held, key=held.key, version=held.version)
    return held


def restore(access: Access, flag: Flag, reason: str = "") -> Flag:
    """Out of the archive, as it was. Raises BadFlag when what it needs is gone."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "flag.restored", reason) as entry:
        every = _locked(access.workspace)
        held = every[flag.key]
        if held.archived_at is None:
            entry.nothing_changed()
            return held
        _check(access.workspace, every, held.key, decode(cast(Kind, held.kind), held.definition))
        held.archived_at = None
        _write(held, Did.RESTORED, access, reason)
        entry.about(held, key=held.key, version=held.version)
    return held


def _locked(workspace: Workspace) -> dict[str, Flag]:
    """Every flag by its key, with the workspace held: what one flag needs must not change under another's check."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    return {flag.key: flag for flag in Flag.objects.filter(workspace=workspace)}


def _held(every: dict[str, Flag], flag: Flag) -> Flag:
    held = every[flag.key]
    if held.archived_at is not None:
        raise BadFlag(f"“{flag.key}” is in the archive. Take it out first.")
    return held


def _write(flag: Flag, did: str, access: Access, reason: str) -> None:
    flag.version += 1
    flag.changed_at = timezone.now()
    flag.save()
    _keep(flag, did, access, reason)


def _keep(flag: Flag, did: str, access: Access, reason: str) -> None:
    FlagVersion.objects.create(
        workspace_id=flag.workspace_id,
        flag=flag,
        number=flag.version,
        did=did,
        name=flag.name,
        description=flag.description,
        definition=flag.definition,
        reason=reason[:300],
        by=access.actor.name[:120],
    )
    transaction.on_commit(lambda: _tell(flag.workspace_id))


def _tell(workspace: int) -> None:
    from .snapshot import forget

    forget(workspace)


def _texts(name: str, description: str) -> tuple[str, str]:
    name, description = " ".join(name.split()), description.strip()
    if len(name) > 120:
        raise BadFlag("The name: at most 120 characters.")
    if len(description) > 1000:
        raise BadFlag("The description: at most 1,000 characters.")
    if "\0" in name + description:
        raise BadFlag("The name and the description are plain text.")
    return name, description


def _needed(flag: Flag) -> dict[str, tuple[str, ...]]:
    """Key → variants that will do, of the flags that this one needs."""
    return {n["flag"]: tuple(n["variants"]) for n in flag.definition.get("needs", ())}


def _check(workspace: Workspace, every: dict[str, Flag], key: str, asked: Definition) -> None:
    """What the definition names beside itself: flags that it needs, and segments."""
    for need in asked.needs:
        other = every.get(need.flag)
        if need.flag == key:
            raise BadFlag("A flag cannot need itself.")
        if other is None or other.archived_at is not None:
            raise BadFlag(
                f"It needs “{need.flag}”, and there is no such flag{' outside of the archive' if other else ''}."
            )
        known = [v["key"] for v in other.definition["variants"]]
        if missing := [v for v in need.variants if v not in known]:
            raise BadFlag(f"“{need.flag}” has no variant “{missing[0]}”; there are: {', '.join(known)}.")
    graph = {k: tuple(_needed(f)) for k, f in every.items()} | {key: tuple(n.flag for n in asked.needs)}
    if round_trip := circle(graph, key):
        raise BadFlag(f"The flags would need each other in a circle: {' → '.join(round_trip)}.")
    depths: dict[str, int] = {}
    if asked.needs and max(depth(graph, start, depths) for start in graph) > DEEPEST:
        raise BadFlag(f"More than {DEEPEST} flags would stand one behind the other.")
    wanted = {w.segment for rule in asked.rules for w in rule.when if isinstance(w, Segment)}
    if wanted:
        held = set(SegmentRow.objects.filter(workspace=workspace, pk__in=wanted).values_list("pk", flat=True))
        if gone := wanted - held:
            raise BadFlag(f"There is no segment with the number {min(gone)}.")


def _keeps_variants(every: dict[str, Flag], flag: Flag, asked: Definition) -> None:
    keys = {v.key for v in asked.variants}
    for other in every.values():
        wanted = _needed(other).get(flag.key, ()) if not other.archived_at else ()
        if gone := [v for v in wanted if v not in keys]:
            raise BadFlag(f"“{other.key}” needs the variant “{gone[0]}” of this flag. Change that flag first.")


def do(access: Access, flag: Flag, what: str, reason: str = "", version: int | None = None) -> Flag:
    """One of kill, revive, archive, restore and back, as a form, a program or a command says it. Raises BadFlag."""
    if what == "back":
        if version is None:
            raise BadFlag("Say which version to go back to.")
        return bring_back(access, flag, version)
    acts = {"kill": kill, "revive": revive, "archive": archive, "restore": restore}
    if what not in acts:
        raise BadFlag(f"There is nothing called “{what[:20]}” to do. Use {', '.join(acts)} or back.")
    return acts[what](access, flag, reason)
