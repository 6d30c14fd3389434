"""Imports for their page: the history, a mapping remembered, the numbers of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellheard.people.models import Workspace

from .. import mapping as maps
from ..models import Import
from ..services.reading import Manual, manual_of


def recent(workspace: Workspace, most: int = 50) -> list[Import]:
    return list(Import.objects.filter(workspace=workspace).order_by("-pk")[:most])


def remembered(workspace: Workspace, what: str, manual: Manual, source: str, columns: Sequence[str]) -> Manual | None:
    """How the last file of the same source was read, if this one has all the columns that were used then."""
    earlier = Import.objects.filter(
        workspace=workspace, what=what, format=manual.format, source=source, state=Import.State.DONE
    )
    for job in earlier.order_by("-pk")[:5]:
        kept = manual_of(job)
        if kept.mended is not None:
            continue
        used = [p for c in kept.pairs.values() if not c.startswith("=") for p in maps.parts(c, columns)]
        if manual.format != "table" or all(column in columns for column in used):
            return replace(kept, encoding=manual.encoding or kept.encoding)
    return None


@dataclass(frozen=True, slots=True)
class Facts:
    """What became of the rows so far, or would become of them: (word, count) for what is more than none."""

    rows: list[tuple[str, int]]
    skips: list[tuple[str, int]]
    why: list[tuple[str, int]]
    first: list[tuple[int, str]]
    percent: int | None
    dry: bool


WORDS = (
    ("read", "Read"), ("stored", "Stored"), ("changed", "Followed what changed"), ("repeated", "Held already"),
    ("skipped", "Left out"), ("refused", "Refused"),
)  # fmt: skip


def facts(job: Import) -> Facts:
    dry = job.state in (Import.State.CHECKING, Import.State.CHECKED)
    looked = job.looked if dry else {}
    counts = [(word, int(looked.get(key, 0) if dry else getattr(job, key))) for key, word in WORDS]
    if dry:
        counts = [("Would be stored" if word == "Stored" else word, count) for word, count in counts]
    shown = [
        (word, count) for word, count in counts if count or word in ("Read", "Stored", "Would be stored", "Refused")
    ]
    skips = looked.get("skips", {}) if dry else job.skips
    percent = min(99, job.read * 100 // job.total) if job.total and not dry else None
    return Facts(
        shown, sorted(skips.items(), key=lambda s: -s[1]), list(looked.get("why", {}).items()),
        [tuple(one) for one in looked.get("first", [])], percent, dry,
    )  # fmt: skip
