"""Pictures people chose to send: kept as they came, under names nobody can guess, and never shown as anything else."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from wellheard.people.models import token

from ..models import Picture

MOST = 3 * 1024 * 1024
MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


def kind_of(picture: bytes) -> str:
    """By its content, whatever its name or type says. Raises ValueError."""
    if len(picture) > MOST:
        raise ValueError(f"The picture is larger than {MOST // 1024 // 1024} MB.")
    kind = next((k for magic, k in MAGIC.items() if picture.startswith(magic)), "")
    if kind == "png" and (picture[12:16] != b"IHDR" or not _sane(picture[16:24])):
        kind = ""
    if not kind:
        raise ValueError("The picture is neither PNG nor JPEG.")
    return kind


def _sane(size: bytes) -> bool:
    """A PNG's width and height: a browser is not asked to draw what no screen has."""
    return len(size) == 8 and all(1 <= int.from_bytes(side, "big") <= 20_000 for side in (size[:4], size[4:]))


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "pictures"


def keep(picture: bytes, kind: str) -> Path:
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{token()[:40]}.{kind}"
    with path.open("xb") as out:
        out.write(picture)
        out.flush()
        os.fsync(out.fileno())
    return path


def path_of(picture: Picture) -> Path:
    return folder() / picture.name


def forget() -> int:
    """Files whose voice is gone, a day after they came; how many went."""
    oldest = (timezone.now() - timedelta(days=1)).timestamp()
    old = [p for p in folder().iterdir() if p.stat().st_mtime < oldest] if folder().is_dir() else []
    held = set(Picture.objects.filter(name__in=[p.name for p in old]).values_list("name", flat=True)) if old else set()
    gone = [p for p in old if p.name not in held]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
