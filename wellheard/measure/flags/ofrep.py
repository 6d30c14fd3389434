"""OpenFeature's remote evaluation protocol: one flag, or every flag for one person."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from wellheard.listen.intake.body import Unacceptable
from wellheard.listen.intake.doors import Answer as Response
from wellheard.listen.intake.doors import Asked, Door

from .callers import Holder, key_of, let_in
from .conditions import Subject
from .evaluate import Answer, NoKey, Ready, Reason, evaluate, evaluate_all
from .exposure import seen
from .snapshot import Snapshot
from .subjects import subject

PATH = "/ofrep/v1/evaluate/flags"
LONGEST_ID = 500
encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """HTTP status, OFREP's code, the words."""

    def __init__(self, status: int, code: str, words: str, retry: int = 0) -> None:
        super().__init__(words)
        self.status, self.code, self.words, self.retry = status, code, words, retry


def door_of(path: str) -> Door | None:
    if path == PATH:
        return lambda asked: _told(asked, "", _bulk)
    if path.startswith(PATH + "/"):
        key = path[len(PATH) + 1 :]
        return lambda asked: _told(asked, key, _single)
    return None


def _told(asked: Asked, key: str, answer: Any) -> Response:
    """Whatever goes wrong is said in OFREP's words: clients stumble over any other body."""
    try:
        if asked.environ["REQUEST_METHOD"] != "POST":
            raise Refused(405, "GENERAL", "Use POST here.")
        return answer(asked, key)  # type: ignore[no-any-return]
    except Refused as no:
        refused = no
    except Unacceptable as no:
        code = "PARSE_ERROR" if no.status in (400, 413, 415) else "GENERAL"
        refused = Refused(no.status, code, no.message, no.retry or (5 if no.status in (429, 503) else 0))
    body = ({"key": key} if key else {}) | {"errorCode": refused.code, "errorDetails": refused.words}
    headers = [("Allow", "POST, OPTIONS")] if refused.status == 405 else []
    return refused.status, body, [*headers, *([("Retry-After", str(refused.retry))] if refused.retry else [])]


def _single(asked: Asked, key: str) -> Response:
    who, held = let_in(key_of(asked.environ), asked.environ)
    context, id_ = _context(asked)
    flag = held.flags.get(key)
    if flag is None:
        raise Refused(404, "FLAG_NOT_FOUND", f"There is no flag “{key[:100]}”.")
    person = _subject(held, [flag], context, id_)
    try:
        found = evaluate(flag, person, held.flags)
    except NoKey:
        raise Refused(400, "TARGETING_KEY_MISSING", "This flag deals people by their id: say a targetingKey.") from None
    if found.reason is Reason.SPLIT:
        seen(asked, who.sender, flag, found.variant, person, context.get("anonymous") is True)
    return 200, _item(flag, found, who, held), _json()


def _bulk(asked: Asked, key: str) -> Response:
    who, held = let_in(key_of(asked.environ), asked.environ)
    context, id_ = _context(asked)
    found = evaluate_all(held.flags, _subject(held, held.flags.values(), context, id_), datetime.now(UTC))
    flags = held.flags
    known = _texts(who, held).get
    items = [
        (known(id(a)) or _written(flags[k], a, who, held)) if a is not None else _keyless(k) for k, a in found.items()
    ]
    body = b'{"flags":[' + b",".join(items) + b"]}"
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    if matches(asked.environ, tag):
        return 304, b"", [("ETag", tag)]
    return 200, body, [*_json(), ("ETag", tag), ("Cache-Control", "private, no-cache")]


def _json() -> list[tuple[str, str]]:
    return [("Content-Type", "application/json")]


def matches(environ: dict[str, Any], tag: str) -> bool:
    """Whether If-None-Match names the tag: a list, weak ones too, or any."""
    said = environ.get("HTTP_IF_NONE_MATCH") or ""
    return bool(said) and any(part.strip().removeprefix("W/") in (tag, "*") for part in said.split(","))


def _context(asked: Asked) -> tuple[dict[str, Any], str]:
    """(the context, the targeting key or "")"""
    body = asked.body()
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise Refused(400, "PARSE_ERROR", "The body must be a JSON object.")
    context = body.get("context")
    if context is None:
        context = {}
    if not isinstance(context, dict):
        raise Refused(400, "INVALID_CONTEXT", "The context must be a JSON object.")
    try:
        return context, id_text(context.get("targetingKey"))
    except ValueError as no:
        raise Refused(400, "INVALID_CONTEXT", f"The targetingKey {no}.") from None


def id_text(value: Any) -> str:
    """An id as text, "" for none; a whole number counts as its digits. Raises ValueError, going on after "The id"."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("must be a text")
    if len(found := str(value)) > LONGEST_ID:
        raise ValueError(f"is longer than {LONGEST_ID} characters")
    return found


def _subject(held: Snapshot, flags: Any, context: dict[str, Any], id_: str) -> Subject:
    account, said = account_of(context)
    return subject(held, flags, id_, {k: v for k, v in context.items() if k != "targetingKey"}, account, said)


def account_of(context: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(id, traits) of the account that a program speaks of: "account": "acme", or {"id": "acme", "seats": 5}."""
    found: Any = context.get("account")
    traits: dict[str, Any] = {}
    if isinstance(found, dict):
        found, traits = found.get("id"), {k: v for k, v in found.items() if k != "id"}
    try:
        return id_text(found), traits
    except ValueError:
        return "", traits


def _item(flag: Ready, answer: Answer, who: Holder, held: Snapshot) -> bytes:
    return _texts(who, held).get(id(answer)) or _written(flag, answer, who, held)


def _texts(who: Holder, held: Snapshot) -> dict[int, bytes]:
    """By the answer, which belongs to one flag of the snapshot: kept with it, for answers are made once and shared."""
    found = held.cache.setdefault(f"ofrep {who.secret}", {})
    assert isinstance(found, dict)
    return found


def _written(flag: Ready, answer: Answer, who: Holder, held: Snapshot) -> bytes:
    """Why is told to the team."""
    metadata: dict[str, Any] = {"version": flag.version}
    if who.secret:
        metadata["why"] = answer.why
    found = encode(
        {
            "key": flag.key,
            "value": answer.value,
            "reason": answer.reason,
            "variant": answer.variant,
            "metadata": metadata,
        }
    )
    _texts(who, held)[id(answer)] = found
    return found


def _keyless(key: str) -> bytes:
    words = "This flag deals people by their id: say a targetingKey."
    return encode({"key": key, "errorCode": "TARGETING_KEY_MISSING", "errorDetails": words})
