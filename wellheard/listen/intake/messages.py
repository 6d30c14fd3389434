"""One message of the Segment family → one row for the spool, or the reason why not.

Other families (posthog.py) are put into this shape first, so that ids, times and limits are judged in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import uuid4

import msgspec

from wellheard.store.rows import (
    ALIAS,
    CORRECTED,
    EVENT,
    GROUP,
    IDENTIFY,
    QUIET,
    REFUSED,
    REPLACED,
    Row,
    message_hash,
)

from .times import milliseconds, settle

DROPPED = ("password", "passwd", "passphrase", "secret", "access_token", "api_key", "credit_card", "card_number",
           "cardnumber", "cvc", "cvv", "ssn", "iban")  # fmt: skip
NOBODY = frozenset(
    ("", "null", "undefined", "none", "anonymous", "guest", "0", "[object object]", "nan", "true", "false",
     "00000000-0000-0000-0000-000000000000")
)  # fmt: skip
ID_LIMIT = 500
NAME_LIMIT = 200
PROPERTIES_LIMIT = 512 * 1024
ACTS = ("$pageview", "$screen", "$autocapture")  # of the names that libraries make up, those that somebody did
TYPES = {"track": EVENT, "page": EVENT, "screen": EVENT, "identify": IDENTIFY, "group": GROUP, "alias": ALIAS}


class Refused(ValueError):
    """This message cannot be stored; the text says why."""


class Context(msgspec.Struct, omit_defaults=True):
    """What we keep of a message's context. The address (ip) and device ids are not among it."""

    groupId: Any = None
    sessionId: Any = None
    page: Any = None
    traits: Any = None
    app: Any = None
    campaign: Any = None
    library: Any = None
    locale: Any = None
    os: Any = None
    timezone: Any = None
    userAgent: Any = None


class Message(msgspec.Struct):
    """Every field may hold anything: one odd value must not sink its batch."""

    type: Any = None
    messageId: Any = None
    userId: Any = None
    anonymousId: Any = None
    timestamp: Any = None
    originalTimestamp: Any = None
    sentAt: Any = None
    event: Any = None
    name: Any = None
    category: Any = None
    properties: Any = None
    traits: Any = None
    groupId: Any = None
    previousId: Any = None
    account: Any = None
    writeKey: Any = None
    context: Context | None = None


_encode = msgspec.json.Encoder().encode


class Reading:
    """How to read the messages of one arrival.

    `source` scopes message ids; `received` is UTC milliseconds; `sent` the batch's own sentAt. With `live` false
    (a file) times are taken as they are said, and a message without a usable one is refused.
    """

    def __init__(
        self,
        source: str,
        received: int,
        sent: Any = None,
        dropped: tuple[str, ...] | frozenset[str] = DROPPED,
        live: bool = True,
    ) -> None:
        self.source = source
        self.received = received
        self.sent = milliseconds(sent)
        self.dropped = dropped if isinstance(dropped, frozenset) else plainly(dropped)
        self.live = live

    def row(self, message: Message, kind: str = "") -> Row:
        """`kind`: the type to assume when the message names none. Raises Refused."""
        said = message.type or kind
        code = TYPES.get(said) if isinstance(said, str) else None
        if code is None:
            raise Refused(f"unknown type {said!r:.60}" if said else "no type")
        user, anonymous = (id_text(message.userId, "userId"), id_text(message.anonymousId, "anonymousId"))
        if not user and not anonymous and code != GROUP:
            raise Refused("neither a usable userId nor an anonymousId")
        time, flags = self._time(message)
        said_id = message.messageId
        if said_id is None or said_id == "":
            said_id = uuid4().hex
        row = Row(code, message_hash(self.source, str(said_id)), time, user, anonymous, flags=flags)
        context = message.context
        if code == EVENT:
            self._event(row, message, str(said), context)
        elif code == IDENTIFY:
            traits = message.traits if isinstance(message.traits, dict) else {}
            if context is not None and isinstance(context.traits, dict):
                traits = {**context.traits, **traits}
            row.properties = self._json(traits)
        elif code == GROUP:
            row.account = id_text(message.groupId, "groupId")
            if not row.account:
                raise Refused("group without a usable groupId")
            row.properties = self._json(message.traits)
        else:
            row.name = id_text(message.previousId, "previousId")
            if not row.name or not (user or anonymous):
                raise Refused("alias without a usable previousId")
        return row

    def _event(self, row: Row, message: Message, said: str, context: Context | None) -> None:
        properties = message.properties if isinstance(message.properties, dict) else {}
        if said == "track":
            row.name = _name(message.event)
            if row.name[0] == "$" and row.name not in ACTS:
                row.flags |= QUIET
        else:
            row.name = said
            for key, value in (("name", message.name), ("category", message.category)):
                if isinstance(value, str) and value and key not in properties:
                    properties = {**properties, key: value}
        row.account = id_text(message.account, "account")
        page: dict[str, Any] = {}
        if context is not None:
            row.account = row.account or id_text(context.groupId, "groupId")
            row.session = id_text(context.sessionId, "sessionId")
            page = context.page if isinstance(context.page, dict) else {}
            context.groupId = context.sessionId = context.page = context.traits = None
            row.context = "" if context == _EMPTY else self._json(msgspec.to_builtins(context))
        if not row.session:
            row.session = id_text(properties.get("session_id") or properties.get("sessionId"), "session_id")
        if page or said != "track":
            shown = {**page, **properties} if said != "track" else page
            row.url, row.path = _short(shown.get("url")), _short(shown.get("path"))
            row.referrer, row.title = (_short(shown.get("referrer")), _short(shown.get("title")))
        duration = properties.get("duration")
        if isinstance(duration, int | float) and 0 < duration < 1e7:
            row.duration = float(duration)
        row.properties = self._json(properties)

    def _time(self, message: Message) -> tuple[int, int]:
        said = message.timestamp if message.timestamp is not None else message.originalTimestamp
        time = milliseconds(said)
        if self.live:
            sent = milliseconds(message.sentAt) if message.sentAt is not None else self.sent
            settled, corrected = settle(time, sent, self.received)
            if corrected:
                return settled, CORRECTED
            return settled, REPLACED if said is not None and settled != time else 0
        if time is None or settle(time, None, max(self.received, time))[0] != time:
            raise Refused(f"no usable timestamp: {said!r:.60}")
        if time > self.received + 86_400_000:
            raise Refused(f"the timestamp {said!r:.60} lies in the future")
        return time, 0

    def _json(self, values: Any) -> str:
        if not isinstance(values, dict) or not values:
            return ""
        try:
            raw = _encode(without(values, self.dropped))
            if b"\\u0000" in raw:
                raw = _encode(clean(msgspec.json.decode(raw)))
        except RecursionError:
            raise Refused("properties nested too deeply") from None
        if len(raw) > PROPERTIES_LIMIT:
            raise Refused(f"more than {PROPERTIES_LIMIT >> 10} KiB of properties")
        return raw.decode()

    def refusal(self, message: Any, reason: str) -> Row:
        """The row that keeps a refused message, shortened, for whoever looks for the mistake."""
        if isinstance(message, msgspec.Struct):
            message = {key: value for key, value in msgspec.to_builtins(message).items() if value is not None}
        try:
            raw = _encode(without(message, self.dropped) if isinstance(message, dict) else message).decode()
        except (UnicodeEncodeError, TypeError, RecursionError):
            raw = repr(message)
        return Row(REFUSED, 0, self.received, name=reason[:300], properties=raw[:2000])


_EMPTY = Context()


def id_text(value: Any, what: str) -> str:
    """An id as text; "" for none and for the ids that stand for nobody. Raises Refused when it is too long."""
    if value is None:
        return ""
    if value.__class__ is not str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int | float):
            return ""
        value = str(value)
    if "\0" in value:
        value = value.replace("\0", "")
    value = value.strip()
    if value.lower() in NOBODY:
        return ""
    if len(value) > ID_LIMIT:
        raise Refused(f"{what} longer than {ID_LIMIT} characters")
    return str(value)


def _name(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (name := value.replace("\0", "").strip()):
        raise Refused("track without an event name")
    if len(name) > NAME_LIMIT:
        raise Refused(f"event name longer than {NAME_LIMIT} characters")
    return name


def _short(value: Any) -> str:
    return value.replace("\0", "")[:2000] if isinstance(value, str) else ""


@lru_cache(maxsize=20_000)
def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")


def plainly(names: Iterable[str]) -> frozenset[str]:
    """Names as `without` compares them: case, spaces and punctuation do not matter."""
    return frozenset(_plain(name) for name in names)


def without(values: dict[str, Any], dropped: frozenset[str]) -> dict[str, Any]:
    """The same without the properties nobody should keep, at any depth, however they are spelled."""
    kept = {}
    for key, value in values.items():
        if isinstance(key, str) and len(key) < 100 and _plain(key) in dropped:
            continue
        if value.__class__ is dict:
            value = without(value, dropped)
        elif value.__class__ is list and value and value[0].__class__ is dict:
            value = [without(item, dropped) if item.__class__ is dict else item for item in value]
        kept[key] = value
    return kept


def clean(value: Any) -> Any:
    """Without NUL characters and lone surrogates, neither of which every database can hold."""
    if isinstance(value, str):
        if not value.isascii():
            value = value.encode("utf-8", "replace").decode()
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
