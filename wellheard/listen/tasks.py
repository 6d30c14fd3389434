"""Background work of listening."""

from __future__ import annotations

import logging

from django_tasks import task

from wellheard.core import background, clock, search

from .models import Delivery
from .services import hearing, import_check, import_undo, imports, pictures, uploads

log = logging.getLogger(__name__)
TRIES = 3


@task()
def store_import(import_id: int, tries: int = 1) -> None:
    """Store a file's rows. What fails by chance (a busy database, two who make the same person) is tried again."""
    try:
        imports.run(import_id)
    except background.Stopping:
        store_import.enqueue(import_id, tries)
    except imports.Overtaken:
        log.warning("import %s is under way elsewhere", import_id)
    except Exception as e:
        log.exception("import %s stumbled (try %s of %s)", import_id, tries, TRIES)
        if tries < TRIES:
            store_import.enqueue(import_id, tries + 1)
        else:
            imports.give_up(import_id, f"Storing failed {TRIES} times ({type(e).__name__}); the log has the details.")


@task()
def look_at_import(import_id: int) -> None:
    """The dry run of an upload; begun anew when it was cut off, for it stores nothing."""
    try:
        import_check.look(import_id)
    except background.Stopping:
        look_at_import.enqueue(import_id)


@task()
def undo_import(import_id: int) -> None:
    """Take an import back; what is gone stays gone when this is run again."""
    try:
        import_undo.run(import_id)
    except background.Stopping:
        undo_import.enqueue(import_id)


@task()
def work_on_delivery(delivery_id: int, tries: int = 1) -> None:
    """Do what came through a door; what fails by chance is tried again."""
    try:
        hearing.work(delivery_id)
    except Delivery.DoesNotExist:  # its connection was removed meanwhile
        return
    except Exception as e:
        log.exception("delivery %s stumbled (try %s of %s)", delivery_id, tries, TRIES)
        if tries < TRIES:
            work_on_delivery.enqueue(delivery_id, tries + 1)
        elif (held := Delivery.objects.filter(pk=delivery_id).first()) is not None:
            hearing.fail(held, f"Working on it failed {TRIES} times ({type(e).__name__}); the log has the details.")


@clock.every(hours=6)
def forget_uploads() -> None:
    uploads.forget_uploads()
    hearing.forget()


@clock.every(hours=24)
def forget_pictures() -> None:
    pictures.forget()


@clock.every(hours=24)
def tidy_words() -> None:
    search.tidy()
