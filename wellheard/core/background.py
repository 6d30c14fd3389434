"""Background work: django-tasks in our own database, run by threads of `serve` or by `wellheard worker`.

A task may run twice (a crash after its effect, before its mark), so every task is written to be repeatable.
"""

import logging
import os
import socket
import threading
import time
from datetime import timedelta

from django.db import close_old_connections, transaction
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

log = logging.getLogger(__name__)
# Set while this process stops: long tasks look at it between their steps and ask to be run again later.
stopping = threading.Event()


class Stopping(Exception):
    """The process ends before the task does; what is committed stays, the rest is for the next start."""


HOST = socket.gethostname()[:30]


def worker_name(number: int) -> str:
    return f"{HOST}:{os.getpid()}:{number}"


def _alive(worker: str) -> bool:
    host, _, rest = worker.rpartition(":")[0].partition(":")
    if host != HOST or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def rescue(everything: bool = False) -> int:
    """Put work back in the queue whose worker died in the middle; returns how many.

    `everything` is for the start of the only process on this data: nothing can be running yet.
    """
    rescued = 0
    for row in DBTaskResult.objects.running():
        worker = (row.worker_ids or [""])[-1]
        elsewhere = not worker.startswith(f"{HOST}:")
        fresh = row.started_at and row.started_at > timezone.now() - timedelta(hours=1)
        if not everything and (_alive(worker) or (elsewhere and fresh)):
            continue
        rescued += DBTaskResult.objects.filter(pk=row.pk, status="RUNNING").update(status="READY", started_at=None)
    return rescued


def forget_done(days: int = 7) -> None:
    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - timedelta(days=days)).delete()


def make_worker(number: int, batch: bool = False, interval: float = 0.5) -> Worker:
    return Worker(
        queue_names=["*"],
        interval=interval,
        batch=batch,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_name(number),
        excluded_queue_names=[],
    )


class Workers:
    """Worker threads beside the web threads; `stop` lets the current task end."""

    def __init__(self, count: int) -> None:
        self.workers = [make_worker(n) for n in range(count)]
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        stopping.clear()
        for worker in self.workers:
            thread = threading.Thread(target=self._run, args=(worker,), daemon=True, name="worker")
            thread.start()
            self.threads.append(thread)

    @staticmethod
    def _run(worker: Worker) -> None:
        while worker.running:
            try:
                worker.run()
            except Exception:
                log.exception("a worker stumbled and goes on")
                close_old_connections()
                threading.Event().wait(2)

    def stop(self, timeout: float = 6) -> None:
        """A task that does not end in time is cut off; it is still marked as running and done again at the start."""
        stopping.set()
        for worker in self.workers:
            worker.running = False
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))


def run_all() -> None:
    """Run everything that is queued now, in this thread and on its connection: the command line and the tests."""
    worker = make_worker(99)
    while (task := _claim(worker)) is not None:
        worker.run_task(task)


def _claim(worker: Worker) -> DBTaskResult | None:
    with transaction.atomic():
        task: DBTaskResult | None = DBTaskResult.objects.ready().select_for_update().first()
        if task is not None:
            task.claim(worker.worker_id)
    return task
