"""Events from files: a CSV of one event a row, or Segment messages as JSON lines; and in bulk from this process.

Bringing the same file in again changes nothing: a row without an id gets one made of its cells and of how many equal
rows came before it, so equal rows within one file all count, and each only once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from wellheard.core import rows as table
from wellheard.core.rows import Bad, RefusedFile, Unreadable
from wellheard.listen.intake.body import from_dict
from wellheard.listen.intake.messages import DROPPED, Reading, Refused, id_text, without
from wellheard.listen.intake.times import AHEAD, EARLIEST, milliseconds
from wellheard.store import Envelope, Row, Store, message_hash
from wellheard.store.rows import EVENT

FIELDS = ("id", "person", "account", "event", "timestamp", "session")
USUAL = {"person": ("user_id", "userId"), "account": ("account_id",), "session": ("session_id", "sessionId"),
         "event": ("event_name",), "timestamp": ("time", "created_at")}  # fmt: skip
RECORD = 2_000
LANE = "bulk"


@dataclass
class Result:
    """What became of a file; `refused_file` is "" when nothing was refused."""

    read: int = 0
    stored: int = 0
    repeated: int = 0
    refused: int = 0
    refused_file: str = ""

    def as_dict(self) -> dict[str, int | str]:
        return {
            "read": self.read,
            "stored": self.stored,
            "repeated": self.repeated,
            "refused": self.refused,
            "refused_file": self.refused_file,
        }


def import_events(
    path: Path | str,
    store: Store,
    workspace: int,
    time_zone: str,
    mapping: dict[str, str] | None = None,
    source: str = "import",
    dry_run: bool = False,
    refused_file: Path | str | None = None,
    progress: Callable[[int], None] | None = None,
    dropped: tuple[str, ...] = DROPPED,
    encoding: str = "",
    wait: float = 600.0,
) -> Result:
    """Reads a whole file in constant memory and waits until it can be asked.

    `mapping` is field → column (a CSV's own columns of these names need none). CSV times without a zone are in
    `time_zone`. `progress` is called now and then with the number of rows read. Refused rows go to `refused_file`
    (by default beside the file, its name ending in .refused.csv). Raises Unreadable before anything is stored when
    the file or the mapping cannot be used, and StoreError when storing takes longer than `wait` seconds.
    """
    path = Path(path)
    result = Result()
    writer = RefusedFile(Path(refused_file or f"{path}.refused.csv"))
    tag = "" if dry_run else uuid4().hex
    pending: list[Row] = []
    received = int(time.time() * 1000)

    def push() -> None:
        if pending and not dry_run:
            store.append(Envelope(workspace, time_zone, source, received, list(pending), tag), lane=LANE)
        pending.clear()
        if progress:
            progress(result.read)

    for item in _rows(path, mapping or {}, time_zone, source, received, dropped, encoding):
        result.read += 1
        if isinstance(item, Bad):
            result.refused += 1
            writer.write([item])
            continue
        pending.append(item)
        if len(pending) >= RECORD:
            push()
    push()
    if result.refused:
        result.refused_file = str(writer.path)
    if dry_run:
        result.stored = result.read - result.refused
        return result
    store.flush(wait)
    result.stored, result.repeated, erased = store.counted(tag)
    result.refused += erased
    store.end_tag(tag)
    return result


def append_messages(
    store: Store,
    workspace: int,
    time_zone: str,
    messages: Iterable[dict[str, Any]],
    source: str = "import",
    tag: str = "",
    dropped: tuple[str, ...] = DROPPED,
) -> tuple[int, list[tuple[dict[str, Any], str]]]:
    """Puts Segment messages into the spool in bulk; call store.flush() to wait for them.

    Times are taken as they are said. → (how many were accepted, the refused ones with the reason).
    """
    received = int(time.time() * 1000)
    reading = Reading(source, received, dropped=dropped, live=False)
    pending: list[Row] = []
    refused: list[tuple[dict[str, Any], str]] = []
    accepted = 0
    for message in messages:
        try:
            pending.append(reading.row(from_dict(message)))
        except Refused as no:
            refused.append((message, str(no)))
            continue
        if len(pending) >= RECORD:
            store.append(Envelope(workspace, time_zone, source, received, pending, tag), lane=LANE)
            accepted, pending = accepted + len(pending), []
    if pending:
        store.append(Envelope(workspace, time_zone, source, received, pending, tag), lane=LANE)
    return accepted + len(pending), refused


def _rows(
    path: Path,
    mapping: dict[str, str],
    zone: str,
    source: str,
    received: int,
    dropped: tuple[str, ...],
    encoding: str,
) -> Iterator[Row | Bad]:
    if table.is_json(path):
        return _messages(path, source, received, dropped, encoding)
    columns = _columns(table.columns(path, encoding), mapping)
    return Cells(columns, zone, source, received, dropped).rows(table.read(path, encoding))


def _columns(header: list[str], mapping: dict[str, str]) -> dict[str, str]:
    """Field → column. Raises Unreadable for a field or column there is none of, and for what is missing."""
    chosen: dict[str, str] = {}
    for name, column in mapping.items():
        if name not in FIELDS:
            raise Unreadable(f"There is no field {name!r} for events. The fields are {', '.join(FIELDS)}.")
        if column not in header:
            raise Unreadable(f"The file has no column {column!r}. Its columns are {', '.join(header)}.")
        chosen[name] = column
    for name in FIELDS:
        taken = set(chosen.values())
        for column in (name, *USUAL.get(name, ())):
            if name not in chosen and column in header and column not in taken:
                chosen[name] = column
    for name in ("person", "event", "timestamp"):
        if name not in chosen:
            raise Unreadable(
                f"No column holds the {name}. Name it with --map {name}=column; there are {', '.join(header)}."
            )
    return chosen


def _messages(path: Path, source: str, received: int, dropped: tuple[str, ...], encoding: str) -> Iterator[Row | Bad]:
    reading = Reading(source, received, dropped=dropped, live=False)
    repeats = Repeats()
    for item in table.read(path, encoding):
        if isinstance(item, Bad):
            yield item
            continue
        try:
            message = from_dict(item.values)
            if message.messageId in (None, ""):
                message.messageId = repeats.id_of(msgspec.json.encode(item.values))
            yield reading.row(message)
        except (Refused, ValueError) as no:
            yield Bad(item.line, table.raw_of(item), f"{no}.")


@dataclass
class Cells:
    """Turns the cells of a CSV row into an event. `columns` is field → column; the other columns are properties."""

    columns: dict[str, str]
    zone: str
    source: str
    received: int
    dropped: tuple[str, ...]
    _offsets: dict[str, int] = field(default_factory=dict)

    def rows(self, items: Iterable[table.Row | Bad]) -> Iterator[Row | Bad]:
        repeats = Repeats()
        names = frozenset(self.columns.values())
        dropped = Reading(self.source, 0, dropped=self.dropped).dropped
        encode = msgspec.json.Encoder().encode
        get = {name: self.columns.get(name, "") for name in FIELDS}
        for item in items:
            if isinstance(item, Bad):
                yield item
                continue
            cells: dict[str, Any] = item.values
            try:
                user = id_text(cells[get["person"]], "person")
                if not user:
                    raise Refused("no usable person")
                name = cells[get["event"]].strip()
                if not name or len(name) > 200:
                    raise Refused("no event" if not name else "event name longer than 200 characters")
                moment = self._moment(cells[get["timestamp"]].strip())
                account = id_text(cells[get["account"]], "account") if get["account"] else ""
                session = id_text(cells[get["session"]], "session") if get["session"] else ""
            except Refused as no:
                yield Bad(item.line, table.raw_of(item), f"{no}.")
                continue
            said = cells[get["id"]].strip() if get["id"] else ""
            id_ = said or repeats.id_of("\x1f".join(cells.values()).encode("utf-8", "replace"))
            rest = {key: value for key, value in cells.items() if value and key not in names}
            properties = encode(without(rest, dropped)).decode() if rest else ""
            yield Row(EVENT, message_hash(self.source, id_), moment, user, "", account, name, properties, session)

    def _moment(self, text: str) -> int:
        """UTC milliseconds. The zone's offset is looked up once per quarter of an hour."""
        quarter = text[:15]  # to the ten minutes
        offset = self._offsets.get(quarter)
        if offset is not None and len(text) == 19:
            found = milliseconds(text)
            time = None if found is None else found - offset
        else:
            time = milliseconds(text, ZoneInfo(self.zone))
            plain = milliseconds(text) if len(text) == 19 and text[13] == ":" else None
            if plain is not None and time is not None:
                if len(self._offsets) > 500_000:
                    self._offsets.clear()
                self._offsets[quarter] = plain - time
        if time is None:
            raise Refused(f"no usable timestamp: {text[:40]!r}")
        if time < EARLIEST:
            raise Refused(f"the timestamp {text[:40]!r} lies before 1990")
        if time > self.received + 86_400_000 + AHEAD:
            raise Refused(f"the timestamp {text[:40]!r} lies in the future")
        return time


class Repeats:
    """Makes ids for rows that have none, in constant memory.

    Rows met before are remembered in a filter of 32 MiB. It can take a new row for an old one (about once in 10^7
    rows); that row then gets another id, the same one each time the file is read.
    """

    BITS = 28

    def __init__(self) -> None:
        self._filter = bytearray(1 << (self.BITS - 3))
        self._counts: dict[bytes, int] = {}

    def id_of(self, raw: bytes) -> str:
        digest = blake2b(raw, digest_size=16).digest()
        number = int.from_bytes(digest, "little")
        mask, met, filter_ = (1 << self.BITS) - 1, True, self._filter
        for _ in range(4):
            place, bit = (number & mask) >> 3, 1 << (number & 7)
            if not filter_[place] & bit:
                met = False
                filter_[place] |= bit
            number >>= 32
        if not met:
            return digest.hex()
        count = self._counts[digest] = self._counts.get(digest, 0) + 1
        return f"{digest.hex()}-{count}"
