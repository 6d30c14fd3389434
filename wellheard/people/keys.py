"""Write keys: what an SDK shows at the door."""

from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection

from .models import WriteKey


class Sender(NamedTuple):
    """Where a key's events belong: the workspace, the zone its days are counted in, and the key's own number."""

    workspace: int
    time_zone: str
    source: str


def look_up(key: str) -> Sender | None:
    """The sender behind a write key, or None when the key is unknown or revoked."""
    if "\0" in key:
        return None
    try:
        return _look_up(key)
    except (OperationalError, InterfaceError):
        # Nothing else closes a dead connection here: the intake stands in front of Django's own requests.
        connection.close()
        return _look_up(key)


def _look_up(key: str) -> Sender | None:
    found = WriteKey.objects.select_related("workspace").filter(key=key, revoked_at=None).first()
    return Sender(found.workspace_id, found.workspace.time_zone, f"key{found.pk}") if found else None
