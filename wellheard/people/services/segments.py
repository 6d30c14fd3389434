"""Making, changing, freezing and deleting segments."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, AccountKey, Person, PersonKey, Role, Segment, SegmentMember
from wellheard.people.queries.segments import used_by
from wellheard.people.segments import evaluation
from wellheard.people.segments.facts import Of
from wellheard.people.segments.own import named_in, reaches
from wellheard.people.segments.rule import BadRule, check, decode

MOST_LISTED = 500_000
TOLD = 8


class UnknownMembers(ValueError):
    """Some lines of a list are nobody known here; nothing was made. `unknown` holds those lines."""

    def __init__(self, unknown: list[str], of: str) -> None:
        self.unknown = unknown
        shown = ", ".join(line[:60] for line in unknown[:TOLD])
        more = f" and {len(unknown) - TOLD:,} more" if len(unknown) > TOLD else ""
        what = "nobody known" if of == "people" else "no known account"
        is_ = "is" if len(unknown) == 1 else "are"
        super().__init__(
            f"Nothing was made: {len(unknown):,} of the lines {is_} {what}: {shown}{more}. Take them off, or import them."
        )


def make_segment(access: Access, name: str, of: str, rule: Any) -> Segment:
    """A live segment. Raises BadRule naming the condition that cannot be asked."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.made") as entry:
        decoded = _checked(access, of, rule)
        made = _new(access, name, of, live=True, rule=decoded)
        entry.about(made, name=made.name, of=made.of, rule=decoded)
    return made


def make_list(access: Access, name: str, of: str, lines: Iterable[str]) -> Segment:
    """A static segment of those named, one a line: people by your id or e-mail, accounts by your id or name.

    Raises UnknownMembers when a line names nobody, or several; then nothing was made.
    """
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.made") as entry:
        made = _new(access, name, of, live=False, origin="a list")
        keys = _listed(access, cast(Of, of), lines)
        _fill(made, keys)
        entry.about(made, name=made.name, of=made.of, members=len(keys))
    return made


def make_of(access: Access, name: str, of: str, keys: Iterable[int], origin: str = "") -> Segment:
    """A static segment of these people or accounts, by primary key; those of another workspace are left out."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.made") as entry:
        made = _new(access, name, of, live=False, origin=origin[:200])
        model: type[Person] | type[Account] = Person if of == "people" else Account
        wanted = set(keys)
        ours = model._default_manager.filter(workspace=access.workspace).values_list("pk", flat=True)
        found = [pk for pk in ours.iterator(chunk_size=5000) if pk in wanted]
        _fill(made, found)
        entry.about(made, name=made.name, of=made.of, members=len(found))
    return made


def freeze_segment(access: Access, segment: Segment, name: str) -> Segment:
    """A static segment of those who are in this one now."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.frozen") as entry:
        found = evaluation.members(segment)
        made = _new(access, name, segment.of, live=False, origin=f"frozen from “{segment.name}”")
        _fill(made, found.keys)
        entry.about(made, name=made.name, source=segment.pk, members=len(found.keys))
    return made


def change_segment(access: Access, segment: Segment, name: str | None = None, rule: Any = None) -> Segment:
    """A static segment has no rule to change. Raises BadRule also when segments would ask for each other in a circle."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.changed") as entry:
        held = Segment.objects.select_for_update().get(pk=segment.pk)
        before = {"name": held.name, "rule": held.rule}
        if name is not None:
            held.name = _name(access, name, held)
        if rule is not None:
            if not held.live:
                raise ValueError("A static segment is a list; it has no rule. Make a new one.")
            held.rule = _checked(access, held.of, rule)
            if reaches(access.workspace, named_in(held.rule), held.pk):
                raise BadRule("The rule asks for a segment that asks for this one: they would go round in a circle.")
        if before == {"name": held.name, "rule": held.rule}:
            entry.nothing_changed()
            return held
        held.changed_at = timezone.now()
        held.save(update_fields=["name", "rule", "changed_at"])
        entry.about(held, name=held.name, before=before, rule=held.rule)
    evaluation.forget()
    return held


def delete_segment(access: Access, segment: Segment) -> None:
    """Refused while something uses it."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "segment.deleted") as entry:
        if users := used_by(segment):
            raise ValueError(f"“{segment.name}” is used by {', '.join(users)}. Take it out there first.")
        entry.about(segment, name=segment.name, of=segment.of, rule=segment.rule)
        Segment.objects.filter(pk=segment.pk).delete()
    evaluation.forget()


def _checked(access: Access, of: str, rule: Any) -> dict[str, Any]:
    decoded = decode(rule)
    check(decoded, access.workspace, cast(Of, _of(of)))
    return decoded.plain()


def _of(of: str) -> str:
    if of not in Segment.Of.values:
        raise ValueError(f"A segment is of people or of accounts, not of {of[:20]!r}.")
    return of


def _name(access: Access, name: str, held: Segment | None = None) -> str:
    cleaned = clean.text(name, 80, "The name")
    if not cleaned:
        raise ValueError("A segment needs a name.")
    others = Segment.objects.filter(workspace=access.workspace).values_list("pk", "name")
    if any(pk != (held and held.pk) and name.casefold() == cleaned.casefold() for pk, name in others):
        raise ValueError(f"There is a segment “{cleaned}” already.")
    return cleaned


def _new(access: Access, name: str, of: str, **more: Any) -> Segment:
    cleaned = _name(access, name)
    try:
        with transaction.atomic():
            return Segment.objects.create(
                workspace=access.workspace, name=cleaned, of=_of(of), made_by=access.actor.name[:120], **more
            )
    except IntegrityError:  # somebody else took the name meanwhile
        raise ValueError(f"There is a segment “{cleaned}” already.") from None


def _fill(segment: Segment, keys: Iterable[int]) -> None:
    column = "person_id" if segment.of == Segment.Of.PEOPLE else "account_id"
    SegmentMember.objects.bulk_create(
        (SegmentMember(segment=segment, **{column: key}) for key in sorted(keys)), batch_size=2000
    )


def _listed(access: Access, of: Of, lines: Iterable[str]) -> set[int]:
    """All ids and names are read at once: a list may be long, and a query takes only so many values."""
    known: dict[str, set[int]] = {}
    columns = ("external_id", "email") if of == "people" else ("external_id", "name")
    model: type[Person] | type[Account] = Person if of == "people" else Account
    ids: dict[str, int] = {}
    for pk, outer, other in model._default_manager.filter(workspace=access.workspace).values_list("pk", *columns):
        if outer:
            ids[outer] = pk
        if other:
            known.setdefault(other.casefold(), set()).add(pk)
    keys: Any = PersonKey if of == "people" else AccountKey
    who = "person" if of == "people" else "account"
    for kind, value, pk in keys.objects.filter(workspace=access.workspace).values_list("kind", "value", who):
        if kind == "id":
            ids.setdefault(value, pk)
        elif kind in ("email", "name"):
            known.setdefault(value.casefold(), set()).add(pk)
    found: set[int] = set()
    unknown: list[str] = []
    wanted = list(dict.fromkeys(line.strip().strip("\ufeff") for line in lines))
    for line in filter(None, wanted):
        key = _one(line, ids, known) or _one(next(csv.reader([line]))[0].strip(), ids, known)
        if key is None:
            unknown.append(line)
        else:
            found.add(key)
    if unknown:
        raise UnknownMembers(unknown, of)
    if not found:
        raise ValueError("The list is empty: write one id or e-mail address a line.")
    if len(found) > MOST_LISTED:
        raise ValueError(f"A list holds at most {MOST_LISTED:,}.")
    return found


def _one(said: str, ids: dict[str, int], known: dict[str, set[int]]) -> int | None:
    if said in ids:
        return ids[said]
    named = known.get(said.casefold(), set())
    return next(iter(named)) if len(named) == 1 else None
