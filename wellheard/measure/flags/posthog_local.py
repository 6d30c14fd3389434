"""Flags as PostHog's libraries decide by themselves. What their form cannot carry exactly is told as a flag that is not to be
decided by them (experience continuity is PostHog's word for one): the libraries ask the server then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .conditions import Person, Trait, When
from .evaluate import Ready
from .hashing import Algorithm
from .ofrep import encode

OPERATORS = {
    "is": "exact", "is_not": "is_not", "contains": "icontains", "contains_not": "not_icontains", "begins": "starts_with",
    "ends": "ends_with", "set": "is_set", "more": "gt", "at_least": "gte", "less": "lt", "at_most": "lte",
}  # fmt: skip
POSTHOG: Algorithm = "posthog"


class CannotCarry(ValueError):
    """The protocol has no form for it; the text says for what."""


def definitions(flags: Mapping[str, Ready], now: datetime) -> dict[str, Any]:
    """As of `now`: a flag that has not begun or is over is told as being off."""
    told = []
    for flag in flags.values():
        try:
            told.append(definition(flag, flags, now))
        except CannotCarry:
            # Left out it would be asked for by its name, but be missing where a program wants all flags.
            told.append(_told(flag, {"groups": []}, ask=True))
    return {
        "flags": told, "group_type_mapping": {}, "cohorts": {}, "property_matching_version": 2,
    }  # fmt: skip


def definition(flag: Ready, flags: Mapping[str, Ready], now: datetime) -> dict[str, Any]:
    """Raises CannotCarry."""
    asked = flag.definition
    on = flag.switched and not (asked.begins and now < asked.begins) and not (asked.ends and now >= asked.ends)
    groups: list[dict[str, Any]] = []
    variants: list[dict[str, Any]] = []
    if flag.kind != "boolean":
        dealing = [rule for rule in asked.rules if not rule.serve] if on else []
        splits = {tuple(asked.weights(rule)) for rule in dealing}
        if len(splits) > 1:
            raise CannotCarry("rules that deal by different weights")
        shares = dict(splits.pop()) if splits else {v.key: 0.0 for v in asked.variants}
        variants = [{"key": k, "name": "", "rollout_percentage": share} for k, share in shares.items()]
    if on:
        if (flag.unit == "account" and flag.deals) or (flag.deals and flag.algorithm != POSTHOG):
            raise CannotCarry("dealing by account, or by another algorithm")
        needs = _needs(flag, flags, now)
        if needs and flag.kind != "boolean" and _by_trait(flag, flags):
            raise CannotCarry("whether a need is inconclusive, which the last group would answer")
        seen: list[str] = []
        for rule in asked.rules:
            if rule.share <= 0:
                continue
            properties = [_property(when) for when in rule.when]
            group = {
                "properties": [*needs, *_guard(flag, seen), *properties],
                "rollout_percentage": rule.share,
                "variant": None,
            }
            if flag.kind != "boolean":
                group["variant"] = rule.serve or None
            elif rule.serve != "on":
                raise CannotCarry("a rule that switches off, or deals on and off")
            groups.append(group)
            seen += [w.trait for w in rule.when if isinstance(w, Trait)]
        groups += _rest(flag, asked.otherwise, [*needs, *_guard(flag, seen)])
        if needs:
            groups += _rest(flag, asked.off, _guard(flag, seen))
    else:
        groups = _rest(flag, asked.off, [])
    payloads = {v.key: encode(v.value).decode() for v in asked.variants} if flag.kind != "boolean" else {}
    filters: dict[str, Any] = {"groups": groups, "payloads": payloads, "aggregation_group_type_index": None}
    if variants:
        filters["multivariate"] = {"variants": variants}
    return _told(flag, filters)


def _told(flag: Ready, filters: dict[str, Any], ask: bool = False) -> dict[str, Any]:
    return {
        "id": flag.id, "key": flag.key, "name": "", "active": True, "version": flag.version, "filters": filters,
        "ensure_experience_continuity": ask, "deleted": False, "has_experiment": False,
    }  # fmt: skip


def _rest(flag: Ready, variant: str, properties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last group: whoever no rule holds for. Off is PostHog's own answer then."""
    if flag.kind == "boolean":
        return [{"properties": properties, "rollout_percentage": 100, "variant": None}] if variant == "on" else []
    return [{"properties": properties, "rollout_percentage": 100, "variant": variant}]


def _guard(flag: Ready, traits: list[str]) -> list[dict[str, Any]]:
    """The libraries go on to the next group when a trait was not given to them, though the server may know it. A later
    group with another answer holds only where every trait asked for before was given; else the server is asked."""
    if flag.kind == "boolean":
        return [] if flag.definition.otherwise == "off" else [_is_set(t) for t in dict.fromkeys(traits)]
    return [_is_set(trait) for trait in dict.fromkeys(traits)]


def _is_set(trait: str) -> dict[str, Any]:
    return {"key": trait, "value": "is_set", "operator": "is_set", "type": "person"}


def _property(when: When) -> dict[str, Any]:
    if isinstance(when, Person):
        return {"key": "distinct_id", "value": list(when.ids), "operator": "exact", "type": "person"}
    if not isinstance(when, Trait) or when.how not in OPERATORS:
        raise CannotCarry("segments, accounts, days, and what is not set")
    if when.how == "set":
        return _is_set(when.trait)
    values: Any = list(when.values) if when.how in ("is", "is_not") else when.values[0]
    return {"key": when.trait, "value": values, "operator": OPERATORS[when.how], "type": "person"}


def _needs(flag: Ready, flags: Mapping[str, Ready], now: datetime) -> list[dict[str, Any]]:
    told = []
    for need in flag.definition.needs:
        other = flags.get(need.flag)
        if other is None or len(need.variants) != 1:
            raise CannotCarry("a needed flag that is gone, or several variants that will do")
        definition(other, flags, now)  # what it needs must be carried too
        wanted: Any = need.variants[0]
        if other.kind == "boolean":
            wanted = wanted == "on"
        told.append(
            {"key": need.flag, "value": wanted, "operator": "flag_evaluates_to", "type": "flag",
             "dependency_chain": _chain(need.flag, flags)}
        )  # fmt: skip
    return told


def _by_trait(flag: Ready, flags: Mapping[str, Ready]) -> bool:
    """Whether a flag that it needs, by any number of steps, asks for a trait that may not be given."""
    chain = [flags[key] for need in flag.definition.needs for key in _chain(need.flag, flags)]
    return any(isinstance(w, Trait) for other in chain for rule in other.definition.rules for w in rule.when)


def _chain(key: str, flags: Mapping[str, Ready]) -> list[str]:
    """What must be decided first, the flag itself last."""
    found: list[str] = []
    for need in flags[key].definition.needs:
        found += [k for k in _chain(need.flag, flags) if k not in found]
    return [*found, key]
