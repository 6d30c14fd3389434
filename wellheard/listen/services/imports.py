"""Bringing a file in: look at it first, then store it batch by batch, resumable after any crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from wellheard.core import background, clean, journal, rows
from wellheard.core.occurrences import Occurrences
from wellheard.people import importing as people_rows
from wellheard.people import importing_money as money_rows
from wellheard.people import importing_stripe
from wellheard.people.access import Access
from wellheard.people.importing import Fields, Result, given
from wellheard.people.models import Role, Workspace

from .. import mapping as maps
from ..importing import voices
from ..models import Import

BATCH = 1000
KEEP_UPLOADS = timedelta(days=2)
Progress = Callable[[Import], None]


class Overtaken(RuntimeError):
    """Two processes store one import; this one stops, the other's batches count."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would bring: the mapping, its first rows as they would be read, and what would be refused."""

    columns: list[str]
    mapping: dict[str, str]
    first: list[Fields]
    refused: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file's rows: read = stored + repeated + refused."""

    read: int
    stored: int
    repeated: int
    refused: int
    refused_file: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _handle(what: str, workspace: Workspace, source: str, batch: list[tuple[rows.Row, Fields]]) -> Result:
    if what == "voices":
        return voices(workspace, source, batch)
    handler: people_rows.Handler = {
        "people": people_rows.people,
        "accounts": people_rows.accounts,
        "money": money_rows.money,
        "rates": money_rows.rates,
        "stripe": importing_stripe.exported,
    }[what]
    return handler(workspace, batch)


def _read(
    path: Path, mapping: Mapping[str, str], what: str, encoding: str
) -> Iterator[tuple[rows.Row, Fields] | rows.Bad]:
    columns = rows.columns(path, encoding)
    seen = Occurrences()
    try:
        for row in rows.read(path, encoding):
            if isinstance(row, rows.Bad):
                yield row
                continue
            fields = maps.apply(mapping, columns, row.values)
            if what == "voices" and not given(fields.get("id")):
                fields["id"] = seen.key(row.values)
            yield row, fields
    finally:
        seen.close()


def preview(
    access: Access, what: str, path: Path, pairs: Mapping[str, str], source: str, encoding: str = ""
) -> Preview:
    """Read the first 200 rows without storing anything. Raises ValueError for what makes the whole file unusable."""
    access.need(Role.EDITOR)
    mapping = maps.resolve(what, path, pairs, encoding)
    _source(source)
    head = list(islice(_read(path, mapping, what, encoding), 200))
    good = [r for r in head if isinstance(r, tuple)]
    result = _rolled_back(what, access.workspace, source, good)
    refused = [(b.line, b.reason) for b in [*(r for r in head if isinstance(r, rows.Bad)), *result.bad]]
    return Preview(rows.columns(path, encoding), mapping, [f for _, f in good[:5]], sorted(refused))


def _rolled_back(what: str, workspace: Workspace, source: str, batch: list[tuple[rows.Row, Fields]]) -> Result:
    with transaction.atomic():
        result = _handle(what, workspace, source, batch)
        transaction.set_rollback(True)
    return result


def dry_run(access: Access, what: str, path: Path, pairs: Mapping[str, str], source: str, encoding: str = "") -> Report:
    """Read the whole file and count what would happen; nothing is stored."""
    access.need(Role.EDITOR)
    mapping = maps.resolve(what, path, pairs, encoding)
    read = stored = repeated = refused = 0
    source = _source(source or what)
    stream = _read(path, mapping, what, encoding)
    seen = Occurrences()  # nothing of an earlier batch is held, so what it would have stored is remembered here
    while batch := list(islice(stream, BATCH)):
        good = [r for r in batch if isinstance(r, tuple)]
        fresh = [(row, f) for row, f in good if not any(seen.has(key) for key in _keys(what, f))]
        clashes = [
            f for _, f in good if what == "voices" and seen.has(given(f["id"])) and not seen.has(_keys(what, f)[0])
        ]
        result = _rolled_back(what, access.workspace, source, fresh)
        bad = {b.line for b in result.bad}
        for row, f in fresh:
            if row.line not in bad:
                for key in _keys(what, f):
                    seen.add(key)
        read += len(batch)
        stored += result.stored
        repeated += result.repeated + len(good) - len(fresh) - len(clashes)
        refused += len(batch) - len(good) + len(result.bad) + len(clashes)
    seen.close()
    return Report(read, stored, repeated, refused, None)


def _keys(what: str, f: Fields) -> list[Any]:
    """What makes two rows the same: all of it, and for a voice its id alone as well, for that must not be reused."""
    return [[given(f["id"]), given(f.get("text"))], given(f["id"])] if what == "voices" else [f]


def _source(name: str) -> str:
    return clean.text(name, 60, "The name of the source")


def source_of(file_name: str) -> str:
    """The source a file's rows get when none is named: the file's name without its endings."""
    name = Path(file_name).name
    while Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".gz"):
        name = Path(name).stem
    return name.strip()[:60]


def start_import(
    access: Access, what: str, path: Path, pairs: Mapping[str, str], source: str, encoding: str = "", *, name: str = ""
) -> Import:
    """Record an import of a file; `run` stores it. The file is kept under the data folder until it is done."""
    access.need(Role.EDITOR)
    mapping = maps.resolve(what, path, pairs, encoding)
    with journal.record(access.actor, "import.started") as entry:
        made = Import.objects.create(
            workspace=access.workspace,
            what=what,
            source=_source(source or what),
            file_name=(name or path.name)[:255],
            path=str(path),
            mapping={"fields": mapping, "encoding": encoding},
            state=Import.State.WAITING,
            size=path.stat().st_size,
            started_by=access.actor.name,
        )
        entry.about(made, file=made.file_name, what=what)
    return made


def keep_file(chunks: Iterator[bytes] | Any, name: str) -> Path:
    """Store an uploaded file under the data folder with a name of ours; only its ending is the sender's."""
    from wellheard.people.models import token

    folder = Path(settings.DATA) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    ending = "".join(s for s in Path(name).suffixes[-2:] if s.lower() in (".csv", ".jsonl", ".ndjson", ".json", ".gz"))
    path = folder / f"{token()}{ending.lower() or '.csv'}"
    with path.open("xb") as out:
        for chunk in chunks:
            out.write(chunk)
    return path


def run(import_id: int, progress: Progress | None = None) -> Import:
    """Store what is not stored yet; safe to call again after a crash, for each batch commits with its position."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    if job.state in (Import.State.DONE, Import.State.FAILED):
        return job
    Import.objects.filter(pk=job.pk).update(state=Import.State.RUNNING)
    refused_path = _refused_path(job)
    refused = rows.RefusedFile(refused_path, job.offset)
    try:
        stream = _read(_file_of(job), job.mapping["fields"], job.what, job.mapping.get("encoding", ""))
        for _ in islice(stream, job.read):
            pass
        while batch := list(islice(stream, BATCH)):
            if background.stopping.is_set():
                raise background.Stopping
            _store(job, batch, refused)
            if progress:
                progress(job)
    except (rows.Unreadable, OSError) as e:
        return _finish(job, Import.State.FAILED, str(e))
    return _finish(job, Import.State.DONE)


def give_up(import_id: int, error: str) -> Import:
    """Nothing more is tried; the page says why."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    return job if job.state in (Import.State.DONE, Import.State.FAILED) else _finish(job, Import.State.FAILED, error)


def _file_of(job: Import) -> Path:
    """Where the file lies; an upload moves with its data folder (a restored backup)."""
    kept = Path(settings.DATA) / "imports" / Path(job.path).name
    return kept if kept.is_file() else Path(job.path)


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
    if (kept := _file_of(job)).parent == Path(settings.DATA) / "imports" and job.state == Import.State.DONE:
        kept.unlink(missing_ok=True)
    return job


def _store(job: Import, batch: list[tuple[rows.Row, Fields] | rows.Bad], refused: rows.RefusedFile) -> None:
    good = [r for r in batch if isinstance(r, tuple)]
    with transaction.atomic():
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.read != job.read:
            raise Overtaken(f"{job} is being stored by another process.")
        result = _handle(job.what, job.workspace, job.source, good)
        bad = sorted([*(r for r in batch if isinstance(r, rows.Bad)), *result.bad], key=lambda b: b.line)
        refused.write(bad)
        job.read += len(batch)
        job.stored += result.stored
        job.repeated += result.repeated
        job.refused += len(bad)
        job.offset = refused.size
        job.save(update_fields=["read", "stored", "repeated", "refused", "offset"])


def forget_uploads() -> int:
    """Files that were uploaded, looked at and never stored; returns how many went."""
    folder = Path(settings.DATA) / "imports"
    held = Import.objects.exclude(state=Import.State.DONE).values_list("path", flat=True)
    wanted = {Path(path).name for path in held}
    oldest, gone = (timezone.now() - KEEP_UPLOADS).timestamp(), 0
    for upload in folder.iterdir() if folder.is_dir() else ():
        if upload.name not in wanted and upload.stat().st_mtime < oldest:
            upload.unlink(missing_ok=True)
            gone += 1
    return gone


def report(job: Import, refused_to: Path | None = None) -> Report:
    """The numbers of a finished import; the refused rows may be copied beside the reader's own file."""
    where: str | None = job.refused_path or None
    if where and refused_to is not None:
        shutil.copyfile(where, refused_to)
        where = str(refused_to)
    return Report(job.read, job.stored, job.repeated, job.refused, where)
