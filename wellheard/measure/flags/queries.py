"""Reading flags for pages, programs and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db.models import Q
from django.http import Http404

from wellheard.measure.models_flags import Flag, FlagVersion
from wellheard.people.access import Access
from wellheard.people.models import Segment, Workspace

from .conditions import told
from .definition import Kind, decode
from .evaluate import Answer, NoKey, Ready, evaluate
from .snapshot import of_workspace, ready
from .subjects import forget, subject

STATES = ("active", "off", "archived")


@dataclass(frozen=True)
class FlagRow:
    flag: Flag
    state: str  # one of STATES, or "waiting" and "over" for a schedule
    serves: str  # who gets what, in one line

    def as_dict(self) -> dict[str, Any]:
        f = self.flag
        return {
            "id": f.pk, "key": f.key, "name": f.name, "description": f.description, "kind": f.kind, "state": self.state, "serves": self.serves,
            "version": f.version, "algorithm": f.algorithm, "unit": f.unit, "definition": f.definition,
            "changed_at": f.changed_at, "made_by": f.made_by,
        }  # fmt: skip


def flag_rows(workspace: Workspace, search: str = "", state: str = "") -> list[FlagRow]:
    """In the order of their keys; those in the archive only when asked for. Raises ValueError for an unknown state."""
    if state and state not in STATES:
        raise ValueError(f"There is no state “{state[:20]}”. Use {', '.join(STATES)}.")
    found = Flag.objects.filter(workspace=workspace, archived_at__isnull=state != "archived").order_by("key")
    if said := search.replace("\0", "").strip():
        found = found.filter(Q(key__icontains=said) | Q(name__icontains=said) | Q(description__icontains=said))
    if state in ("active", "off"):
        found = found.filter(killed_at__isnull=state == "active")
    names = dict(Segment.objects.filter(workspace=workspace).values_list("pk", "name"))
    return [row(flag, names) for flag in found]


def row(flag: Flag, segments: dict[int, str] | None = None) -> FlagRow:
    held, now = ready(flag, segments), datetime.now(UTC)
    state = "active"
    if flag.archived_at:
        state = "archived"
    elif flag.killed_at:
        state = "off"
    elif held.definition.begins and now < held.definition.begins:
        state = "waiting"
    elif held.definition.ends and now >= held.definition.ends:
        state = "over"
    return FlagRow(flag, state, serves(held, segments or {}))


def serves(flag: Ready, segments: dict[int, str]) -> str:
    """Who gets what: “on” for 20 % where plan is pro; otherwise “off”."""
    asked, said = flag.definition, []
    units = "people" if flag.unit == "person" else "accounts"
    for rule in asked.rules:
        what = (
            f"“{rule.serve}”"
            if rule.serve
            else "dealt " + " / ".join(f"{k} {w:g} %" for k, w in asked.weights(rule) if w > 0)
        )
        whom = f" for {rule.share:g} % of {units}" if rule.share < 100 else ""
        where = f" where {' and '.join(told(w, segments) for w in rule.when)}" if rule.when else ""
        said.append(what + whom + where)
    return "; ".join([*said, f"otherwise “{asked.otherwise}”" if said else f"“{asked.otherwise}” for everybody"])


def dealt(flag: Flag) -> list[tuple[str, float]]:
    """(variant, share) as an experiment plans them: who gets it when nothing happens first; by the first rule that deals,
    else by the variants' own weights, else all alike."""
    held = decode(cast(Kind, flag.kind), flag.definition)
    rule = next((r for r in held.rules if not r.serve), None)
    shares = dict(held.weights(rule) if rule else [(v.key, v.weight) for v in held.variants])
    first = next((r for r in held.rules if r.serve and 0 < r.share < 100 and r.serve != held.otherwise), None)
    if first is not None and rule is None:
        shares = {v.key: 0.0 for v in held.variants} | {held.otherwise: 100 - first.share, first.serve: first.share}
    keys = sorted(shares, key=lambda k: k != held.otherwise)
    used = [(k, shares[k]) for k in keys if shares[k] > 0]
    return used if len(used) > 1 else [(k, 1.0) for k in keys]


def by_key(access: Access, key: str) -> Flag:
    """Raises Http404."""
    found = Flag.objects.filter(workspace=access.workspace, key=key).first()
    if found is None:
        raise Http404(f"No flag “{key[:100]}” in {access.workspace.name}.")
    return found


def versions(flag: Flag) -> list[FlagVersion]:
    """Newest first."""
    return list(FlagVersion.objects.filter(flag=flag).order_by("-number")[:100])


def preview(flag: Flag, person: str, account: str = "", traits: dict[str, Any] | None = None) -> Answer:
    """What this person would get now, and why. Raises ValueError."""
    if flag.archived_at is not None:
        raise ValueError(f"“{flag.key}” is in the archive: programs are told that there is no such flag.")
    forget()
    held = of_workspace(flag.workspace)
    asked = held.flags[flag.key]
    try:
        return evaluate(asked, subject(held, [asked], person.strip(), traits or {}, account.strip()), held.flags)
    except NoKey as no:
        raise ValueError(str(no)) from None
