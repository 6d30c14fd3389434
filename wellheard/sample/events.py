"""A simulated world's events, given to the event store as its writer takes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from wellheard.people.models import Workspace
from wellheard.store import Envelope, Row, Store, message_hash
from wellheard.store.rows import EVENT

from .tally import World
from .tally.messages import CHUNK, messages


def store_events(world: World, workspace: Workspace, store: Store) -> None:
    source = "sample"
    now = int(datetime.now(UTC).timestamp() * 1000)
    rows: list[Row] = []
    seconds = world.events.seconds
    times = world.events.time.astype("int64").tolist()
    for number, (message, at) in enumerate(zip(messages(world), times, strict=True)):
        context = message["context"]
        page = context["page"]
        rows.append(
            Row(
                EVENT,
                message_hash(source, message["messageId"]),
                at,
                user=message["userId"],
                account=context["groupId"],
                name=str(message.get("event") or message["type"]),
                properties=json.dumps(message["properties"]),
                session=context["sessionId"],
                url=page["url"],
                path=page["path"],
                duration=0.0 if seconds is None else float(seconds[number]),
            )
        )
        if len(rows) == CHUNK:
            store.append(Envelope(workspace.pk, world.zone, source, now, rows))
            rows = []
    store.append(Envelope(workspace.pk, world.zone, source, now, rows))
