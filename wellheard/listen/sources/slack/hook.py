"""Slack's Events API, and the command /heard through the same door."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from .. import signed
from ..base import Answer, Arrived, Gone, Hook, Leave, Noted, Say, Told, Turned, prune
from . import text


def check(arrived: Arrived, secrets: tuple[str, ...]) -> None:
    given = signed.signature(arrived, "X-Slack-Signature", "v0=")
    stamp = arrived.header("X-Slack-Request-Timestamp")
    base = b"v0:" + stamp.encode("latin-1", "replace") + b":" + arrived.raw
    signed.one_of(given, [f"v0={signed.hex_of(s, base)}" for s in secrets])
    signed.fresh(arrived, float(stamp) if stamp.isascii() and stamp.isdecimal() else 0)


def form(arrived: Arrived) -> dict[str, str]:
    """The fields of a slash command; empty for an event."""
    if not arrived.header("content-type").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(arrived.raw.decode("utf-8", "replace"), keep_blank_values=True))


def body(arrived: Arrived) -> dict[str, Any]:
    found = json.loads(arrived.raw)
    if not isinstance(found, dict):
        raise ValueError("The body is no JSON object.")
    return found


def answer(arrived: Arrived) -> Answer | None:
    fields = form(arrived)
    if fields.get("ssl_check") == "1":
        return Answer("")
    if fields:
        return None
    given = body(arrived)
    return Answer(str(given.get("challenge", ""))[:500]) if given.get("type") == "url_verification" else None


def key(arrived: Arrived) -> str:
    fields = form(arrived)
    found = fields.get("trigger_id") if fields else body(arrived).get("event_id")
    if not found:
        raise Turned(400, "no event id")
    return str(found)


def noted(arrived: Arrived) -> Noted | None:
    """`/heard Exports are slow @ann@shop.example`: what stands after the last @ or "from" says who; it may be left out."""
    fields = form(arrived)
    if "command" not in fields:
        return None
    said, who = split(text.plain(fields.get("text", "")))
    return Noted(said, who, fields.get("user_id", ""), fields.get("user_name", ""), fields.get("trigger_id", ""))


def split(said: str) -> tuple[str, str]:
    """The words, and who said them: an address anywhere at the end, or @ and a name or an id."""
    found = re.search(r"(?:^|\s)@\s*([^@\s]+@[^@\s]+\.[^@\s]+|[^@]{1,200})$", said) or re.search(
        r"(?:^|\s)(?:[-–—]\s*|from\s+)?<?([^@\s<]+@[^@\s>]+\.[^@\s>]+)>?$", said
    )
    return (said[: found.start()].strip(), found[1].strip()) if found else (said, "")


def reply(words: str) -> Answer:
    return Answer(json.dumps({"response_type": "ephemeral", "text": words}), "application/json")


def read(arrived: Arrived) -> list[Told]:
    given = body(arrived)
    event = given.get("event")
    if given.get("type") != "event_callback" or not isinstance(event, dict):
        return [Leave(f"{str(given.get('type'))[:40]} events")]
    if event.get("type") != "message":
        return [Leave(f"{str(event.get('type'))[:40]} events")]
    channel = str(event.get("channel", ""))
    if event.get("subtype") == "message_deleted":
        return [Gone(f"{channel}:{event.get('deleted_ts')}")]
    if event.get("subtype") == "message_changed":
        event = {**(event["message"] if isinstance(event.get("message"), dict) else {}), "channel": channel}
    if event.get("channel_type") in ("im", "mpim"):
        return [Leave("direct messages")]
    if reason := text.left_out(event):
        return [Leave(reason)]
    moment = text.moment(event.get("ts"))
    row = {
        "id": f"{channel}:{event.get('ts')}",
        "text": text.plain(str(event["text"])),
        "author": f"slack:{event['user']}",
        "created_at": moment.isoformat() if moment else None,
        "thread": f"{channel}:{event.get('thread_ts') or event.get('ts')}",
        "channel": "chat",
        "slack_channel": channel,
    }
    return [Say(prune(row))]


HOOK = Hook(
    recipe=(
        "api.slack.com/apps → Create New App → From scratch, in your Slack workspace.",
        "Basic Information → Signing Secret: copy it into the field here.",
        "Event Subscriptions → on; Request URL: this connection's address. Slack checks it at once.",
        "Subscribe to bot events: message.channels (and message.groups for private channels). OAuth & Permissions → Install.",
        "Invite the app to the channels where customers speak: only those are heard.",
        "For /heard: Slash Commands → Create; Command /heard, Request URL the same address, hint: what they said @who.",
    ),
    check=check,
    key=key,
    read=read,
    answer=answer,
    noted=noted,
    commands=True,
    reply=reply,
    theirs=True,
    called_there="Signing secret",
)
