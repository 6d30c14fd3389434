"""Tables on disk, row by row: CSV and JSON lines, plain or gzipped, in constant memory.

A row that cannot be read is yielded as `Bad` with its line and the reason; the rows after it are read all the
same. Only what makes the whole file unreadable (no header, not text) raises `Unreadable`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

FIELD_LIMIT = 1024 * 1024
LINE_LIMIT = 8 * 1024 * 1024
RECORD_LIMIT = 2 * FIELD_LIMIT
RAW_LIMIT = FIELD_LIMIT // 2  # of a refused row: longer cells are what no spreadsheet opens
TOO_LONG = "\ue000cut short"  # a private character: no file's line ends like this by chance
csv.field_size_limit(FIELD_LIMIT)
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


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


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that was left out on purpose, such as a note of the team; it is counted, not refused."""

    line: int
    reason: str


def open_bytes(path: Path) -> BinaryIO:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def text_encoding(head: bytes, asked: str) -> str:
    if asked:
        try:
            "".encode(asked)
        except LookupError:
            raise Unreadable(f"There is no encoding called {asked!r}. Try utf-8, cp1252 or utf-16.") from None
        except ValueError:
            raise Unreadable("The name of the encoding holds a character no name has.") from None
        return "utf-8-sig" if asked.lower().replace("_", "-") in ("utf-8", "utf8") else asked
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\x00" in head[:4]:
        raise Unreadable("The file is not text (it begins with NUL bytes). Save it as CSV or JSON lines in UTF-8.")
    return "utf-8-sig"


def lines(path: Path, encoding: str = "") -> Iterator[tuple[int, str]]:
    """Numbered lines. Bytes that do not decode become lone surrogates, which `_flaw` then reports by row."""
    with open_bytes(path) as raw:
        try:
            head = raw.read(4)
        except (OSError, EOFError, zlib.error) as e:
            raise Unreadable(f"The file is not a whole gzip file ({e}).") from None
        raw.seek(0)
        text = io.TextIOWrapper(raw, encoding=text_encoding(head, encoding), errors="surrogateescape", newline="")
        number = 0
        while True:
            try:
                line = text.readline(LINE_LIMIT)
            except (OSError, EOFError, zlib.error) as e:
                raise Unreadable(f"The file ends in the middle of its gzip data, after line {number} ({e}).") from None
            except UnicodeError as e:
                raise Unreadable(
                    f"The file is not {text.encoding} after line {number} ({e}). Name its encoding."
                ) from None
            if not line:
                return
            number += 1
            if len(line) >= LINE_LIMIT and not line.endswith("\n"):
                while (rest := text.readline(LINE_LIMIT)) and len(rest) >= LINE_LIMIT and not rest.endswith("\n"):
                    pass
                line = f"{line[:200]}… {TOO_LONG}"
            yield number, line.removeprefix("\ufeff") if number == 1 else line


def _flaw(text: str) -> str:
    """What is wrong with the characters of a row, or nothing."""
    if "\x00" in text:
        return "holds a NUL character; remove it"
    if text.endswith(TOO_LONG):
        return f"is longer than {LINE_LIMIT // 1024**2} MB"
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
    try:
        for row in islice(_json_rows(path, encoding), 100):
            if isinstance(row, Row):
                seen.update(dict.fromkeys(row.values))
    except Unreadable:
        if not seen:
            raise
    return list(seen)


def _json_rows(path: Path, encoding: str) -> Iterator[Row | Bad]:
    from . import json_stream  # it reads with what stands in this module

    if json_stream.is_whole(path, encoding):
        yield from (item for _, item in json_stream.objects(path, encoding))
        return
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
        yield checked(number, value, line)


def checked(number: int, value: Any, raw: str = "") -> Row | Bad:
    """A decoded JSON object as a row, unless no database could hold what is in it."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as e:
        return Bad(number, raw, f"Not JSON: {e}.")
    if not isinstance(value, dict):
        return Bad(number, raw or text, f"Each record must be an object {{…}}; this is a {type(value).__name__}.")
    if flaw := _flaw(text):
        return Bad(number, raw or text, f"The row {flaw}.")
    if _ESCAPED_NUL.search(text):
        return Bad(number, raw or text, "The row holds a NUL character; remove it.")
    return Row(number, value)


def _header(source: Iterator[tuple[int, str]]) -> tuple[list[str], str]:
    """The columns' names and what stands between them. A quoted name may go over several lines."""
    for _, line in source:
        if not line.strip(' \t\r\n,;|"'):  # nothing, or a row of empty cells above the header
            continue
        if flaw := _flaw(line):
            raise Unreadable(f"The header line {flaw}.")
        first = lambda d: len(next(csv.reader([line], delimiter=d)))  # noqa: B023, E731
        delimiter = max(",;\t|", key=first)
        rest = (text for _, text in islice(source, 100))
        try:
            cells = next(csv.reader(chain([line], rest), delimiter=delimiter, strict=True))
        except csv.Error as e:
            raise Unreadable(f"The header line cannot be read: {e}.") from None
        return _numbered([" ".join(name.split()) or f"column {i}" for i, name in enumerate(cells, 1)]), delimiter
    raise Unreadable("The file is empty: there is no header line.")


def _numbered(names: list[str]) -> list[str]:
    """Names that stand more than once get a number from the second on: a, a (2), a (3)."""
    taken = set(names)
    found: list[str] = []
    for name in names:
        unique, n = name, 1
        while unique in found or (n > 1 and unique in taken):
            n += 1
            unique = f"{name} ({n})"
        found.append(unique)
    return found


class _Feed:
    """Lines for one record at a time; what a stray quote swallowed can be given back and is read again.

    Reading again has an end: a record may take RECORD_LIMIT characters, and a file of nothing but stray quotes
    may have a million lines read twice before records are cut at 50 lines.
    """

    def __init__(self, source: Iterator[tuple[int, str]]) -> None:
        self.source = source
        self.waiting: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []
        self.given_back = 0
        self.overlong = False

    def __iter__(self) -> Iterator[str]:
        self.taken.clear()
        size = 0
        self.overlong = False
        while item := self.waiting.popleft() if self.waiting else next(self.source, None):
            self.taken.append(item)
            size += len(item[1])
            if len(self.taken) > 1 and (size > RECORD_LIMIT or (len(self.taken) > 50 and self.given_back > 10**6)):
                self.overlong = True
                return
            yield item[1]

    def give_back(self) -> tuple[int, str]:
        """All lines but the first, which is returned."""
        first, *rest = self.taken
        self.waiting.extendleft(reversed(rest))
        self.given_back += len(rest)
        return first


def _csv_rows(path: Path, encoding: str) -> Iterator[Row | Bad]:
    source = lines(path, encoding)
    names, delimiter = _header(source)
    feed = _Feed(source)
    while True:
        try:
            cells = next(csv.reader(feed, delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error as e:
            first = feed.give_back()
            if len(first[1]) > FIELD_LIMIT:
                yield Bad(*first, f"A field is longer than {FIELD_LIMIT // 1024**2} MB.")
            else:
                why = "a quote that opens is never closed" if feed.overlong or "end of data" in str(e) else str(e)
                yield Bad(*first, f"Broken quoting: {why}. A quote inside a field must be doubled.")
            continue
        number, raw = feed.taken[0][0], "".join(text for _, text in feed.taken)
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        if len(cells) != len(names):
            # Over several lines this is a stray quote that another one closed by chance: good rows lie within.
            number, raw = feed.give_back() if len(feed.taken) > 1 else feed.taken[0]
            yield Bad(number, raw, f"The row has {len(cells)} fields, the header {len(names)}.")
        elif flaw := _flaw(raw):
            yield Bad(number, raw, f"The row {flaw}.")
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
            writer.writerows(
                [b.line, b.reason, harmless(b.raw[:RAW_LIMIT].rstrip("\r\n").replace("\x00", "␀"))] for b in bad
            )
            out.flush()
            os.fsync(out.fileno())  # its size is about to be committed: after a power cut it must not be shorter


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠") else cell


def raw_of(row: Row) -> str:
    """A readable row written out again, for the refused file."""
    return json.dumps(row.values, ensure_ascii=False, default=str)
