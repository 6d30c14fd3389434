"""Taking an import back: its voices go, except those that somebody has made something of since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wellheard.core import background, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Import, Triage, Voice

BATCH = 1000
Keeps = Callable[[], Q]
_keeps: list[Keeps] = []


def keeps(fn: Keeps) -> Keeps:
    """Register what makes a voice stay when its import is taken back (it is evidence of a problem, …)."""
    if fn not in _keeps:
        _keeps.append(fn)
    return fn


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many voices would go, and how many stay because something was made of them."""

    goes: int
    stays: int


def outlook(job: Import) -> Outlook | None:
    """None when there is nothing to take back: no voices, or files of people, accounts and money."""
    total = Voice.objects.filter(brought_by=job).count() if job.what == "voices" else 0
    if not total:
        return None
    goes = untouched(job).count()
    return Outlook(goes, total - goes)


def untouched(job: Import, among: Sequence[int] | None = None) -> QuerySet[Voice]:
    """Not sorted, not changed at its source, no idea that was answered, commented on or merged, nobody's evidence.

    `among` narrows it to these voices: a large import is gone through part by part.
    """
    brought = Voice.objects.filter(brought_by=job)
    if among is not None:
        brought = brought.filter(pk__in=among)
    made = Q(idea__comments__isnull=False) | Q(idea__merged__isnull=False) | Q(idea__merged_into__isnull=False)
    touched = brought.filter(~Q(idea=None), made | ~Q(idea__answer="") | Q(comment__isnull=False))
    for keep in _keeps:
        touched = touched | brought.filter(keep())
    return brought.filter(triage=Triage.NEW, changed_at=None).exclude(pk__in=touched.values("pk"))


def begin(access: Access, job: Import) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "import.taken_back") as entry:
        held = Import.objects.select_for_update().get(pk=job.pk)
        if held.state not in (Import.State.DONE, Import.State.STOPPED) or held.what != "voices":
            raise ValueError("Only stored files of what people said can be taken back.")
        held.state = Import.State.UNDOING
        held.save(update_fields=["state"])
        entry.about(held, file=held.file_name, stored=held.stored)


def run(import_id: int) -> Import:
    """Delete batch by batch; goes on where it was after a crash, for what is gone is gone."""
    job = Import.objects.select_related("workspace").get(pk=import_id)
    if job.state != Import.State.UNDOING:
        return job
    last = 0
    while part := list(
        Voice.objects.filter(brought_by=job, pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        if background.stopping.is_set():
            raise background.Stopping
        last = part[-1]
        with transaction.atomic():
            going = list(untouched(job, part).values_list("pk", flat=True))
            Voice.objects.filter(pk__in=going).delete()
            job.undone += len(going)
            job.save(update_fields=["undone"])
    job.state, job.finished_at = Import.State.UNDONE, timezone.now()
    with journal.record(journal.Actor(job.workspace_id, "system", None, job.started_by), "import.undone") as entry:
        job.save(update_fields=["state", "finished_at"])
        entry.about(job, gone=job.undone, kept=job.stored - job.undone)
    return job
