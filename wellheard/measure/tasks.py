"""Background work of measuring."""

from django_tasks import task

from wellheard import store
from wellheard.core import clock, journal
from wellheard.core.models import Entry

from .celebrating import tasks as celebrating  # noqa: F401 - its clock job
from .dashboards import tasks  # noqa: F401 - its clock jobs
from .reminders import remind_due
from .services import measure_due


@task()
def judge_now() -> None:
    judge_due_bets()


@journal.on("release.published")
def judge_what_shipped_long_ago(entry: Entry) -> None:
    judge_now.enqueue()


@clock.every(hours=1)
def remind_of_verdicts() -> None:
    remind_due()


@clock.every(hours=1)
def judge_due_bets() -> None:
    try:
        held = store.get()
        held.reader  # noqa: B018 - raises when this process only appends
    except store.StoreError:
        return
    measure_due(held)
