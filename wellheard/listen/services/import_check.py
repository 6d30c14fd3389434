"""Looking at a file before anything of it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wellheard.core import background, journal, rows
from wellheard.core.occurrences import Occurrences
from wellheard.people.access import Access
from wellheard.people.importing import Fields, given
from wellheard.people.models import Role, Workspace

from ..models import Import
from . import batches
from .batches import Kept, kept_of, rolled_back, source_named
from .imports import Report, Stopped
from .reading import Item, Manual, Reasons, columns, manual_of, resolve, stream
from .uploads import file_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would bring: its columns, the mapping, its first rows as they would be read, and of those looked at
    what would be refused or left out."""

    columns: list[str]
    mapping: dict[str, str]
    first: list[Fields]
    refused: list[tuple[int, str]]
    skipped: dict[str, int]


def preview(access: Access, what: str, path: Path, manual: Manual, source: str) -> Preview:
    """Read the first 200 rows without storing anything. Raises ValueError for what makes the whole file unusable."""
    access.need(Role.EDITOR)
    mapping = resolve(what, path, manual)
    kept = kept_of(what, source_named(source), manual)
    head = list(islice(stream(path, mapping, what, manual), 200))
    good = [r for r in head if isinstance(r, tuple)]
    result = rolled_back(kept, access.workspace, good)
    refused = [(b.line, b.reason) for b in [*(r for r in head if isinstance(r, rows.Bad)), *result.bad]]
    reasons = Reasons()
    for item in head:
        if isinstance(item, rows.Skip):
            reasons.skip(item)
    return Preview(columns(path, manual), mapping, [f for _, f in good[:5]], sorted(refused), dict(reasons.skips))


def dry_run(
    access: Access, what: str, path: Path, manual: Manual, source: str, told: Callable[[Report], None] | None = None
) -> tuple[Report, Reasons]:
    """Read the whole file and count what would happen; nothing is stored. `told` hears the numbers so far."""
    access.need(Role.EDITOR)
    mapping = resolve(what, path, manual)
    kept = kept_of(what, source_named(source or what), manual)
    report, reasons = Report(0, 0, 0, 0, None), Reasons()
    rest = stream(path, mapping, what, manual)
    seen = Occurrences()  # nothing of an earlier batch is held, so what it would have stored is remembered here
    for batch in batches.in_batches(rest):
        if background.stopping.is_set():
            raise background.Stopping
        report = _counted(report, batch, kept, access.workspace, seen, reasons)
        if told:
            told(report)
    seen.close()
    return report, reasons


def _counted(
    report: Report, batch: list[Item], kept: Kept, workspace: Workspace, seen: Occurrences, reasons: Reasons
) -> Report:
    good = [r for r in batch if isinstance(r, tuple)]
    fresh = [(row, f) for row, f in good if not any(seen.has(key) for key in _keys(kept.what, f))]
    voices_ = kept.what == "voices"
    clashes = [
        (row, f) for row, f in good if voices_ and seen.has(given(f["id"])) and not seen.has(_keys(kept.what, f)[0])
    ]
    result = rolled_back(kept, workspace, fresh)
    bad = [*(r for r in batch if isinstance(r, rows.Bad)), *result.bad]
    if not kept.manner.lasting:
        bad += [rows.Bad(row.line, "", "The id stands in the file with other words too.") for row, _ in clashes]
    lines = {b.line for b in result.bad}
    for row, f in fresh:
        if row.line not in lines:
            for key in _keys(kept.what, f):
                seen.add(key)
    skips = [r for r in batch if isinstance(r, rows.Skip)]
    for skip in skips:
        reasons.skip(skip)
    for one in sorted(bad, key=lambda b: b.line):
        reasons.refuse(one)
    return Report(
        read=report.read + len(batch),
        stored=report.stored + result.stored,
        repeated=report.repeated + result.repeated + len(good) - len(fresh) - len(clashes),
        refused=report.refused + len(bad),
        refused_file=None,
        changed=report.changed + result.changed + (len(clashes) if kept.manner.lasting else 0),
        skipped=report.skipped + len(skips),
    )


def _keys(what: str, f: Fields) -> list[Any]:
    """What makes two rows the same: all of it, and for a voice its id alone as well, for that must not be reused."""
    return [[given(f["id"]), given(f.get("text"))], given(f["id"])] if what == "voices" else [f]


def look(import_id: int) -> Import:
    """The dry run of an uploaded file, in the background; its numbers stay with the import."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    if job.state != Import.State.CHECKING:
        return job
    access = Access(job.workspace, journal.Actor(job.workspace_id, "system", None, job.started_by), Role.EDITOR)

    def told(report: Report) -> None:
        held = Import.objects.filter(pk=job.pk, state=Import.State.CHECKING)
        held.update(looked=report.as_dict())
        if not held.filter(stop=False).exists():
            raise Stopped

    try:
        report, reasons = dry_run(access, job.what, file_of(job), manual_of(job), job.source, told)
    except Stopped:
        Import.objects.filter(pk=job.pk).update(state=Import.State.DRAFT, stop=False, looked={})
    except (rows.Unreadable, ValueError, OSError) as e:
        Import.objects.filter(pk=job.pk).update(state=Import.State.DRAFT, error=str(e), looked={})
    else:
        looked = {
            **report.as_dict(),
            "skips": dict(reasons.skips.most_common(20)),
            "why": dict(reasons.refused.most_common(20)),
            "first": reasons.first,
        }
        Import.objects.filter(pk=job.pk).update(state=Import.State.CHECKED, looked=looked, total=report.read, error="")
    job.refresh_from_db()
    return job
