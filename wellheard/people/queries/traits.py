"""Traits as people read them: with their label, and values in the words of their kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import formats

from wellheard.core import clean
from wellheard.people.models import Account, Person, Trait, Workspace
from wellheard.people.services import traits as services
from wellheard.people.services.visitors import CLAIMED

HIDDEN = frozenset({"confirmed", CLAIMED, "became"})  # marks of our own, beside what people say
LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of one person or account; `odd` when it does not fit what a member said the trait is."""

    key: str
    label: str
    words: str
    odd: bool = False


def words(trait: Trait | None, value: Any, currency: str) -> str:
    """A value as it is read. One that does not fit its kind is told as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words(None, v, currency) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k}: {words(None, v, currency)}" for k, v in value.items())
    if trait is None or not services.fits(trait, value):
        return str(value)
    held = services.fitting(trait, value)
    if trait.kind == Trait.Kind.YES_NO:
        return "yes" if held else "no"
    if trait.kind == Trait.Kind.DATE:
        return formats.date_format(clean.day(held, ""), "j M Y")
    if trait.kind == Trait.Kind.MONEY:
        return f"{formats.number_format(held, None if isinstance(held, int) else 2, force_grouping=True)} {currency}"
    if trait.kind == Trait.Kind.NUMBER and trait.confirmed:
        return str(formats.number_format(held, force_grouping=True))
    return str(held)


def shown(thing: Person | Account) -> list[Shown]:
    """What is known of one, in the order of the labels."""
    of = "people" if isinstance(thing, Person) else "accounts"
    known = {t.key: t for t in Trait.objects.filter(workspace=thing.workspace_id, of=of, key__in=list(thing.traits))}
    currency = thing.workspace.currency
    rows = [
        Shown(key, str(known.get(key, key)), words(known.get(key), value, currency),
              bool((t := known.get(key)) and t.confirmed and not services.fits(t, value)))
        for key, value in thing.traits.items()
        if key not in HIDDEN
    ]  # fmt: skip
    return sorted(rows, key=lambda r: r.label.casefold())


@dataclass(frozen=True, slots=True)
class TraitRow:
    """One trait: of how many of those looked at it is known, its commonest values, and how many values do not fit."""

    trait: Trait
    known: int
    examples: list[str]
    odd: int

    def as_dict(self) -> dict[str, Any]:
        t = self.trait
        return {
            "id": t.pk, "of": t.of, "key": t.key, "label": t.label, "kind": t.kind, "choices": t.choices,
            "confirmed": t.confirmed, "confirmed_by": t.confirmed_by, "seen_in": t.seen_in, "seen_at": t.seen_at,
            "known": self.known, "examples": self.examples, "odd": self.odd,
        }  # fmt: skip


def rows(workspace: Workspace, of: str, only: Iterable[int] | None = None) -> list[TraitRow]:
    """Every trait of people or accounts, from the newest 5,000 of them; those that wait to be confirmed come first."""
    traits = Trait.objects.filter(workspace=workspace, of=of).exclude(key__in=HIDDEN)
    if only is not None:
        traits = traits.filter(pk__in=only)
    held = list(traits)
    values: dict[str, Counter[str]] = {t.key: Counter() for t in held}
    odd: Counter[str] = Counter()
    by = {t.key: t for t in held}
    model = services.MODELS[of]
    for found in (
        model._default_manager.filter(workspace=workspace).order_by("-pk").values_list("traits", flat=True)[:LOOKED_AT]
    ):
        for key, value in found.items():
            if key in by:
                values[key][words(by[key], value, workspace.currency)[:60]] += 1
                odd[key] += by[key].confirmed and not services.fits(by[key], value)
    made = [TraitRow(t, values[t.key].total(), [v for v, _ in values[t.key].most_common(4)], odd[t.key]) for t in held]
    return sorted(made, key=lambda r: (r.trait.confirmed, str(r.trait).casefold()))
