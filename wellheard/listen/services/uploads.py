"""Files that were uploaded: kept under the data folder until they are stored or forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from wellheard.core import bundle, rows
from wellheard.people.models import token

from ..models import Import
from .states import OPEN, OVER

KEEP_UPLOADS = timedelta(days=2)
KEEP_STOPPED = timedelta(days=30)


def source_of(file_name: str) -> str:
    """The source a file's rows get when none is named: the file's name without its endings."""
    name = Path(file_name).name
    while Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".gz"):
        name = Path(name).stem
    return name.strip()[:60]


def size_of(path: Path) -> int:
    return sum(part.path.stat().st_size for part in bundle.Bundle.of(path).parts)


def keep_file(chunks: Iterator[bytes] | Any, name: str) -> Path:
    """Store an uploaded file under the data folder with a name of ours; only its ending is the sender's."""
    folder = Path(settings.DATA) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    ending = "".join(s for s in Path(name).suffixes[-2:] if s.lower() in ENDINGS)
    path = folder / f"{token()}{ending.lower() or '.csv'}"
    with path.open("xb") as out:
        for chunk in chunks:
            out.write(chunk)
    return path


ENDINGS = (
    ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".gz", ".zip", ".eml", ".mbox", ".mbx", ".xml",
)  # fmt: skip


def keep_files(uploads: list[tuple[str, Any]]) -> tuple[Path, str]:
    """Keep what was uploaded and what to call it: one file; several together in a folder; a zip unpacked."""
    kept = [(name, keep_file(chunks, name)) for name, chunks in uploads]
    try:
        if len(kept) > 1:
            folder = kept[0][1].with_suffix("").with_name(f"{kept[0][1].name.split('.')[0]}-files")
            return bundle.together(kept, folder), f"{kept[0][0]} and {len(kept) - 1} more"
        name, path = kept[0]
        return unpacked(path), name
    except rows.Unreadable:
        for _, path in kept:
            path.unlink(missing_ok=True)
        raise


def unpacked(path: Path, keep: bool = False) -> Path:
    """The folder of what a zip holds, under the data folder; any other file as it is. The zip goes, unless kept."""
    if not bundle.is_zip(path):
        return path
    folder = bundle.unpack(path, Path(settings.DATA) / "imports" / f"{token()}-files")
    if not keep:
        forget(path)
    return folder


def file_of(job: Import) -> Path:
    """Where the file or folder lies; an upload moves with its data folder (a restored backup)."""
    kept = Path(settings.DATA) / "imports" / Path(job.path).name
    return kept if kept.exists() else Path(job.path)


def forget(kept: Path) -> None:
    """An upload goes when it is stored; somebody's own file on this machine stays."""
    if kept.parent == Path(settings.DATA) / "imports":
        if kept.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
        else:
            kept.unlink(missing_ok=True)


def forget_uploads() -> int:
    """Files that were uploaded, looked at and never stored, or stopped long ago; returns how many went."""
    folder = Path(settings.DATA) / "imports"
    now = timezone.now()
    Import.objects.filter(state__in=OPEN, created_at__lt=now - KEEP_UPLOADS).delete()
    over = Import.objects.filter(state__in=[Import.State.DONE, Import.State.UNDONE, Import.State.UNDOING])
    old = Import.objects.filter(state__in=OVER, finished_at__lt=now - KEEP_STOPPED)
    held = Import.objects.exclude(pk__in=over).exclude(pk__in=old).values_list("path", flat=True)
    wanted = {Path(path).name for path in held}
    oldest, gone = (now - KEEP_UPLOADS).timestamp(), 0
    for upload in folder.iterdir() if folder.is_dir() else ():
        if upload.name not in wanted and upload.stat().st_mtime < oldest:
            forget(upload)
            gone += 1
    return gone
