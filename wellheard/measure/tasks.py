"""Background work of measuring."""

import smtplib
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from wellheard import store
from wellheard.core import clock, journal
from wellheard.core.models import Entry
from wellheard.decide.models import Touch
from wellheard.people.models import Workspace
from wellheard.tell.models import Release

from .celebrating import tasks as celebrating  # noqa: F401 - its clock job
from .dashboards import tasks  # noqa: F401 - its clock jobs
from .fading.services import look_at_all
from .reminders import remind_due
from .selfcheck.services import check_all, check_workspace, just_checked
from .services import measure_due
from .staged.letting_in import let_in
from .trials.looking import look_at_running
from .updates import message_for


def _readable() -> store.Store | None:
    """The event store; None in a process that only appends, or while it is away."""
    try:
        held = store.get()
        held.reader  # noqa: B018 - raises when this process only appends
    except store.StoreError:
        return None
    return held


@task()
def judge_now() -> None:
    judge_due_bets()


@task()
def let_in_now(release: int | None, kind: str, actor: int | None, name: str) -> None:
    found = Release.objects.select_related("workspace").filter(pk=release or 0).first()
    if found is not None:
        let_in(found, journal.Actor(found.workspace_id, kind, actor, name))


@journal.on("release.published")
def let_them_in(entry: Entry) -> None:
    let_in_now.enqueue(entry.thing_id, entry.actor_kind, entry.actor_id, entry.actor_name)


@journal.on("release.published")
def judge_what_shipped_long_ago(entry: Entry) -> None:
    judge_now.enqueue()


@clock.every(hours=1)
def remind_of_verdicts() -> None:
    remind_due()


@clock.every(hours=1)
def judge_due_bets() -> None:
    if (held := _readable()) is not None:
        measure_due(held)


@clock.every(hours=1)
def look_at_experiments() -> None:
    if (held := _readable()) is not None:
        look_at_running(held)


@task()
def check_now(workspace: int, kind: str, actor: int | None, name: str) -> None:
    """The self-check somebody asked for."""
    found = Workspace.objects.filter(pk=workspace).first()
    if found is not None and not just_checked(found):
        check_workspace(found, store.get(), journal.Actor(workspace, kind, actor, name))


@clock.every(hours=1)
def look_at_later_weeks() -> None:
    if (held := _readable()) is not None:
        look_at_all(held)


@clock.every(hours=1)
def check_ourselves() -> None:
    if (held := _readable()) is not None:
        check_all(held)


@task()
def mail_update(touch: int, subject: str, text: str) -> None:
    """An update to a colleague; tried again while the mail server is away."""
    made = Touch.objects.select_related("stakeholder__member__user", "workspace").filter(pk=touch).first()
    message = message_for(made, subject, text) if made else None
    if message is None:
        return
    try:
        message.send()
    except (OSError, smtplib.SMTPException):
        mail_update.using(run_after=timezone.now() + timedelta(minutes=5)).enqueue(touch, subject, text)
