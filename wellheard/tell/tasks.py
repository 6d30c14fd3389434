"""Background work of telling."""

from datetime import timedelta

from django_tasks import task

from wellheard.core import clock, journal
from wellheard.core.models import Entry

from .services import notices, replies


@task()
def send_notices() -> None:
    while notices.send_due() == notices.BATCH:
        pass


@task()
def send_replies() -> None:
    while replies.send_due() == replies.BATCH:
        pass


@journal.on("voice.answered")
def tell_the_one_who_said_it(entry: Entry) -> None:
    send_replies.enqueue()


@journal.on("release.published")
def tell_everybody(entry: Entry) -> None:
    send_notices.enqueue()


@clock.every(minutes=1)
def send_what_is_due() -> None:
    notices.recover_claims(timedelta(minutes=10))
    notices.found_addresses()
    send_notices.call()
    replies.recover()
    send_replies.call()
