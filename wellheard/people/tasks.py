"""Background work of people and accounts."""

from __future__ import annotations

import logging

from django_tasks import task

from wellheard.people.models import BillingEvent

log = logging.getLogger(__name__)
TRIES = 3


@task()
def work_billing(event: int, tries: int = 1) -> None:
    """Make of what a billing system said what an account pays. What fails by chance is tried again."""
    from wellheard.people.services import billing_work

    try:
        billing_work.work(event)
    except Exception as e:
        log.exception("what was billed (%s) stumbled (try %s of %s)", event, tries, TRIES)
        if tries < TRIES:
            work_billing.enqueue(event, tries + 1)
        else:
            BillingEvent.objects.filter(pk=event).update(
                state=BillingEvent.State.FAILED, error=f"It failed {TRIES} times ({type(e).__name__}); see the log."
            )
