"""Background work of dashboards: mails that are due, and what was deleted long ago."""

from django_tasks import task

from wellheard import store
from wellheard.core import clock

from . import services, subscribing


@task()
def mail_dashboards() -> None:
    subscribing.send_due()


@clock.every(minutes=1)
def mail_what_is_due() -> None:
    subscribing.recover_claims()
    if not subscribing.due():
        return
    try:
        store.get().reader  # noqa: B018 - raises when this process only appends
    except store.StoreError:
        return
    mail_dashboards.enqueue()


@clock.every(hours=24)
def forget_deleted_dashboards() -> None:
    services.forget_deleted()
