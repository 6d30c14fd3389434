"""Tables on disk, row by row: CSV and JSON lines, plain or gzipped, in constant memory.

A row that cannot be read is yielded as `Bad` with its line and the reason; the rows after it are read all the
same. Only what makes the whole file unreadable (no header, not text) raises `Unreadable`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

FIELD_LIMIT = 1024 * 1024
LINE_LIMIT = 8 * 1024 * 1024
csv.field_size_limit(FIELD_LIMIT)


class Unreadable(ValueError):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bad:
    line: int
    raw: str
    reason: str


def _open(path: Path) -> BinaryIO:
    raw = path.open("rb")
    if raw.read(2) == b"\x1f\x8b":
        raw.seek(0)
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    raw.seek(0)
    return raw


def _encoding(head: bytes, asked: str) -> str:
    if asked:
        try:
            "".encode(asked)
        except LookupError:
            raise Unreadable(f"There is no encoding called {asked!r}. Try utf-8, cp1252 or utf-16.") from None
        return asked
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\x00" in head[:4]:
        raise Unreadable("The file is not text (it begins with NUL bytes). Save it as CSV or JSON lines in UTF-8.")
    return "utf-8-sig"


def lines(path: Path, encoding: str = "") -> Iterator[tuple[int, str]]:
    """Numbered lines. Bytes that do not decode become lone surrogates, which `_flaw` then reports by row."""
    with _open(path) as raw:
        try:
            head = raw.read(4)
        except (OSError, EOFError) as e:
            raise Unreadable(f"The file is not a whole gzip file ({e}).") from None
        raw.seek(0)
        text = io.TextIOWrapper(raw, encoding=_encoding(head, encoding), errors="surrogateescape", newline="")
        number = 0
        while True:
            try:
                line = text.readline(LINE_LIMIT)
            except (OSError, EOFError) as e:
                raise Unreadable(f"The file ends in the middle of its gzip data, after line {number} ({e}).") from None
            except UnicodeError as e:
                raise Unreadable(
                    f"The file is not {text.encoding} after line {number} ({e}). Name its encoding."
                ) from None
            if not line:
                return
            number += 1
            yield number, line


def _flaw(text: str) -> str:
    """What is wrong with the characters of a row, or nothing."""
    if "\x00" in text:
        return "holds a NUL character; remove it"
    if any("\ud800" <= c <= "\udfff" for c in text) if not text.isascii() else False:
        return "is not valid UTF-8; save the file as UTF-8 or name its encoding"
    return ""


def is_json(path: Path) -> bool:
    return any(s in (".jsonl", ".ndjson", ".json") for s in path.suffixes)


def read(path: Path, encoding: str = "") -> Iterator[Row | Bad]:
    """Rows of a CSV file with a header line, or of a JSON lines file (by its name's ending)."""
    yield from _json_rows(path, encoding) if is_json(path) else _csv_rows(path, encoding)


def columns(path: Path, encoding: str = "") -> list[str]:
    """The names a mapping may use: the CSV header, or the keys of the first 100 JSON objects."""
    if not is_json(path):
        return _header(lines(path, encoding))[0]
    seen: dict[str, None] = {}
    for number, row in enumerate(_json_rows(path, encoding)):
        if number >= 100:
            break
        if isinstance(row, Row):
            seen.update(dict.fromkeys(row.values))
    return list(seen)


def _json_rows(path: Path, encoding: str) -> Iterator[Row | Bad]:
    for number, line in lines(path, encoding):
        if not line.strip():
            continue
        if flaw := _flaw(line):
            yield Bad(number, line, f"The row {flaw}.")
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as e:
            yield Bad(number, line, f"Not JSON: {e}.")
            continue
        if isinstance(value, dict):
            text = json.dumps(value, ensure_ascii=False)
            if flaw := _flaw(text):
                yield Bad(number, line, f"The row {flaw}.")
            elif "\\u0000" in text:
                yield Bad(number, line, "The row holds a NUL character; remove it.")
            else:
                yield Row(number, value)
        else:
            yield Bad(number, line, f"Each line must be an object {{…}}; this is a {type(value).__name__}.")


def _header(source: Iterator[tuple[int, str]]) -> tuple[list[str], str]:
    for _, line in source:
        if not line.strip():
            continue
        if flaw := _flaw(line):
            raise Unreadable(f"The header line {flaw}.")
        delimiter = max(",;\t|", key=line.count)
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
        twice = sorted({n for n in names if names.count(n) > 1 and n})
        if twice:
            raise Unreadable(f"The header names {', '.join(map(repr, twice))} more than once. Rename the columns.")
        return [name or f"column {i}" for i, name in enumerate(names, 1)], delimiter
    raise Unreadable("The file is empty: there is no header line.")


def _csv_rows(path: Path, encoding: str) -> Iterator[Row | Bad]:
    source = lines(path, encoding)
    names, delimiter = _header(source)
    waiting: deque[tuple[int, str]] = deque()
    taken: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        while True:
            item = waiting.popleft() if waiting else next(source, None)
            if item is None:
                return
            taken.append(item)
            yield item[1]

    while True:
        taken.clear()
        reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            # A stray quote swallowed what follows: refuse its first line only and read the rest again.
            first, *rest = taken
            waiting.extendleft(reversed(rest))
            yield Bad(first[0], first[1], f"Broken quoting: {e}. A quote inside a field must be doubled.")
            continue
        number, raw = taken[0][0], "".join(text for _, text in taken)
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        if flaw := _flaw(raw):
            yield Bad(number, raw, f"The row {flaw}.")
        elif len(cells) != len(names):
            yield Bad(number, raw, f"The row has {len(cells)} fields, the header {len(names)}.")
        else:
            yield Row(number, dict(zip(names, cells, strict=True)))


class RefusedFile:
    """Where refused rows go: line, reason and the row as it was, as CSV that can be mended and read again.

    `size` is remembered with each committed batch; a resumed import cuts the file back to it.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with path.open("rb+") as f:
                f.truncate(size)
        self.written = size > 0

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def write(self, bad: list[Bad]) -> None:
        if not bad:
            return
        with self.path.open("a", encoding="utf-8", errors="replace", newline="") as out:
            writer = csv.writer(out)
            if not self.written:
                writer.writerow(["line", "reason", "row"])
                self.written = True
            writer.writerows([b.line, b.reason, b.raw.rstrip("\r\n").replace("\x00", "␀")] for b in bad)


def raw_of(row: Row) -> str:
    """A readable row written out again, for the refused file."""
    return json.dumps(row.values, ensure_ascii=False, default=str)
