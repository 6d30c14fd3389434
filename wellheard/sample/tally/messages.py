"""A World's events as the messages a Segment SDK would have sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .world import Message, World

CHUNK = 20_000


def messages(world: World, first: int = 0, last: int | None = None) -> Iterator[Message]:
    """Track and page messages in order of time, of the events from `first` up to (not including) `last`."""
    events = world.events
    user = [person.id for person in world.people]
    own = [world.accounts[person.account] if person.account >= 0 else None for person in world.people]
    group = [account.id if account else "" for account in own]
    domain = [f"/{account.domain}" if account else "" for account in own]
    names, pages = events.names, events.pages
    compared = names.index("Stores Compared") if "Stores Compared" in names else -1
    viewed = names.index("Page Viewed")
    of_stores = world.sample == "tally"
    last = len(events) if last is None else min(last, len(events))
    for start in range(first, last, CHUNK):
        part = slice(start, min(start + CHUNK, last))
        rows = zip(
            range(start, last),
            events.person[part].tolist(),
            np.datetime_as_string(events.time[part]).tolist(),
            events.name[part].tolist(),
            events.page[part].tolist(),
            events.stores[part].tolist(),
            events.session[part].tolist(),
            strict=False,
        )
        for number, person, time, name, page, stores, session in rows:
            properties: dict[str, object] = {"path": pages[page]}
            if of_stores:
                properties["stores"] = stores
            if name == compared:
                properties["period"] = "day" if number % 3 else "week"
            # Looking at a page is what an SDK calls a page, everything else is tracked under its name.
            said: Message = {"type": "page"} if name == viewed else {"type": "track", "event": names[name]}
            yield said | {
                "messageId": f"{world.sample}-{world.seed}-{number}",
                "userId": user[person],
                "timestamp": f"{time}Z",
                "properties": properties,
                "context": {
                    "groupId": group[person],
                    "sessionId": f"s-{session}",
                    "page": {
                        "path": pages[page],
                        "url": f"https://{world.site}{domain[person]}{pages[page]}",
                    },
                },
            }
