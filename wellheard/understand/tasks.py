"""Background work of understanding: encoding what came in, and looking at themes again."""

from __future__ import annotations

from django_tasks import task
from django_tasks_db.models import DBTaskResult

from wellheard.core import background, clock
from wellheard.people.models import Workspace

from .services import encoding


@task()
def encode_voices(workspace_id: int) -> None:
    """Encode what is missing in a workspace; what is done stays done when this is cut off."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    try:
        encoding.encode(workspace)
    except background.Stopping:
        encode_voices.enqueue(workspace_id)


def _under_way(workspace_id: int) -> bool:
    held = DBTaskResult.objects.filter(status__in=("READY", "RUNNING"), task_path=encode_voices.module_path)
    return any(row.args_kwargs["args"] == [workspace_id] for row in held)


@clock.every(minutes=1)
def encode_what_came_in() -> None:
    for workspace in Workspace.objects.all():
        if encoding.missing(workspace) and not _under_way(workspace.pk):
            encode_voices.enqueue(workspace.pk)


@clock.every(hours=24)
def encode_what_was_edited() -> None:
    for workspace in Workspace.objects.all():
        encoding.edited(workspace)
