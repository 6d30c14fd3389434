"""Background work of telling."""

import threading
from datetime import timedelta

from django.conf import settings
from django_tasks import task

from wellheard.core import background, clock, journal
from wellheard.core.models import Entry
from wellheard.listen.models import Idea

from .services import erasing, following, handing, letters, notices, replies, telling, webhooks
from .services.post import resting
from .webhooks.kinds import KINDS

# Seconds that one notice takes at least, at the usual pace.
LONGEST_PAUSE = 0.05
_sending = threading.Lock()


@task()
def send_notices() -> None:
    """In batches, so that each has its own connection; by one thread of a process, at a pace that leaves room for pages.
    While the mail server is away it is asked now and then only."""
    if not _sending.acquire(blocking=False):
        return
    try:
        pause = min(LONGEST_PAUSE, 60 / max(1, settings.MAIL_PER_MINUTE))
        while not background.stopping.is_set() and not resting() and notices.send_batch(pause=pause)[1]:
            pass
    finally:
        _sending.release()


@task()
def send_replies() -> None:
    while not resting() and replies.send_due() == handing.BATCH:
        pass


@journal.on("voice.answered")
@journal.on("voices.answered")
def tell_the_one_who_said_it(entry: Entry) -> None:
    send_replies.enqueue()


@task()
def send_follow_notices() -> None:
    while not resting() and following.send_due() == handing.BATCH:
        pass


@task()
def send_letters() -> None:
    while not resting() and letters.send_due() == handing.BATCH:
        pass


@journal.on("idea.answered")
def tell_the_followers(entry: Entry) -> None:
    """A change that the public sees; hiding and showing alone is none."""
    idea = Idea.objects.filter(pk=entry.thing_id or 0).first()
    change = idea.changes.order_by("-pk").first() if idea and entry.data.get("changed") else None
    if idea and change and following.owe(idea, change):
        send_follow_notices.enqueue()


@task()
def finish_erasures() -> None:
    erasing.finish()


@journal.on("person.erased")
def erase_their_events(entry: Entry) -> None:
    finish_erasures.enqueue()


@journal.on("decision.published")
@journal.on("decision.told")
@journal.on("release.published")
def tell_everybody(entry: Entry) -> None:
    send_notices.enqueue()


@clock.every(minutes=1)
def send_what_is_due() -> None:
    notices.recover_claims(timedelta(minutes=10))
    notices.found_addresses()
    if notices.due().exists():
        send_notices.enqueue()  # ten thousand take minutes: nothing else that is due waits for them
    finish_erasures.call()
    handing.recover()
    send_replies.call()
    send_follow_notices.call()
    send_letters.call()


@task()
def tell_webhooks() -> None:
    """One task for each address, so that a slow one holds up nobody else."""
    for number in telling.due():
        tell_webhook.enqueue(number)


@task()
def tell_webhook(number: int) -> None:
    telling.tell_all(number)


for verb in {verb for kind in KINDS.values() for verb in kind.verbs}:
    journal.on(verb)(webhooks.tell)


@clock.every(seconds=5)
def tell_webhooks_that_wait() -> None:
    if telling.due():
        tell_webhooks.call()


@clock.every(days=1)
def forget_old_tellings() -> None:
    telling.forget_old()
