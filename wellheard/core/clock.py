"""The clock inside `serve`: named jobs that fall due, each run by one process at a time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

log = logging.getLogger(__name__)
Job = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timed:
    name: str
    every: timedelta
    run: Job


JOBS: dict[str, Timed] = {}


def every(**interval: float) -> Callable[[Job], Job]:
    """Run the function at most once per interval, e.g. `@every(minutes=5)`, over all processes."""

    def register(fn: Job) -> Job:
        name = f"{fn.__module__}.{fn.__name__}"  # type: ignore[attr-defined]
        JOBS[name] = Timed(name, timedelta(**interval), fn)
        return fn

    return register


def tick() -> list[str]:
    """Run every job that is due; returns their names. A job that fails is logged and tried at its next turn."""
    from .models import Turn

    ran = []
    for job in JOBS.values():
        now = timezone.now()
        Turn.objects.get_or_create(job=job.name)
        due = Turn.objects.filter(job=job.name).filter(Q(ran_at=None) | Q(ran_at__lte=now - job.every))
        # Looked at before it is taken: a write lock each few seconds would hold up everybody else's writes.
        if not due.exists() or not due.update(ran_at=now):
            continue
        try:
            job.run()
        except Exception:
            log.exception("clock job %s failed; it is tried again in %s", job.name, job.every)
        ran.append(job.name)
    return ran
