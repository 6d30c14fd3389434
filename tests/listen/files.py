"""Files as people have them, and bringing them in the way the command line does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellheard.listen.models import Import
from wellheard.listen.services import imports
from wellheard.listen.services.reading import Manual
from wellheard.people.access import Access

Rows = Sequence[Sequence[object]]


def text_of(head: Sequence[str], rows: Rows, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([list(head), *[list(r) for r in rows]])
    return out.getvalue()


def lines_of(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(dict(r), ensure_ascii=False) + "\n" for r in rows)


class Files:
    """A folder of files and a workspace they are brought into."""

    def __init__(self, folder: Path, access: Access) -> None:
        self.folder, self.access = folder, access

    def write(self, content: str | bytes, name: str = "voices.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def job(
        self, path: Path, what: str = "voices", source: str = "", encoding: str = "", format: str = "table",
        switches: Sequence[str] = (), **mapping: str,
    ) -> Import:  # fmt: skip
        manual = Manual(mapping, encoding, format, switches)
        started = imports.start_import(
            self.access, what, path, manual, source or imports.source_name(manual, path.name)
        )
        return imports.run(started.pk)

    def bring(self, content: str | bytes | Path, name: str = "voices.csv", **more: Any) -> imports.Report:
        """Store a file; whatever happens, every row read is stored, repeated or refused."""
        path = content if isinstance(content, Path) else self.write(content, name)
        report = imports.report(self.job(path, **more))
        assert report.read == report.stored + report.changed + report.repeated + report.skipped + report.refused
        assert len(refused(report)) == report.refused
        return report


def counts(report: imports.Report) -> tuple[int, int, int, int]:
    return report.read, report.stored, report.repeated, report.refused


def refused(report: imports.Report) -> list[tuple[int, str, str]]:
    """(line, reason, row) of everything refused."""
    if report.refused_file is None:
        return []
    with open(report.refused_file, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reason", "row"]
    return [(int(line), reason, row) for line, reason, row in rows[1:]]
