"""Background work: once a day, what rose in the last whole week is written into the journal."""

import logging

from wellheard.core import clock
from wellheard.people.models import Workspace

from .services.signals import note_alarms

log = logging.getLogger(__name__)


@clock.every(hours=24)
def look_for_what_rose() -> None:
    for workspace in Workspace.objects.order_by("pk"):
        try:
            note_alarms(workspace)
        except Exception:  # one workspace that cannot be looked at must not keep the others from being looked at
            log.exception("what rose in workspace %s cannot be told", workspace.slug)
