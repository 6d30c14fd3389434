"""What runs inside `wellheard serve` beside the web threads, and the way in for commands typed meanwhile."""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import logging
import os
import secrets
import signal
import sys
import threading
from multiprocessing.util import Finalize
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections
from django.urls import get_resolver

from wellheard import store
from wellheard.core import background, clock
from wellheard.core.clock import tick
from wellheard.people.models import Workspace
from wellheard.understand import holding
from wellheard.understand.queries import routes

log = logging.getLogger(__name__)
SECRET = secrets.token_urlsafe(32)
_stop = threading.Event()


def server_file() -> Path:
    return Path(settings.DATA) / "server.json"


def _die_with_parent() -> None:
    """The supervising process gone (also by kill −9) means we go too; nothing may hold the folder unseen."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            if _stop.wait(0.5):
                return
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def _tick_forever() -> None:
    while not _stop.wait(settings.CLOCK_SECONDS):
        try:
            close_old_connections()
            tick()
        except Exception:
            log.exception("the clock stumbled and goes on")


def start() -> None:
    """Open the store, rescue interrupted work, start workers and clock; undone again at exit."""
    _die_with_parent()
    get_resolver().url_patterns  # noqa: B018 - loads every page now, not while the first two people wait for it at once
    opened = store.Store.open(settings.DATA, settings.EVENTS_URL, memory_mb=settings.EVENTS_MEMORY_MB)
    store.use(opened)
    background.rescue(everything=not settings.EVENTS_URL)
    workers = background.Workers(settings.WORKER_THREADS)
    workers.start()
    threading.Thread(target=_tick_forever, daemon=True, name="clock").start()
    path = server_file()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({"url": os.environ.get("WELLHEARD_SERVING"), "secret": SECRET, "pid": os.getpid()}, out)

    def stop() -> None:
        if _stop.is_set():
            return
        _stop.set()
        path.unlink(missing_ok=True)
        workers.stop()
        opened.close()

    # The web server runs this in a child of multiprocessing, which leaves without atexit but runs its finalizers.
    Finalize(None, stop, exitpriority=10)
    atexit.register(stop)
    # A full collection of garbage stops every thread. What is loaded by now stays, so none needs to walk over it again:
    # that took 100 to 170 ms, in the middle of whatever was being answered.
    gc.collect()
    gc.freeze()


@clock.every(minutes=20)
def warm_indexes() -> None:
    """Make the index of each workspace before somebody waits for it."""
    for workspace in Workspace.objects.order_by("-pk")[:8]:
        holding.index_of(workspace)
        routes.warm(workspace)


@clock.every(hours=1)
def tidy_queue() -> None:
    background.rescue()
    background.forget_done()
