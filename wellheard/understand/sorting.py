"""When suggestions of kind and sentiment are made: after a voice came in, after members sorted some, and for whatever
was missed (imports, a crash), by the clock. Also how other layers ask for what is suggested."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from wellheard.core import background, clock, journal
from wellheard.core.models import Entry
from wellheard.listen import sorting
from wellheard.people.models import Workspace

from .services import suggestions

log = logging.getLogger(__name__)
# Lessons that follow each other closely are learnt together.
PAUSE = timedelta(seconds=10)


@task()
def suggest_new(workspace_id: int) -> None:
    """Suggest for every voice that waits. Run twice, the second finds nothing to do."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    try:
        suggestions.suggest_waiting(workspace)
    except background.Stopping:
        suggest_new.enqueue(workspace_id)


@task()
def learn_from_members(workspace_id: int) -> None:
    """After members sorted voices: look again at the newest that nobody sorted."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return
    try:
        suggestions.suggest_again(workspace)
    except background.Stopping:
        learn_from_members.enqueue(workspace_id)


def _waits(which: Task, workspace_id: int) -> bool:
    rows = DBTaskResult.objects.filter(status="READY", task_path=which.module_path)
    return any(r.args_kwargs["args"] == [workspace_id] for r in rows.only("args_kwargs")[:200])


def _heard(entry: Entry) -> None:
    if not _waits(suggest_new, entry.workspace_id):
        suggest_new.enqueue(entry.workspace_id)


def _sorted(entry: Entry) -> None:
    if not _waits(learn_from_members, entry.workspace_id):
        learn_from_members.using(run_after=timezone.now() + PAUSE).enqueue(entry.workspace_id)


for verb in ("voice.captured", "voice.heard", "voices.brought", "voice.said", "idea.posted"):
    journal.on(verb)(_heard)
for verb in ("voice.sorted", "voices.sorted"):
    journal.on(verb)(_sorted)


@clock.every(seconds=30)
def suggest_what_was_missed() -> None:
    """Imports bring thousands without a word about each, and ways in may be forgotten above: nothing stays without."""
    for workspace in Workspace.objects.order_by("pk"):
        if suggestions.waiting(workspace).exists() and not _waits(suggest_new, workspace.pk):
            suggest_new.enqueue(workspace.pk)


@sorting.suggests
def suggested(field: sorting.Field, value: str) -> Q:
    if value:
        return Q(**{f"suggestion__{field}": value})
    return Q(suggestion=None) | Q(**{f"suggestion__{field}": ""})
