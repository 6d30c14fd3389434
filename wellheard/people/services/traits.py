"""Traits: noticed where they first appear, confirmed by a member, and from then on checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wellheard.core import clean, clock, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Role, Segment, Trait, Workspace

MOST_TRAITS = 500
MOST_CHOICES = 200
LOOKED_AT = 2000
YES, NO = {"yes", "true", "1", "y", "ja"}, {"no", "false", "0", "n", "nein"}
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
DAY = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
MODELS: dict[str, type[Person] | type[Account]] = {"people": Person, "accounts": Account}


def guess(values: Iterable[Any]) -> str:
    """The kind that all these values fit; text when there are none."""
    held = [v for v in values if v is not None and v != ""][:LOOKED_AT]
    if not held:
        return Trait.Kind.TEXT
    if all(isinstance(v, bool) or str(v).lower() in ("yes", "no", "true", "false") for v in held):
        return Trait.Kind.YES_NO
    if all(not isinstance(v, bool) and NUMBER.fullmatch(str(v)) for v in held):
        return Trait.Kind.NUMBER
    if all(isinstance(v, str) and DAY.fullmatch(v) for v in held):
        return Trait.Kind.DATE
    return Trait.Kind.TEXT


def fitting(trait: Trait, value: Any) -> Any:
    """The value as its kind holds it. Raises ValueError that says what would fit; an empty value is None."""
    said = value.strip() if isinstance(value, str) else value
    if said is None or said == "":
        return None
    name = str(trait)
    if trait.kind == Trait.Kind.NUMBER:
        if isinstance(said, bool) or not NUMBER.fullmatch(str(said)):
            raise ValueError(f"{name}: {str(said)[:40]!r} is not a number. Write 1234.5.")
        number = float(said)
        return int(number) if number.is_integer() else number
    if trait.kind == Trait.Kind.MONEY:
        cents = clean.cents(said, f"{name}:")
        return cents / 100 if cents % 100 else cents // 100
    if trait.kind == Trait.Kind.DATE:
        return clean.day(said, f"{name}:").isoformat()
    if trait.kind == Trait.Kind.YES_NO:
        word = str(said).lower()
        if word not in YES | NO:
            raise ValueError(f"{name}: {str(said)[:40]!r} is neither yes nor no.")
        return word in YES
    if trait.kind == Trait.Kind.CHOICE:
        by = {str(c).casefold(): c for c in trait.choices}
        if str(said).casefold() not in by:
            some = ", ".join(map(str, trait.choices[:12]))
            raise ValueError(
                f"{name}: {str(said)[:40]!r} is not one of {some}{' …' if len(trait.choices) > 12 else ''}."
            )
        return by[str(said).casefold()]
    if isinstance(said, str):
        return clean.text(said, 2000, name)
    return said


def fits(trait: Trait, value: Any) -> bool:
    try:
        fitting(trait, value)
    except ValueError:
        return False
    return True


class Checker:
    """The traits of a workspace's people or accounts, read once, for many rows of a file."""

    def __init__(self, workspace: Workspace, of: str, origin: str) -> None:
        self.workspace, self.of, self.origin = workspace, of, origin
        self.known = {t.key: t for t in Trait.objects.filter(workspace=workspace, of=of)}
        self.fresh: dict[str, list[Any]] = {}

    def __call__(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """Values that members said the kind of, as that kind. Raises ValueError for one that does not fit."""
        found: dict[str, Any] = {}
        for key, value in held.items():
            trait = self.known.get(key)
            found[key] = fitting(trait, value) if trait is not None and trait.confirmed else value
            if trait is None:
                self.fresh.setdefault(key, []).append(value)
        return found

    def note(self) -> None:
        """Writes down traits seen for the first time."""
        room = MOST_TRAITS - len(self.known)
        Trait.objects.bulk_create(
            [
                Trait(workspace=self.workspace, of=self.of, key=key, kind=guess(values), seen_in=self.origin)
                for key, values in sorted(self.fresh.items())[: max(0, room)]
                if key and len(key) <= 80
            ],
            ignore_conflicts=True,
        )
        self.fresh.clear()


def checked(workspace: Workspace, of: str, held: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Of one person or account: checked, and noted where new."""
    if not held:
        return dict(held)
    check = Checker(workspace, of, origin)
    found = check(held)
    check.note()
    return found


def noticed(workspace: Workspace, of: str, rows: Iterable[Mapping[str, Any]], origin: str) -> None:
    """Of events: whatever comes is kept; only what is new is written down."""
    check = Checker(workspace, of, origin)
    for held in rows:
        for key, value in held.items():
            if key not in check.known and len(check.fresh) < MOST_TRAITS:
                check.fresh.setdefault(key, []).append(value)
    check.note()


def define(
    access: Access, trait: Trait, *, kind: str | None = None, label: str | None = None, choices: Iterable[str] | None = None
) -> Trait:  # fmt: skip
    """A member says what a trait is. Values held already stay; those that do not fit are shown as they are."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "trait.defined") as entry:
        trait = Trait.objects.select_for_update().get(pk=trait.pk, workspace=access.workspace)
        before = {"kind": trait.kind, "label": trait.label, "choices": trait.choices}
        trait.kind = _kind(kind or trait.kind)
        trait.label = trait.label if label is None else clean.text(label, 80, "The label")
        if choices is not None:
            trait.choices = _choices(choices)
        if trait.kind == Trait.Kind.CHOICE and not trait.choices:
            raise ValueError("Name what can be chosen, one a line.")
        trait.confirmed, trait.confirmed_by = True, access.actor.name[:120]
        trait.save()
        entry.about(trait, before=before, after={"kind": trait.kind, "label": trait.label, "choices": trait.choices})
    return trait


def add(access: Access, of: str, key: str, kind: str = "text", label: str = "", choices: Iterable[str] = ()) -> Trait:
    """A trait that nobody has yet. Raises ValueError."""
    access.need(Role.EDITOR)
    name = clean.text(key, 80, "The name")
    if not name:
        raise ValueError("Name the trait.")
    if of not in Segment.Of.values:
        raise ValueError(f"A trait is of {' or of '.join(Segment.Of.values)}.")
    if Trait.objects.filter(workspace=access.workspace, of=of, key=name).exists():
        raise ValueError(f"There is a trait {name!r} of {of} already.")
    if Trait.objects.filter(workspace=access.workspace, of=of).count() >= MOST_TRAITS:
        raise ValueError(f"There are {MOST_TRAITS} traits already, and no room for more.")
    held, allowed = _kind(kind), _choices(choices)
    if held == Trait.Kind.CHOICE and not allowed:
        raise ValueError("Name what can be chosen, one a line.")
    with journal.record(access.actor, "trait.defined") as entry:
        made = Trait.objects.create(
            workspace=access.workspace, of=of, key=name, label=clean.text(label, 80, "The label"), kind=held, choices=allowed,
            confirmed=True, confirmed_by=access.actor.name[:120], seen_in=Trait.Origin.HAND,
        )  # fmt: skip
        entry.about(made)
    return made


def _kind(kind: str) -> str:
    if kind not in Trait.Kind.values:
        raise ValueError(f"{kind!r} is no kind of trait. Use {', '.join(Trait.Kind.values)}.")
    return kind


def _choices(said: Iterable[str]) -> list[str]:
    held = list(dict.fromkeys(c for line in said if (c := clean.text(line, 120, "A choice"))))
    if len(held) > MOST_CHOICES:
        raise ValueError(f"At most {MOST_CHOICES} choices, not {len(held)}.")
    if len({c.casefold() for c in held}) < len(held):
        raise ValueError("Two choices differ only in capitals.")
    return held


def discover(workspace: Workspace) -> int:
    """Traits that were there before this list was kept; → how many were new."""
    found = 0
    for of, model in MODELS.items():
        rows = model._default_manager.filter(workspace=workspace).exclude(traits={}).order_by("-pk")
        before = Trait.objects.filter(workspace=workspace, of=of).count()
        noticed(workspace, of, rows.values_list("traits", flat=True)[:LOOKED_AT], Trait.Origin.BEFORE)
        found += Trait.objects.filter(workspace=workspace, of=of).count() - before
    return found


@clock.every(minutes=30)
def discover_everywhere() -> None:
    for workspace in Workspace.objects.all():
        discover(workspace)
