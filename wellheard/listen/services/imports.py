"""Bringing a file in: look at it first, then store it batch by batch, resumable after any crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from wellheard.core import background, journal, rows
from wellheard.people import importing_money as money_rows
from wellheard.people.access import Access
from wellheard.people.models import Role

from .. import sources
from ..models import Import
from . import batches
from .batches import Kept, kept_of, source_named
from .reading import Item, Manual, Reasons, columns, manual_of, resolve, stream
from .states import OPEN, OVER
from .uploads import file_of, forget, size_of, source_of

Progress = Callable[[Import], None]


class Overtaken(RuntimeError):
    """Two processes store one import; this one stops, the other's batches count."""


class Stopped(RuntimeError):
    """Somebody asked that no more is stored."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file's rows: read = stored + changed + repeated + skipped + refused."""

    read: int
    stored: int
    repeated: int
    refused: int
    refused_file: str | None
    changed: int = 0
    skipped: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def source_name(manual: Manual, file_name: str) -> str:
    """Ids of a source that keeps its own are told apart by its name, so that a file and a connection agree."""
    return manual.format if sources.named(manual.format).lasting else source_of(file_name)


def draft(access: Access, what: str, path: Path, manual: Manual, source: str, *, name: str = "") -> Import:
    """Keep an uploaded file with how it is to be read; nothing is stored until `start`."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "import.uploaded") as entry:
        made = Import.objects.create(
            workspace=access.workspace,
            what=what,
            format=manual.format,
            source=source_named(source or what),
            file_name=(name or path.name)[:255],
            path=str(path),
            mapping=manual.as_dict(manual.pairs),
            size=size_of(path),
            started_by=access.actor.name,
        )
        entry.about(made, file=made.file_name, what=what)
    return made


def map_again(access: Access, job: Import, what: str, manual: Manual, source: str) -> None:
    """Another mapping for a file that is not stored yet. Raises ValueError for one that cannot be."""
    access.need(Role.EDITOR)
    if not file_of(job).exists():
        raise ValueError("The upload is gone. Bring the file in again.")
    mapping = resolve(what, file_of(job), manual)
    with journal.record(access.actor, "import.mapped") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.state not in OPEN:
            raise ValueError("This file is being stored already.")
        held.what, held.format, held.source = what, manual.format, source_named(source or what)
        held.mapping = manual.as_dict(mapping)
        held.state, held.looked, held.total = Import.State.DRAFT, {}, None
        held.save()
        entry.about(held, fields=sorted(mapping))
    job.refresh_from_db()


def start_import(
    access: Access, what: str, path: Path, pairs: Mapping[str, str] | Manual, source: str, *, name: str = ""
) -> Import:
    """Record an import of a file; `run` stores it. The file is kept under the data folder until it is done."""
    access.need(Role.EDITOR)
    manual = pairs if isinstance(pairs, Manual) else Manual(pairs)
    mapping = resolve(what, path, manual)
    kept = {**manual.as_dict(mapping), "columns": columns(path, manual)}
    with journal.record(access.actor, "import.started") as entry:
        made = Import.objects.create(
            workspace=access.workspace,
            what=what,
            format=manual.format,
            source=source_named(source or what),
            file_name=(name or path.name)[:255],
            path=str(path),
            mapping=kept,
            state=Import.State.WAITING,
            size=size_of(path),
            started_by=access.actor.name,
        )
        entry.about(made, file=made.file_name, what=what)
    return made


def start(access: Access, job: Import) -> None:
    """Store a file that was looked at, or go on with one that was stopped."""
    access.need(Role.EDITOR)
    if job.state not in (*OPEN, Import.State.STOPPED, Import.State.FAILED):
        raise ValueError("This file is being stored already.")
    if not file_of(job).exists():
        raise ValueError("The upload is gone. Bring the file in again.")
    mapping = resolve(job.what, file_of(job), manual_of(job))
    with journal.record(access.actor, "import.started") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.state not in (*OPEN, Import.State.STOPPED, Import.State.FAILED):
            raise ValueError("This file is being stored already.")
        held.mapping["fields"] = mapping
        held.mapping["columns"] = columns(file_of(held), manual_of(held))
        held.state, held.stop, held.error, held.finished_at = Import.State.WAITING, False, "", None
        held.save()
        entry.about(held, file=held.file_name, what=held.what)
    job.refresh_from_db()


def begin_check(access: Access, job: Import) -> None:
    """The whole file is read once in the background, and nothing of it stored."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "import.checked") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.state not in OPEN:
            raise ValueError("This file is being stored already.")
        held.state, held.looked, held.stop, held.error = Import.State.CHECKING, {}, False, ""
        held.save()
        entry.about(held)
    job.refresh_from_db()


def discard(access: Access, job: Import) -> None:
    """An upload of which nothing was stored goes, with its file."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "import.discarded") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.read or held.state not in (*OPEN, Import.State.STOPPED, Import.State.FAILED):
            raise ValueError("Rows of this file are stored. Take the import back instead.")
        entry.about(held, file=held.file_name)
        held.delete()
    forget(file_of(job))


def mend(access: Access, job: Import, path: Path, name: str) -> Import:
    """The refused rows of an import that came back mended: the same mapping, under the same source."""
    before = manual_of(job)
    fields = dict(before.pairs)
    names = before.mended or tuple(job.mapping.get("columns", ())) or tuple(dict.fromkeys(fields.values()))
    manual = replace(before, mended=names)
    next(iter(stream(path, fields, job.what, manual)), None)  # Unreadable here rather than later
    return draft(access, job.what, path, manual, job.source, name=name)


def stop(access: Access, job: Import) -> None:
    """No more of it is stored; what is stored stays, and storing can go on later."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "import.stopped") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.state not in (Import.State.WAITING, Import.State.RUNNING, Import.State.CHECKING):
            raise ValueError("This file is not being stored.")
        held.stop = True
        if held.state == Import.State.WAITING:
            held.state, held.finished_at = Import.State.STOPPED, timezone.now()
        held.save(update_fields=["stop", "state", "finished_at"])
        entry.about(held, read=held.read)


def run(import_id: int, progress: Progress | None = None) -> Import:
    """Store what is not stored yet; safe to call again after a crash, for each batch commits with its position."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    if job.state in OVER:
        return job
    Import.objects.filter(pk=job.pk).update(state=Import.State.RUNNING)
    manual = manual_of(job)
    refused = rows.RefusedFile(_refused_path(job), job.offset)
    try:
        rest = stream(file_of(job), job.mapping["fields"], job.what, manual)
        for _ in islice(rest, job.read):
            pass
        for batch in batches.in_batches(rest):
            if background.stopping.is_set():
                raise background.Stopping
            _store(job, batch, refused, kept_of(job.what, job.source, manual, job))
            if progress:
                progress(job)
    except Stopped:
        return _finish(job, Import.State.STOPPED)
    except (rows.Unreadable, ValueError, OSError) as e:
        return _finish(job, Import.State.FAILED, str(e))
    return _finish(job, Import.State.DONE)


def give_up(import_id: int, error: str) -> Import:
    """Nothing more is tried; the page says why."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    return job if job.state in OVER else _finish(job, Import.State.FAILED, error)


def _refused_path(job: Import) -> Path:
    return Path(settings.DATA) / "refused" / f"import-{job.pk}.csv"


def _finish(job: Import, state: Import.State, error: str = "") -> Import:
    job.state, job.error = state, error
    job.refused_path = str(_refused_path(job)) if job.refused else ""
    job.finished_at = timezone.now()
    actor = journal.Actor(job.workspace_id, "system", None, job.started_by)
    with journal.record(actor, f"import.{job.state}") as entry:
        job.save()
        if job.what == "rates" and job.stored:
            money_rows.reconvert(job.workspace)
        entry.about(job, read=job.read, stored=job.stored, repeated=job.repeated, refused=job.refused)
    if job.state == Import.State.DONE:
        forget(file_of(job))
    return job


def _store(job: Import, batch: list[Item], refused: rows.RefusedFile, kept: Kept) -> None:
    good = [r for r in batch if isinstance(r, tuple)]
    reasons = Reasons()
    with transaction.atomic():
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.read != job.read:
            raise Overtaken(f"{job} is being stored by another process.")
        if held.stop:
            raise Stopped
        result = batches.handle(kept, job.workspace, good)
        bad = sorted([*(r for r in batch if isinstance(r, rows.Bad)), *result.bad], key=lambda b: b.line)
        refused.write(bad)
        for item in batch:
            if isinstance(item, rows.Skip):
                reasons.skip(item)
        job.read += len(batch)
        job.stored += result.stored
        job.changed += result.changed
        job.repeated += result.repeated
        job.refused += len(bad)
        job.skipped += sum(reasons.skips.values())
        for reason, count in reasons.skips.items():
            job.skips[reason] = job.skips.get(reason, 0) + count
        job.offset = refused.size
        job.save(update_fields=["read", "stored", "changed", "repeated", "refused", "skipped", "skips", "offset"])


def report(job: Import, refused_to: Path | None = None) -> Report:
    """The numbers of a finished import; the refused rows may be copied beside the reader's own file."""
    where: str | None = job.refused_path or None
    if where and refused_to is not None:
        shutil.copyfile(where, refused_to)
        where = str(refused_to)
    return Report(job.read, job.stored, job.repeated, job.refused, where, job.changed, job.skipped)
