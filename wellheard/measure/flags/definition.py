"""What a flag says: its variants, who gets which, from when until when, and what it depends on.

Rules are asked from the first to the last. A rule holds for somebody who fulfils every condition of it and is among
its share; they get its variant, or one dealt by its weights. Everybody else goes on to the next rule, and whoever no
rule holds for gets `otherwise`. Switched off, outside of its days, or without what it needs, a flag gives `off`.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from .conditions import When, check_when

Kind = Literal["boolean", "string", "number", "object"]
Unit = Literal["person", "account"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")
MOST_RULES, MOST_VARIANTS, MOST_NEEDS = 50, 20, 10
LARGEST_VALUE = 20_000  # bytes of one variant's value, as JSON


class BadFlag(ValueError):
    """The definition makes no sense; the text says where, and what to do."""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`weight` per cent of whoever is dealt a variant by a rule without weights of its own."""

    key: str
    value: Any
    weight: float = 0
    name: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`serve` is a variant's key; empty: dealt by `weights` (key → per cent), or by the variants' own."""

    when: tuple[When, ...] = ()
    share: float = 100
    serve: str = ""
    weights: dict[str, float] = {}
    name: str = ""


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another flag, and which of its variants somebody must get before this one is asked at all."""

    flag: str
    variants: tuple[str, ...]


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    variants: tuple[Variant, ...] = ()
    rules: tuple[Rule, ...] = ()
    otherwise: str = ""
    off: str = ""
    begins: datetime | None = msgspec.field(default=None, name="from")
    ends: datetime | None = msgspec.field(default=None, name="until")
    needs: tuple[Need, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As it is kept, and as the API and the command line say it."""
        return dict(msgspec.json.decode(msgspec.json.encode(self)))  # lists, as the database gives them back

    def variant(self, key: str) -> Variant:
        return next(v for v in self.variants if v.key == key)

    def weights(self, rule: Rule) -> list[tuple[str, float]]:
        """(variant, per cent) of a rule that deals, in the order of the variants."""
        if rule.weights:
            return [(v.key, rule.weights.get(v.key, 0.0)) for v in self.variants]
        return [(v.key, v.weight) for v in self.variants]


def decode(kind: Kind, raw: Any) -> Definition:
    """A checked definition with every default filled in. Raises BadFlag. Flags that it needs are not looked up."""
    if not isinstance(raw, dict):
        raise BadFlag('A definition is an object: {"rules": [{"share": 20, "serve": "on"}]}.')
    try:
        found = msgspec.convert(raw, Definition)
    except msgspec.ValidationError as no:
        raise BadFlag(f"The definition cannot be read: {no}.") from None
    except RecursionError:
        raise BadFlag("The definition is nested too deeply.") from None
    return _checked(kind, found)


def _checked(kind: Kind, found: Definition) -> Definition:
    variants = _variants(kind, found.variants)
    keys = [v.key for v in variants]
    off = found.off or keys[-1]
    otherwise = found.otherwise or off
    for name, key in (("off", off), ("otherwise", otherwise)):
        if key not in keys:
            raise BadFlag(f"“{name}” names the variant “{key}”; there are: {', '.join(keys)}.")
    if len(found.rules) > MOST_RULES:
        raise BadFlag(f"At most {MOST_RULES} rules; these are {len(found.rules)}.")
    rules = tuple(_rule(at, rule, variants) for at, rule in enumerate(found.rules, start=1))
    for name, at_time in (("from", found.begins), ("until", found.ends)):
        if at_time is not None and at_time.tzinfo is None:
            raise BadFlag(f"“{name}” needs a time zone: 2026-03-01T09:00:00Z, or +01:00 at its end.")
    if found.begins and found.ends and found.ends <= found.begins:
        raise BadFlag("The flag would end before it begins.")
    if len(found.needs) > MOST_NEEDS:
        raise BadFlag(f"A flag may need at most {MOST_NEEDS} others.")
    for need in found.needs:
        if not need.variants:
            raise BadFlag(f"Say which variants of “{need.flag}” this flag needs.")
    if len({n.flag for n in found.needs}) < len(found.needs):
        raise BadFlag("Name each needed flag once, with all its variants that will do.")
    return msgspec.structs.replace(found, variants=variants, rules=rules, off=off, otherwise=otherwise)


def _variants(kind: Kind, said: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if kind == "boolean":
        given = {v.key: v for v in said}
        if not set(given) <= {"on", "off"} or any(v.value is not (v.key == "on") for v in said):
            raise BadFlag("A flag that is on or off has the variants on (true) and off (false), no others.")
        own = [given.get("on", Variant("on", True)), given.get("off", Variant("off", False))]
        return tuple(own)
    if not 1 <= len(said) <= MOST_VARIANTS:
        raise BadFlag(f"Between 1 and {MOST_VARIANTS} variants; these are {len(said)}.")
    for at, variant in enumerate(said, start=1):
        if not KEY.fullmatch(variant.key):
            raise BadFlag(f"Variant {at}: name it with letters, digits, dots, dashes and underscores.")
        _value(kind, variant)
    if len({v.key for v in said}) < len(said):
        raise BadFlag("Two variants have the same name.")
    if kind == "number" and any(isinstance(v.value, float) for v in said):
        # A client that asks for a float takes 2 for a mistake; 2.0 it takes.
        return tuple(msgspec.structs.replace(v, value=float(v.value)) for v in said)
    return said


def _value(kind: Kind, variant: Variant) -> None:
    value = variant.value
    right = {
        "string": isinstance(value, str),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "object": isinstance(value, dict | list),
    }[kind]
    if not right:
        raise BadFlag(f"The value of “{variant.key}” must be {'an' if kind == 'object' else 'a'} {kind}.")
    if kind == "number" and not (math.isfinite(value) and abs(value) <= 2**53):
        raise BadFlag(f"The value of “{variant.key}” is larger than programs can hold exactly.")
    if len(msgspec.json.encode(value)) > LARGEST_VALUE:
        raise BadFlag(f"The value of “{variant.key}” is longer than {LARGEST_VALUE:,} bytes.")


def _rule(at: int, rule: Rule, variants: tuple[Variant, ...]) -> Rule:
    keys = [v.key for v in variants]
    if not 0 <= rule.share <= 100:
        raise BadFlag(f"Rule {at}: the share is between 0 and 100 per cent.")
    if len(rule.name) > 120:
        raise BadFlag(f"Rule {at}: the name is longer than 120 characters.")
    if rule.serve:
        if rule.serve not in keys:
            raise BadFlag(f"Rule {at} gives the variant “{rule.serve}”; there are: {', '.join(keys)}.")
        if rule.weights:
            raise BadFlag(f"Rule {at}: either give one variant, or deal several by weights.")
    else:
        dealt = rule.weights or {v.key: v.weight for v in variants}
        if unknown := set(dealt) - set(keys):
            raise BadFlag(f"Rule {at} deals “{sorted(unknown)[0]}”; there are: {', '.join(keys)}.")
        if any(not 0 <= weight <= 100 for weight in dealt.values()):
            raise BadFlag(f"Rule {at}: each weight is between 0 and 100 per cent.")
        if abs(sum(dealt.values()) - 100) > 1e-6:
            raise BadFlag(
                f"Rule {at}: the weights of the variants add up to {sum(dealt.values()):g} per cent, not to 100. "
                "Name one variant, or make them 100."
            )
    for n, when in enumerate(rule.when, start=1):
        try:
            check_when(when)
        except ValueError as no:
            raise BadFlag(f"Rule {at}, condition {n}: {no}") from None
    return rule


def circle(needs: dict[str, tuple[str, ...]], start: str) -> list[str]:
    """The flags of a circle through `start`, or none. `needs`: each flag's key → the keys it needs."""
    path: list[str] = []
    done: set[str] = set()

    def walk(key: str) -> bool:
        if key == start and path:
            return True
        if key in done:
            return False
        done.add(key)
        path.append(key)
        if any(walk(other) for other in needs.get(key, ())):
            return True
        path.pop()
        return False

    return [*path, start] if walk(start) else []


def depth(needs: dict[str, tuple[str, ...]], start: str, known: dict[str, int] | None = None) -> int:
    """How many flags stand one behind the other below `start`; needs no circle. `known` is shared between calls."""
    known = {} if known is None else known
    if start not in known:
        known[start] = 1 + max((depth(needs, other, known) for other in needs.get(start, ())), default=-1)
    return known[start]
