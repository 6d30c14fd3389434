"""The one process: intake in front, Django behind, background work and the clock beside.

Importing this module inside `wellheard serve` opens the event store and starts the threads; imported by
anything else (a test, another server) it is only the web application.
"""

import gc
import os

import django
from django.core.handlers.wsgi import WSGIHandler

gc.disable()  # nothing that is loaded now becomes garbage, and looking for some takes a quarter of the time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellheard.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from wellheard import store  # noqa: E402
from wellheard.listen.intake import Intake  # noqa: E402
from wellheard.listen.intake.doors import door_of  # noqa: E402
from wellheard.listen.intake.live import live  # noqa: E402
from wellheard.listen.queries.rules import rules_of  # noqa: E402
from wellheard.people.keys import look_up  # noqa: E402

application = Intake(
    WSGIHandler(),
    lookup=look_up,
    store_getter=store.get,
    drop_properties=tuple(settings.EVENTS_DROP_PROPERTIES),
    rules=rules_of,
    rate=settings.EVENTS_RATE,
    proxy_hops=settings.PROXY_HOPS,
    live=live,
    doors=door_of,
)

gc.enable()
if os.environ.get("WELLHEARD_SERVING"):
    from wellheard.commands.running import start

    start()
