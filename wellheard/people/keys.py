"""Write keys: what an SDK shows at the door."""

from typing import NamedTuple

from .models import WriteKey


class Sender(NamedTuple):
    """Where a key's events belong: the workspace, the zone its days are counted in, and the key's own number."""

    workspace: int
    time_zone: str
    source: str


def look_up(key: str) -> Sender | None:
    """The sender behind a write key, or None when the key is unknown or revoked."""
    found = WriteKey.objects.select_related("workspace").filter(key=key, revoked_at=None).first()
    return Sender(found.workspace_id, found.workspace.time_zone, f"key{found.pk}") if found else None
