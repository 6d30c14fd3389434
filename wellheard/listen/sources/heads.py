"""Looking into a bundle without reading it: the header of a table, the first record of JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from wellheard.core import rows
from wellheard.core.bundle import Bundle, Part

JSON = (".json", ".jsonl", ".ndjson")
TABLES = (".csv", ".tsv", ".txt")


def plain(name: str) -> str:
    """A column's name for comparing: "Post ID" and "post_id" are the same."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


@lru_cache(maxsize=256)
def _columns(path: Path, size: int, changed: int, encoding: str) -> tuple[str, ...]:
    try:
        return tuple(plain(c) for c in rows.columns(path, encoding))
    except rows.Unreadable:
        return ()


def header(part: Part, encoding: str = "") -> tuple[str, ...]:
    """The plain names of a table's columns; nothing when it cannot be read."""
    stat = part.path.stat()
    return _columns(part.path, stat.st_size, stat.st_mtime_ns, encoding)


def tables(bundle: Bundle, encoding: str = "") -> Iterator[tuple[Part, frozenset[str]]]:
    for part in bundle.ending(*TABLES):
        yield part, frozenset(header(part, encoding))


@lru_cache(maxsize=256)
def _first(path: Path, size: int, changed: int, encoding: str) -> list[dict[str, Any]]:
    try:
        return [r.values for r in islice(rows.read(path, encoding), 3) if isinstance(r, rows.Row)]
    except rows.Unreadable:
        return []


def records(part: Part, encoding: str = "") -> list[dict[str, Any]]:
    """The first records of a JSON file."""
    stat = part.path.stat()
    return _first(part.path, stat.st_size, stat.st_mtime_ns, encoding)


def cells(part: Part, encoding: str = "") -> Iterator[rows.Row | rows.Bad]:
    """Rows of a table by the plain names of their columns."""
    for row in rows.read(part.path, encoding):
        yield row if isinstance(row, rows.Bad) else rows.Row(row.line, {plain(k): v for k, v in row.values.items()})


def pick(values: Mapping[str, Any], *names: str) -> Any:
    """The first of several columns that holds something."""
    return next((values[n] for n in names if values.get(n) not in (None, "")), None)


def dig(value: Any, *path: str) -> Any:
    """What lies inside, or None where the way ends."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def inner(value: Any) -> dict[str, Any]:
    """The object, or an empty one where none is."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def texts(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
