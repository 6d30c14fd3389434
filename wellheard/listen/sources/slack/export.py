"""A workspace's export: users.json, channels.json, and a folder per channel with a file per day."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from wellheard.core.bundle import Bundle, Part
from wellheard.core.lookup import Lookup, lookup
from wellheard.core.rows import Bad, Row, Skip
from wellheard.core.rows import read as read_rows

from ..base import Reading, Records, prune, who
from ..heads import dig, inner, records
from . import text

# Files beside the channels' folders; those of private places come with some exports.
OPEN, CLOSED = "channels.json", ("groups.json", "dms.json", "mpims.json")
BESIDE = {"users.json", OPEN, *CLOSED, "integration_logs.json", "canvases.json", "lists.json", "org_users.json"}


def _name(part: Part) -> str:
    return PurePosixPath(part.name).name


def read(bundle: Bundle, reading: Reading) -> Records:
    with lookup() as held:
        for part in bundle.parts:
            if _name(part) in BESIDE:
                _note(part, held, reading.encoding)
        number = 0
        for part in bundle.parts:
            if part.ending != ".json" or _name(part) in BESIDE:
                continue
            channel = PurePosixPath(part.name).parent.name
            known = held.one("channel", channel)
            private = known is None and held.one("private", channel) is not None
            for item in read_rows(part.path, reading.encoding):
                number += 1
                if isinstance(item, Bad):
                    yield Bad(number, item.raw, item.reason)
                elif private and "private" not in reading.switches:
                    yield Skip(number, "private channels and direct messages")
                elif reason := text.left_out(item.values):
                    yield Skip(number, reason)
                else:
                    where = known or held.one("private", channel) or channel
                    yield Row(number, _row(item.values, channel, str(where), held))


def _note(part: Part, held: Lookup, encoding: str) -> None:
    for item in read_rows(part.path, encoding):
        if not isinstance(item, Row):
            continue
        thing = item.values
        if _name(part) == "users.json":
            profile = inner(thing.get("profile"))
            name = dig(profile, "real_name") or thing.get("real_name") or thing.get("name")
            held.add("user", thing.get("id"), {"name": name, "email": dig(profile, "email")})
        else:
            space = "channel" if _name(part) == OPEN else "private"
            held.add(space, thing.get("name") or thing.get("id"), thing.get("id"))


def _row(message: dict[str, Any], channel: str, place: str, held: Lookup) -> dict[str, Any]:
    user = str(message["user"])
    known = held.one("user", user) or {}
    thread = message.get("thread_ts")
    said = text.plain(str(message["text"]), lambda u: str((held.one("user", u) or {}).get("name") or u))
    moment = text.moment(message.get("ts"))
    return prune(
        {
            "id": f"{place}:{message.get('ts')}",
            "text": said,
            **who("slack", user, known.get("email"), known.get("name") or dig(message, "user_profile", "real_name")),
            "created_at": moment.isoformat() if moment else message.get("ts"),
            "thread": f"{place}:{thread or message.get('ts')}",
            "channel": "chat",
            "slack_channel": channel,
        }
    )


def fits(bundle: Bundle) -> int:
    names = {_name(part) for part in bundle.parts}
    if "users.json" in names and names & {OPEN, *CLOSED}:
        return 95
    first = next(bundle.ending(".json"), None)
    if first is not None and any("ts" in r and r.get("type") == "message" for r in records(first)):
        return 85
    return 0
