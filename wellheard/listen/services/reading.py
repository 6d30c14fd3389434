"""A file on its way to rows of fields: the source reads it, the mapping names its columns."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from wellheard.core import rows
from wellheard.core.bundle import Bundle
from wellheard.core.occurrences import Occurrences
from wellheard.people.importing import Fields, given

from .. import mapping as maps
from .. import sources
from ..importing import VOICE_FIELDS
from ..models import Import
from ..sources.base import Reading

LOOK = 200
Item = tuple[rows.Row, Fields] | rows.Bad | rows.Skip


@dataclass(frozen=True, slots=True)
class Manual:
    """How somebody wants a file read: field → column ("-": none, "=x": x for every row), the encoding, what a source
    takes in or leaves out, the questions chosen as open ones, and columns that are not even kept as traits."""

    pairs: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    format: str = "table"
    switches: Collection[str] = ()
    chosen: tuple[str, ...] | None = None
    dropped: Collection[str] = ()
    # Set for the refused rows of an earlier import that were mended: the columns of its file.
    mended: tuple[str, ...] | None = None

    def as_dict(self, mapping: Mapping[str, str]) -> dict[str, Any]:
        """As it is kept with an import."""
        return {
            "fields": dict(mapping),
            "encoding": self.encoding,
            "switches": sorted(self.switches),
            "chosen": None if self.chosen is None else list(self.chosen),
            "dropped": sorted(self.dropped),
            "mended": None if self.mended is None else list(self.mended),
        }


def manual_of(job: Import) -> Manual:
    """What `as_dict` kept; imports of earlier versions have the fields and the encoding only."""
    kept = job.mapping
    chosen, mended = kept.get("chosen"), kept.get("mended")
    return Manual(
        pairs=kept.get("fields", {}),
        encoding=kept.get("encoding", ""),
        format=job.format,
        switches=tuple(kept.get("switches", ())),
        chosen=None if chosen is None else tuple(chosen),
        dropped=tuple(kept.get("dropped", ())),
        mended=None if mended is None else tuple(mended),
    )


def records(path: Path, manual: Manual) -> Iterator[rows.Row | rows.Bad | rows.Skip]:
    if manual.mended is not None:
        yield from _mended(path, manual.mended)
        return
    source = sources.named(manual.format)
    if source.read is None:
        raise ValueError(f"{source.label} has no files.")
    reading = Reading(manual.encoding, frozenset(manual.switches), manual.chosen)
    yield from source.read(Bundle.of(path), reading)


def columns(path: Path, manual: Manual) -> list[str]:
    """The names a mapping may use. Raises Unreadable."""
    if manual.mended is not None:
        return list(manual.mended)
    if manual.format == "table":
        found: dict[str, None] = {}
        for part in Bundle.of(path).parts:
            found.update(dict.fromkeys(rows.columns(part.path, manual.encoding)))
        return list(found)
    seen: dict[str, None] = {}
    try:
        for item in islice(records(path, manual), 5 * LOOK):
            if isinstance(item, rows.Row):
                seen.update(dict.fromkeys(item.values))
    except rows.Unreadable:  # what comes before the break is brought in all the same
        if not seen:
            raise
    # Fields that come late in a file are there all the same: a mapping of the first rows must not lose them.
    return [*VOICE_FIELDS, *(name for name in seen if name not in VOICE_FIELDS)]


def resolve(what: str, path: Path, manual: Manual) -> dict[str, str]:
    found = columns(path, manual)
    if manual.mended is not None:
        return dict(manual.pairs)
    return maps.resolve(what, found, manual.pairs, guess=manual.format == "table")


def stream(path: Path, mapping: Mapping[str, str], what: str, manual: Manual) -> Iterator[Item]:
    """Every row as its fields, in the file's order; the same file gives the same rows with the same ids."""
    names = columns(path, manual)
    seen = Occurrences()
    try:
        for row in records(path, manual):
            if not isinstance(row, rows.Row):
                yield row
                continue
            fields = maps.apply(mapping, names, row.values, manual.dropped)
            if what == "voices" and not given(fields.get("id")):
                fields["id"] = seen.key(row.values)
            yield row, fields
    finally:
        seen.close()


def _mended(path: Path, names: tuple[str, ...]) -> Iterator[rows.Row | rows.Bad]:
    """Refused rows that came back: each is the object or the line it was, mended in the file we gave out."""
    held = rows.columns(path)
    if "row" not in held:
        raise rows.Unreadable("This is not a file of refused rows: it has no column “row”.")
    for item in rows.read(path):
        if isinstance(item, rows.Bad):
            yield item
            continue
        raw = unharmed(str(item.values.get("row") or ""))
        if not raw.strip():
            continue
        if raw.lstrip().startswith("{"):
            try:
                yield rows.checked(item.line, json.loads(raw), raw)
            except (ValueError, RecursionError) as e:
                yield rows.Bad(item.line, raw, f"Not JSON: {e}.")
            continue
        yield _line(item.line, raw, names)


def _line(number: int, raw: str, names: tuple[str, ...]) -> rows.Row | rows.Bad:
    for delimiter in ",;\t|":
        try:
            cells = next(csv.reader([raw], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        if len(cells) == len(names):
            return rows.Row(number, dict(zip(names, cells, strict=True)))
    return rows.Bad(
        number, raw, f"The row does not have the {len(names)} fields of its file: {', '.join(names)[:300]}."
    )


def unharmed(cell: str) -> str:
    """What `rows.harmless` made of a cell, as it was."""
    return cell[1:] if cell[:1] == "'" and rows.harmless(cell[1:]) == cell else cell


@dataclass(slots=True)
class Reasons:
    """Why rows were left out or refused: how many for each reason, and the first of them in full."""

    skips: Counter[str] = field(default_factory=Counter)
    first: list[tuple[int, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def skip(self, item: rows.Skip) -> None:
        self.skips[item.reason] += 1

    def refuse(self, bad: rows.Bad) -> None:
        self.refused[_kind(bad.reason)] += 1
        if len(self.first) < 20:
            self.first.append((bad.line, bad.reason))


def _kind(reason: str) -> str:
    """A reason without the values it names, so that equal ones are counted together."""
    import re

    kind = re.sub(r"'[^']*'|\"[^\"]*\"|“[^”]*”", "…", reason)
    return re.sub(r"\d+", "n", kind)[:160]
