"""Objects out of one JSON value that goes over many lines, in constant memory: a list, or lists inside an object."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from .rows import LINE_LIMIT, Bad, Row, Unreadable, checked, open_bytes, text_encoding

CHUNK = 1 << 16
_SPACE = " \t\r\n\ufeff"


class _Buffer:
    """The text from where reading stands; it grows only as far as one value needs."""

    def __init__(self, file: io.TextIOBase) -> None:
        self.file, self.text, self.at, self.done = file, "", 0, False
        self.decoder = json.JSONDecoder()

    def fill(self) -> bool:
        held = self.text[self.at :]
        if len(held) > LINE_LIMIT:
            raise Unreadable(f"One value is longer than {LINE_LIMIT // 1024**2} MB.")
        try:
            more = self.file.read(max(CHUNK, len(held)))
        except (OSError, EOFError, zlib.error, UnicodeError) as e:
            raise Unreadable(f"The file cannot be read to its end ({e}).") from None
        self.text, self.at, self.done = held + more, 0, not more
        return bool(more)

    def peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def take(self, wanted: str, after: str) -> None:
        if (found := self.peek()) != wanted:
            raise Unreadable(f"Not JSON {after}: {wanted!r} was expected, {found or 'the end'!r} is there.")
        self.at += 1

    def value(self, after: str) -> Any:
        self.peek()
        while True:
            try:
                found, end = self.decoder.raw_decode(self.text, self.at)
            except RecursionError:
                raise Unreadable(f"Not JSON {after}: it is nested too deep.") from None
            except ValueError as e:
                if self.fill():
                    continue
                raise Unreadable(f"Not JSON {after}: {e}.") from None
            if end == len(self.text) and not self.done and self.fill():
                continue  # a number may go on
            self.at = end
            return found


def is_whole(path: Path, encoding: str = "") -> bool:
    """Whether the file is one JSON value rather than one object a line."""
    from .rows import lines

    try:
        first = next((text for _, text in lines(path, encoding) if text.strip(_SPACE)), "")
    except Unreadable:
        return False
    start = first.lstrip(_SPACE)[:1]
    if start == "[":
        return True
    if start != "{":
        return False
    try:
        value = json.loads(first.strip(_SPACE))
    except (ValueError, RecursionError):
        # The object goes on in the next line, or it is a broken line among others.
        return len(first.strip(_SPACE)) > LINE_LIMIT // 2 or _goes_on(path, encoding)
    more = sum(1 for _, text in zip(range(50), (t for _, t in lines(path, encoding)), strict=False) if text.strip())
    return more == 1 and any(isinstance(v, list) and v[:1] and isinstance(v[0], dict) for v in value.values())


def _goes_on(path: Path, encoding: str) -> bool:
    """Whether a first line that is no whole object is the beginning of one over several lines."""
    from .rows import lines

    for number, (_, text) in enumerate(lines(path, encoding)):
        if number and text.lstrip(_SPACE)[:1] not in ("", "{"):
            return True
        if number > 20:
            break
    return False


def objects(path: Path, encoding: str = "", lists: Collection[str] | None = None) -> Iterator[tuple[str, Row | Bad]]:
    """(name of the list, object) for each object; the name is "" in a plain list.

    Of an object at the top, each list of objects is gone through (with `lists`: only those named so); when it has
    none it is itself the one object. The line of a row is its number in the file. Raises Unreadable where the
    JSON breaks off: what came before has been yielded.
    """
    with open_bytes(path) as raw:
        head = raw.read(4)
        raw.seek(0)
        text = io.TextIOWrapper(raw, encoding=text_encoding(head, encoding), errors="surrogateescape")
        yield from _walk(_Buffer(text), lists)


def _walk(buffer: _Buffer, lists: Collection[str] | None) -> Iterator[tuple[str, Row | Bad]]:
    count = 0
    if buffer.peek() == "[":
        for count, value in enumerate(_elements(buffer, 0), 1):
            yield "", checked(count, value)
        return
    buffer.take("{", "at the start")
    rest: dict[str, Any] = {}
    walked = False
    while buffer.peek() not in ("}", ""):
        key = buffer.value(f"after record {count}")
        buffer.take(":", f"after record {count}")
        if buffer.peek() == "[" and _holds_objects(buffer) and (lists is None or key in lists):
            walked = True
            for value in _elements(buffer, count):
                count += 1
                yield str(key), checked(count, value)
        else:
            rest[str(key)] = buffer.value(f"after record {count}")
        if buffer.peek() != ",":
            break
        buffer.at += 1
    buffer.take("}", f"after record {count}")
    if not walked and rest:
        yield "", checked(1, rest)


def _holds_objects(buffer: _Buffer) -> bool:
    """Whether the list that begins here has an object first; nothing is taken."""
    while True:
        rest = buffer.text[buffer.at + 1 : buffer.at + 1000].lstrip(_SPACE)
        if rest or not buffer.fill():
            return rest[:1] == "{"


def _elements(buffer: _Buffer, before: int) -> Iterator[Any]:
    buffer.take("[", f"after record {before}")
    count = before
    while buffer.peek() != "]":
        yield buffer.value(f"after record {count}")
        count += 1
        if buffer.peek() == ",":
            buffer.at += 1
        elif buffer.peek() != "]":
            raise Unreadable(f"Not JSON after record {count}: a comma or ] was expected.")
    buffer.at += 1
