"""Flags for GrowthBook's libraries: features that they decide by themselves, or asked of the server.

Features are public, rules and all: only flags dealt by GrowthBook's own algorithm are told, which is chosen for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from wellheard.listen.intake.body import Unacceptable
from wellheard.listen.intake.doors import Answer as Response
from wellheard.listen.intake.doors import Asked, Door
from wellheard.listen.intake.senders import query_of

from .callers import let_in
from .conditions import NUMBERS, Person, Subject, Trait, When, number, text
from .definition import Rule
from .evaluate import Answer, Ready, Reason, evaluate_all
from .exposure import seen
from .ofrep import account_of, encode, id_text, matches
from .posthog_local import CannotCarry
from .subjects import subject

FEATURES, EVAL, TRACK = "/api/features/", "/api/eval/", "/track"
VIEWED = ("Experiment Viewed", "$$experiment_viewed")  # as JavaScript's and as Python's plugin calls it
MOST_EVENTS = 1000
VERSIONS = {"growthbook": 2, "growthbook1": 1}
COMPARED = {"more": "$gt", "at_least": "$gte", "less": "$lt", "at_most": "$lte"}


def door_of(path: str) -> Door | None:
    if path.startswith(FEATURES):
        return lambda asked: _features(asked, path[len(FEATURES) :])
    if path.startswith(EVAL):
        return lambda asked: _evaluated(asked, path[len(EVAL) :])
    if path == TRACK:
        return _tracked
    return None


def _features(asked: Asked, key: str) -> Response:
    if asked.environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        raise Unacceptable(405, "method_not_allowed", "Use GET here.")
    _, held = let_in(key, asked.environ)
    found = features(held.flags, datetime.now(UTC))
    tag = f'"{blake2b(encode(found), digest_size=12).hexdigest()}"'
    headers = [("ETag", tag), ("Cache-Control", "public, max-age=0, must-revalidate")]
    if matches(asked.environ, tag):
        return 304, b"", headers
    return 200, _told(found), [*headers, ("Content-Type", "application/json")]


def _evaluated(asked: Asked, key: str) -> Response:
    """Every flag, already decided: nothing of a rule is told."""
    if asked.environ["REQUEST_METHOD"] != "POST":
        raise Unacceptable(405, "method_not_allowed", "Use POST here.")
    _, held = let_in(key, asked.environ)
    body = asked.body()
    said = body.get("attributes") if isinstance(body, dict) else None
    if not isinstance(said, dict):
        raise Unacceptable(400, "bad_shape", 'The body must hold an object "attributes".')
    try:
        id_ = id_text(said.get("id"))
    except ValueError as no:
        raise Unacceptable(400, "bad_id", f"The id {no}.") from None
    account, traits = account_of(said)
    found = evaluate_all(held.flags, subject(held, held.flags.values(), id_, said, account, traits))
    told = {k: _decided(held.flags[k], a, id_) for k, a in found.items() if a}
    return 200, _told(told), [("Content-Type", "application/json")]


def _decided(flag: Ready, answer: Answer, id_: str) -> dict[str, Any]:
    """Where variants were dealt, the library is told so, to tell the program's own callback who saw which."""
    if answer.reason is not Reason.SPLIT or answer.rule < 0 or flag.definition.rules[answer.rule].serve:
        return {"defaultValue": answer.value}
    variants = flag.definition.variants
    at = [v.key for v in variants].index(answer.variant)
    seen = {
        "experiment": {"key": flag.key, "variations": [v.value for v in variants], "meta": [{"key": v.key} for v in variants]},
        "result": {
            "key": answer.variant, "variationId": at, "value": answer.value, "featureId": flag.key, "inExperiment": True,
            "hashUsed": True, "hashAttribute": "id", "hashValue": id_,
        },
    }  # fmt: skip
    return {"defaultValue": answer.value, "rules": [{"force": answer.value, "tracks": [seen]}]}


def _tracked(asked: Asked) -> Response:
    """What the libraries' tracking plugin says: who met a variant of one of our flags is written down, all else let go."""
    if asked.environ["REQUEST_METHOD"] != "POST":
        raise Unacceptable(405, "method_not_allowed", "Use POST here.")
    who, held = let_in(query_of(asked.environ, "client_key"), asked.environ)
    body = asked.body()
    if not isinstance(body, list) or len(body) > MOST_EVENTS:
        raise Unacceptable(400, "bad_shape", f"The body must be a list of up to {MOST_EVENTS} events.")
    kept = 0
    for event in body:
        if not isinstance(event, dict) or event.get("event_name") not in VIEWED:
            continue
        said = event.get("properties_json")
        said = said if isinstance(said, dict) else {}
        flag = held.flags.get(str(said.get("experimentId") or said.get("experiment_id")))
        variant = said.get("variation_key") or said.get("variationId")
        try:
            id_ = id_text(said.get("hashValue") or said.get("hash_value"))
        except ValueError:
            continue
        if flag is not None and id_ and any(v.key == variant for v in flag.definition.variants):
            seen(asked, who.sender, flag, str(variant), Subject(id_))
            kept += 1
    return 200, encode({"kept": kept}), [("Content-Type", "application/json")]


def _told(found: dict[str, Any]) -> bytes:
    when = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return encode({"status": 200, "features": found, "dateUpdated": when, "experiments": [], "savedGroups": {}})


def features(flags: Mapping[str, Ready], now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for key, flag in flags.items():
        try:
            told[key] = feature(flag, flags, now)
        except CannotCarry:
            continue
    return told


def feature(flag: Ready, flags: Mapping[str, Ready], now: datetime) -> dict[str, Any]:
    """Raises CannotCarry."""
    if flag.algorithm not in VERSIONS or (flag.unit == "account" and flag.deals):
        raise CannotCarry("another algorithm, or dealing by account")
    asked = flag.definition
    value = {v.key: v.value for v in asked.variants}
    if not flag.switched or (asked.begins and now < asked.begins) or (asked.ends and now >= asked.ends):
        return {"defaultValue": value[asked.off], "rules": []}
    parents = [_parent(need.flag, need.variants, flags, now) for need in asked.needs]
    rules = [_rule(flag, at, rule, value) for at, rule in enumerate(asked.rules) if rule.share > 0]
    if not parents:
        return {"defaultValue": value[asked.otherwise], "rules": rules}
    rules.append({"force": value[asked.otherwise]})
    return {"defaultValue": value[asked.off], "rules": [{**rule, "parentConditions": parents} for rule in rules]}


def _parent(key: str, variants: tuple[str, ...], flags: Mapping[str, Ready], now: datetime) -> dict[str, Any]:
    other = flags.get(key)
    if other is None or other.kind == "object":
        raise CannotCarry("a needed flag that is gone, or an object")
    feature(other, flags, now)
    values = [other.definition.variant(v).value for v in variants]
    others = [v.value for v in other.definition.variants if v.key not in variants]
    if any(v in others for v in values):
        raise CannotCarry("variants that differ in nothing but their names")
    return {"id": key, "condition": {"value": {"$in": values}}}


def _rule(flag: Ready, at: int, rule: Rule, value: dict[str, Any]) -> dict[str, Any]:
    version = VERSIONS[flag.algorithm]
    told: dict[str, Any] = {"id": f"{flag.key}-{at + 1}"}
    if rule.when:
        parts = [_condition(when) for when in rule.when]
        told["condition"] = parts[0] if len(parts) == 1 else {"$and": parts}
    if rule.serve:
        told["force"] = value[rule.serve]
        if rule.share < 100:
            told |= {"seed": flag.key, "hashAttribute": "id", "hashVersion": version, "range": [0, rule.share / 100]}
        return told
    if rule.share < 100:
        inside = [[0, rule.share / 100]]
        told["filters"] = [{"seed": flag.key, "attribute": "id", "hashVersion": version, "ranges": inside}]
    dealt = flag.definition.weights(rule)
    return told | {
        "key": flag.key, "seed": f"{flag.key}:split", "hashAttribute": "id", "hashVersion": version, "coverage": 1,
        "variations": [value[k] for k, _ in dealt], "weights": [w / 100 for _, w in dealt],
        "meta": [{"key": k} for k, _ in dealt],
    }  # fmt: skip


def _condition(when: When) -> dict[str, Any]:
    if isinstance(when, Person):
        return {"id": {"$in": list(when.ids)}}
    if not isinstance(when, Trait) or when.how in ("before", "after"):
        raise CannotCarry("segments, accounts and days")
    trait, how = when.trait, when.how
    if "." in trait:
        raise CannotCarry("a trait with a dot in its name")
    if how in ("set", "set_not"):
        return {trait: {"$exists": how == "set"}}
    if how in NUMBERS:
        return {"$and": [{trait: {"$type": "number"}}, {trait: {COMPARED[how]: number(when.values[0])}}]}
    if how in ("is", "is_not"):
        found: dict[str, Any] = {
            "$or": [
                {trait: {"$in": _spellings(when)}},
                {trait: {"$regex": f"^({'|'.join(_plain(v) for v in when.values)})$"}},
            ]
        }
        return found if how == "is" else {"$not": found}
    part = _plain(when.values[0])
    pattern = {"begins": f"^{part}", "ends": f"{part}$"}.get(how, part)
    found = {trait: {"$regex": pattern}}
    return {"$not": found} if how == "contains_not" else found


def _spellings(when: Trait) -> list[Any]:
    """The values as numbers and as true or false, where they can be read so: the libraries tell types apart."""
    found: list[Any] = []
    for value in when.values:
        said = text(value)
        found.append(value)
        if said in ("true", "false"):
            found.append(said == "true")
        elif re.fullmatch(r"-?(0|[1-9]\d{0,14})", said):
            found.append(int(said))
    return found


def _plain(value: Any) -> str:
    """The text as a pattern in any capitals: JavaScript and Python read it alike."""
    out = []
    for c in text(value):
        upper, lower = c.upper(), c.lower()
        if len(upper) == len(lower) == 1 and upper != lower:
            out.append(f"[{upper}{lower}]")
        else:
            out.append(f"\\{c}" if c in r"\^$.|?*+()[]{}/-" else c)
    return "".join(out)
