"""Letters in files: one each (.eml), or many in one (mbox)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip, open_bytes

from ..base import Reading, Records, prune
from .letter import MOST_BYTES, Letter, NotALetter, open_letter

_FROM = re.compile(rb"^From \S.*\d{4}")


def read(bundle: Bundle, reading: Reading) -> Records:
    number = 0
    for part in bundle.parts:
        for raw in _letters(part.path):
            number += 1
            try:
                found = open_letter(raw)
            except NotALetter as e:
                yield Bad(number, f"{part.name}: {raw[:1500].decode('utf-8', 'replace')}", str(e))
                continue
            if found.automatic and "lists" not in reading.switches:
                yield Skip(number, found.automatic)
            elif not (found.text or found.subject):
                yield Skip(number, "letters without words")
            else:
                yield Row(number, row(found))


def _letters(path: Path) -> Iterator[bytes]:
    """Each letter of an mbox, or the file itself; a letter that is too long is cut where it begins to be."""
    with open_bytes(path) as file:
        first = file.readline(1000)
        if not first.startswith(b"From "):
            yield first + file.read(MOST_BYTES + 1 - len(first))
            return
        letter: list[bytes] = []
        size, blank = 0, False
        for line in file:
            if blank and _FROM.match(line):
                yield b"".join(letter)
                letter, size = [], 0
                continue
            blank = not line.strip()
            if size <= MOST_BYTES:
                letter.append(re.sub(rb"^>(>*From )", rb"\1", line))
            size += len(line)
        if letter:
            yield b"".join(letter)


def row(letter: Letter) -> dict[str, Any]:
    """A letter's words as its writer's; the subject stands above them unless it is only an answer's."""
    return prune(
        {
            "id": letter.id,
            "title": letter.subject if letter.thread in ("", letter.id) else "",
            "text": letter.text,
            "email": letter.sender,
            "name": letter.name,
            "created_at": letter.date,
            "thread": letter.thread,
            "channel": "email",
            "subject": letter.subject,
            "attachments": list(letter.attachments),
        }
    )


def fits(bundle: Bundle) -> int:
    for part in bundle.parts:
        if part.ending in (".eml", ".mbox", ".mbx"):
            return 95
    return 0
