"""Once a day: who reached what."""

from django_tasks import task

from wellheard import store
from wellheard.core import clock

from ..models import Milestone
from . import services


@task()
def look_for_milestones() -> None:
    services.look_everywhere(store.get())


@clock.every(hours=24)
def look_daily() -> None:
    if not Milestone.objects.filter(paused=False).exists():
        return
    try:
        store.get().reader  # noqa: B018 - raises when this process only appends
    except store.StoreError:
        return
    look_for_milestones.enqueue()
