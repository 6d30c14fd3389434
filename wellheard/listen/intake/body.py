"""A request's bytes → its messages. Content types lie, so only the bytes are asked."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import unquote_plus

import msgspec

from .messages import Context, Message, clean

RAW_LIMIT = 8 << 20
DECODED_LIMIT = 32 << 20
LARGE = 4 << 20


class Unacceptable(Exception):
    """The whole request is refused: HTTP status, code and message for the answer, and after how many seconds it is
    worth trying again (0: never, or as usual)."""

    def __init__(self, status: int, code: str, message: str, retry: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry = status, code, message, retry


class Body(msgspec.Struct):
    """`writeKey` and `sentAt` as said beside the messages; `odd` holds what is not even an object."""

    batch: list[Message] = []
    sentAt: Any = None
    writeKey: Any = None
    context: Context | None = None
    odd: list[Any] = []


def read(stream: BinaryIO, length: str, limit: int = RAW_LIMIT) -> bytes:
    """At most `limit` bytes, whether or not the length was announced. Raises Unacceptable."""
    if length:
        try:
            announced = int(length)
        except ValueError:
            raise Unacceptable(400, "bad_length", "Content-Length is not a number.") from None
        if announced > limit or announced < 0:
            raise _too_large(limit)
    else:
        announced = limit + 1
    parts, size = [], 0
    while size < announced and (part := stream.read(min(announced - size, 1 << 20))):
        parts.append(part)
        size += len(part)
    if size > limit:
        raise _too_large(limit)
    if length and size < announced:
        raise Unacceptable(400, "cut_short", "The body ended early.")
    return b"".join(parts)


def unpack(raw: bytes, encoding: str, limit: int = DECODED_LIMIT, on_large: Callable[[], None] | None = None) -> bytes:
    """Inflates what is compressed, whatever it calls itself. `on_large` is called once when it grows large."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Unacceptable(
            415, "unsupported_encoding", f"Content-Encoding {encoding[:40]!r} is not supported; use gzip."
        )
    if raw[:2] == b"\x1f\x8b":
        return _inflate(raw, 31, limit, on_large)
    if encoding == "deflate":
        wrapped = len(raw) > 1 and raw[0] & 15 == 8 and (raw[0] << 8 | raw[1]) % 31 == 0
        return _inflate(raw, 15 if wrapped else -15, limit, on_large)
    return raw  # says gzip but is not: let the JSON reader judge


def _inflate(raw: bytes, bits: int, limit: int, on_large: Callable[[], None] | None) -> bytes:
    """Stops at `limit` bytes, so that a bomb costs no more than an honest large body."""
    engine = zlib.decompressobj(bits)
    try:
        out = engine.decompress(raw, min(LARGE, limit + 1))
        if engine.unconsumed_tail and not engine.eof:
            if on_large:
                on_large()
            out += engine.decompress(engine.unconsumed_tail, limit + 1 - len(out))
    except zlib.error as problem:
        raise Unacceptable(400, "bad_compression", f"The body cannot be decompressed: {problem}.") from None
    if len(out) > limit:
        raise _too_large(limit)
    if not engine.eof:
        raise Unacceptable(400, "bad_compression", "The compressed body ended early.")
    return out


def _too_large(limit: int) -> Unacceptable:
    return Unacceptable(413, "too_large", f"The body is larger than {limit >> 20} MiB.")


_batch = msgspec.json.Decoder(Body)
_one = msgspec.json.Decoder(Message)


def parse(data: bytes, single: bool) -> Body:
    """`single`: the body is one message. Raises Unacceptable when it is not JSON of that shape."""
    data = _bare(data)
    try:
        data.decode()
        if not single:
            return _batch.decode(data)
        message = _one.decode(data)
        return Body([message], message.sentAt, message.writeKey)
    except UnicodeDecodeError:
        raise Unacceptable(400, "not_utf8", "The body is not UTF-8 text.") from None
    except RecursionError:
        raise Unacceptable(400, "too_deep", "The JSON is nested too deeply.") from None
    except msgspec.DecodeError:
        return _leniently(data, single)


def anything(data: bytes, base64_said: bool = False) -> Any:
    """Any JSON, as PostHog's libraries send it: also as a form, or in base64 when the address says so."""
    data = _bare(data)
    if base64_said and data[:1] not in (b"{", b"["):
        data = _form(b"data=" + data)
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        raise Unacceptable(400, "too_deep", "The JSON is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _json(data)


def _bare(data: bytes) -> bytes:
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    return _form(data) if data[:5] == b"data=" else data


def _form(data: bytes) -> bytes:
    try:
        text = unquote_plus(data[5:].split(b"&")[0].decode()).strip()
        if text[:1] in ("{", "["):
            return text.encode()
        return base64.b64decode(text.replace(" ", "+"), validate=False)  # not every library escapes its plus signs
    except ValueError:
        raise Unacceptable(400, "bad_form", "The form field data is not base64.") from None


def _leniently(data: bytes, single: bool) -> Body:
    value = _json(data)
    if not isinstance(value, dict):
        raise Unacceptable(400, "bad_shape", "The body must be a JSON object.")
    items = [value] if single else value.get("batch")
    if not isinstance(items, list):
        raise Unacceptable(400, "bad_shape", 'The body must hold a list "batch".')
    body = Body(sentAt=value.get("sentAt"), writeKey=value.get("writeKey"), batch=[], odd=[])
    body.context = _context(value.get("context"))
    for item in items:
        if isinstance(item, dict):
            body.batch.append(from_dict(item))
        else:
            body.odd.append(item)
    return body


def _json(data: bytes) -> Any:
    """Reads what the fast way stumbles over (half surrogate pairs, numbers out of range, odd members)."""
    try:
        return clean(json.loads(data, parse_constant=_no_constant))
    except RecursionError:
        raise Unacceptable(400, "too_deep", "The JSON is nested too deeply.") from None
    except ValueError as problem:
        raise Unacceptable(400, "bad_json", f"The body is not JSON: {problem}.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_FIELDS = frozenset(Message.__struct_fields__) - {"context"}


def from_dict(item: dict[str, Any]) -> Message:
    """A message from any mapping; what is not part of one is left out."""
    message = Message(**{key: value for key, value in item.items() if key in _FIELDS})
    message.context = _context(item.get("context"))
    return message


_KEPT = frozenset(Context.__struct_fields__)


def _context(value: Any) -> Context | None:
    if not isinstance(value, dict) or not value:
        return None
    return Context(**{key: item for key, item in value.items() if key in _KEPT})
