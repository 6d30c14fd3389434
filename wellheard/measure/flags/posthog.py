"""Flags for PostHog's libraries: asked of the server (/flags, /decide), or told as definitions that they decide by."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import msgspec

from wellheard.listen.intake.body import Unacceptable
from wellheard.listen.intake.doors import Answer as Response
from wellheard.listen.intake.doors import Asked, Door
from wellheard.listen.intake.hello import posthog_config
from wellheard.listen.intake.senders import header_key, query_of

from .callers import holder, key_of, let_in
from .conditions import Subject
from .evaluate import Answer, Ready, Reason, evaluate_all
from .exposure import seen
from .ofrep import encode, id_text, matches
from .posthog_local import definitions
from .subjects import subject

LOCAL = ("/flags/definitions", "/api/feature_flag/local_evaluation")
ONE = "/api/projects/@current/feature_flags/"
CODES = {
    Reason.SPLIT: "out_of_rollout_bound",
    Reason.STATIC: "no_condition_match",
    Reason.DEFAULT: "no_condition_match",
    Reason.DISABLED: "disabled",
}


def door_of(path: str) -> Door | None:
    if path == "/flags":
        return _flags
    if path == "/decide":
        return _decide
    if path in LOCAL:
        return _definitions
    if path.startswith(ONE) and path.endswith("/remote_config"):
        key = path[len(ONE) : -len("/remote_config")]
        return lambda asked: _value(asked, key)
    return None


def _flags(asked: Asked) -> Response:
    found, _ = _asked_for(asked)
    if query_of(asked.environ, "config") == "true":
        found = posthog_config(found.pop("key"), True) | found
    found.pop("key", None)
    return 200, encode(found), [("Content-Type", "application/json")]


def _decide(asked: Asked) -> Response:
    found, version = _asked_for(asked)
    if version == "1":  # the first libraries read a list of what is on
        found["featureFlags"] = [k for k, v in found["featureFlags"].items() if v is not False]
    return 200, encode(posthog_config(found.pop("key"), True) | found), [("Content-Type", "application/json")]


def _asked_for(asked: Asked) -> tuple[dict[str, Any], str]:
    """(the answer that every version of the libraries reads its part of, the version asked for)"""
    if asked.environ["REQUEST_METHOD"] != "POST":
        raise Unacceptable(405, "method_not_allowed", "Use POST here.")
    body = asked.body()
    if not isinstance(body, dict):
        raise Unacceptable(400, "bad_shape", "The body must be a JSON object.")
    said_key = body.get("token") or body.get("api_key") or key_of(asked.environ)
    key = said_key if isinstance(said_key, str) else ""
    who, held = let_in(key.strip(), asked.environ)
    person, groups = _subject_parts(asked, body, who.workspace)
    flags = held.flags
    wanted = body.get("flag_keys_to_evaluate")
    if isinstance(wanted, list):
        names = {k for k in wanted if isinstance(k, str)}
        flags = {k: f for k, f in flags.items() if k in names}
    about = subject(held, flags.values(), person.id, person.traits, person.account, groups)
    found = evaluate_all(flags, about, datetime.now(UTC), held.flags)
    if body.get("record_exposure") is True:
        for k, answer in found.items():
            if answer is not None and answer.reason is Reason.SPLIT:
                seen(asked, who.sender, flags[k], answer.variant, about)
    told: dict[str, Any] = {"flags": {}, "featureFlags": {}, "featureFlagPayloads": {}}
    for k, answer in found.items():
        if answer is not None:
            record, value, payload = _record(held.cache, flags[k], answer)
            told["flags"][k], told["featureFlags"][k] = record, value
            if payload is not None:
                told["featureFlagPayloads"][k] = payload
    told |= {
        "errorsWhileComputingFlags": None in found.values(), "requestId": str(uuid4()),
        "evaluatedAt": time.time_ns() // 1_000_000, "key": key,
    }  # fmt: skip
    return told, query_of(asked.environ, "v") or "1"


def _subject_parts(asked: Asked, body: dict[str, Any], workspace: int) -> tuple[Subject, dict[str, Any]]:
    """(the person as said, what is said of the account)"""
    try:
        id_ = id_text(body.get("distinct_id"))
    except ValueError as no:
        raise Unacceptable(400, "bad_id", f"The distinct_id {no}.") from None
    traits = body.get("person_properties")
    said = {k: v for k, v in traits.items() if k != "distinct_id"} if isinstance(traits, dict) else {}
    groups = body.get("groups")
    if not isinstance(groups, dict) or not groups:
        return Subject(id_, said), {}
    account = asked.account_of(workspace, groups)
    of_groups = body.get("group_properties")
    about: Any = {}
    if isinstance(of_groups, dict):
        about = next((of_groups.get(kind) for kind, k in groups.items() if str(k).strip() == account), {})
    return Subject(id_, said, account), about if isinstance(about, dict) else {}


def value_of(flag: Ready, answer: Answer) -> bool | str:
    """As PostHog has it: on or off, or the variant's name."""
    return bool(answer.value) if flag.kind == "boolean" else answer.variant


def _record(cache: dict[str, object], flag: Ready, answer: Answer) -> tuple[msgspec.Raw, bool | str, str | None]:
    key = f"posthog {flag.key} {id(answer)}"
    held = cache.get(key)
    if held is None:
        value = value_of(flag, answer)
        payload = encode(answer.value).decode() if flag.kind != "boolean" else None
        matched = answer.rule >= 0
        reason = {
            "code": "condition_match" if matched else CODES.get(answer.reason, "no_condition_match"),
            "condition_index": answer.rule if matched else None,
            "description": f"Matched condition set {answer.rule + 1}" if matched else "No condition set matched",
        }
        metadata = {"id": flag.id, "version": flag.version, "description": "", "has_experiment": False}
        record = {
            "key": flag.key, "enabled": value is not False, "variant": value if isinstance(value, str) else None,
            "value": value, "failed": False, "reason": reason,
            "metadata": metadata if payload is None else metadata | {"payload": payload},
        }  # fmt: skip
        held = cache[key] = (msgspec.Raw(encode(record)), value, payload)
    return held  # type: ignore[return-value]


def _definitions(asked: Asked) -> Response:
    _read_only(asked)
    who, held = let_in(header_key(asked.environ), asked.environ, secret=True)
    token = query_of(asked.environ, "token")
    if token and ((named := holder(token)) is None or named.workspace != who.workspace):
        raise Unacceptable(401, "unknown_key", "The project's key and the secret are not of one workspace.")
    body = encode(definitions(held.flags, datetime.now(UTC)))
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = [("ETag", tag), ("Cache-Control", "private, no-cache")]
    if matches(asked.environ, tag):
        return 304, b"", headers
    return 200, body, [*headers, ("Content-Type", "application/json")]


def _value(asked: Asked, key: str) -> Response:
    """What everybody gets whom no rule is about, as a JSON text: configuration for a server."""
    _read_only(asked)
    _, held = let_in(header_key(asked.environ), asked.environ, secret=True)
    found = evaluate_all(held.flags, Subject()).get(key)
    if found is None:
        raise Unacceptable(404, "unknown_flag", f"There is no flag “{key[:100]}” that is the same for everybody.")
    return 200, encode(encode(found.value).decode()), [("Content-Type", "application/json")]


def _read_only(asked: Asked) -> None:
    if asked.environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        raise Unacceptable(405, "method_not_allowed", "Use GET here.")
