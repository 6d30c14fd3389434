"""Any table: CSV with a header line, or JSON objects."""

from __future__ import annotations

from wellheard.core import rows
from wellheard.core.bundle import Bundle

from ..base import Reading, Records, Source


def read(bundle: Bundle, reading: Reading) -> Records:
    before = 0
    for part in bundle.parts:
        line = 0
        for row in rows.read(part.path, reading.encoding):
            line = row.line
            if before:  # lines go on counting over several files, so that a reason names one place
                row = (
                    rows.Row(before + line, row.values)
                    if isinstance(row, rows.Row)
                    else rows.Bad(before + line, row.raw, row.reason)
                )
            yield row
        before += line


SOURCE = Source(
    name="table",
    label="A table (CSV or JSON)",
    about="Any file with a row for each thing somebody said. You say which column is what.",
    channel="other",
    recipe=(
        "Save the sheet as CSV (UTF-8) with one header line, or write JSON: one object a line, or a list of objects.",
        "Separators , ; tab and | are found out; so are UTF-8 with a mark and UTF-16. Other encodings you name.",
        "Only the words are needed. An id makes sure that nothing is stored twice when you bring the file in again.",
    ),
    accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,.gz,.zip",
    read=read,
)
