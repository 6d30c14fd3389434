"""Background work of understanding: encoding what came in, and looking at themes again."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from wellheard.core import background, clock, journal
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from .services import encoding, themes


@task()
def encode_voices(workspace_id: int) -> None:
    """Encode what is missing in a workspace; what is done stays done when this is cut off."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    try:
        encoding.encode(workspace)
        themes.join(workspace)
    except background.Stopping:
        encode_voices.enqueue(workspace_id)


@task()
def look_for_themes(workspace_id: int, name: str = "") -> None:
    """Group what stands under no problem; `name` is who asked for it, none when it is time."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    actor = journal.Actor(workspace.pk, "member", None, name) if name else journal.system(workspace.pk)
    try:
        themes.find_themes(Access(workspace, actor, Role.CONTRIBUTOR))
    except background.Stopping:
        look_for_themes.enqueue(workspace_id, name)


def under_way(job: Any, workspace_id: int) -> bool:
    held = DBTaskResult.objects.filter(status__in=("READY", "RUNNING"), task_path=job.module_path)
    return any(row.args_kwargs["args"][:1] == [workspace_id] for row in held)


@clock.every(minutes=1)
def encode_what_came_in() -> None:
    for workspace in Workspace.objects.all():
        if encoding.missing(workspace) and not under_way(encode_voices, workspace.pk):
            encode_voices.enqueue(workspace.pk)


@clock.every(hours=1)
def look_when_it_is_time() -> None:
    for workspace in Workspace.objects.all():
        if themes.due(workspace, timezone.now()) and not under_way(look_for_themes, workspace.pk):
            look_for_themes.enqueue(workspace.pk)


@clock.every(hours=24)
def encode_what_was_edited() -> None:
    for workspace in Workspace.objects.all():
        encoding.edited(workspace)
