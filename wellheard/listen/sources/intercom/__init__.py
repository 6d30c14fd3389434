"""Intercom: what customers wrote in conversations; from an export of the API, or by webhook."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from wellheard.core import json_stream, plain
from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip
from wellheard.core.rows import read as read_rows

from .. import signed
from ..base import Arrived, Hook, Leave, Mark, Reading, Records, Say, Source, Switch, Told, Turned, prune, who
from ..heads import JSON, dig, inner, objects, records

SWITCHES = (
    Switch("internal", "Take in notes of the team too"),
    Switch("team", "Take in what the team and bots answered too"),
)
TEAM = ("admin", "bot", "team", "operator", "ai_agent")


def sayings(talk: dict[str, Any], switches: frozenset[str]) -> list[dict[str, Any] | str]:
    """Each thing said in a conversation as a row, or the reason why it is left out."""
    name = f"conversation:{talk.get('id')}"
    source = inner(talk.get("source"))
    found: list[dict[str, Any] | str] = []
    if source:
        first = {**source, "created_at": talk.get("created_at"), "part_type": "comment"}
        found.append(_saying(name, name, first, talk, switches, str(source.get("subject") or "")))
    for part in objects(dig(talk, "conversation_parts", "conversation_parts")):
        if part.get("body"):
            found.append(_saying(f"part:{part.get('id')}", name, part, talk, switches))
    return found


def _saying(
    id_: str, thread: str, part: dict[str, Any], talk: dict[str, Any], switches: frozenset[str], subject: str = ""
) -> dict[str, Any] | str:
    by = inner(part.get("author"))
    if part.get("part_type") == "note" and "internal" not in switches:
        return "notes of the team"
    if by.get("type") in TEAM and not {"team", "internal"} & switches:
        return "written by the team or a bot"
    if by.get("type") in TEAM and part.get("part_type") != "note" and "team" not in switches:
        return "written by the team or a bot"
    text = plain.from_html(str(part.get("body") or ""))
    title = plain.from_html(subject)
    if not (text or title):
        return "without words"
    contact = next((c for c in objects(dig(talk, "contacts", "contacts")) if c.get("id") == by.get("id")), {})
    tags = [t.get("name") for t in objects(dig(talk, "tags", "tags"))]
    own = contact.get("external_id") or by.get("external_id")
    row = {
        "id": id_,
        "title": title,
        "text": text,
        **who(
            "intercom",
            by.get("id"),
            by.get("email") or contact.get("email"),
            by.get("name") or contact.get("name"),
            own,
        ),
        "created_at": part.get("created_at"),
        "url": dig(talk, "links", "conversation_web") or part.get("url"),
        "thread": thread,
        "channel": "support",
        "tags": tags,
        "state": talk.get("state"),
    }
    return prune(row)


def read(bundle: Bundle, reading: Reading) -> Records:
    number = 0
    for part in bundle.ending(*JSON):
        whole = json_stream.is_whole(part.path, reading.encoding)
        lists = ("conversations", "data")
        items = (
            (item for _, item in json_stream.objects(part.path, reading.encoding, lists))
            if whole
            else read_rows(part.path, reading.encoding)
        )
        for item in items:
            if isinstance(item, Bad):
                number += 1
                yield Bad(number, item.raw, item.reason)
                continue
            for said in sayings(item.values, reading.switches) or ["without words"]:
                number += 1
                yield Skip(number, said) if isinstance(said, str) else Row(number, said)


def fits(bundle: Bundle) -> int:
    for part in bundle.ending(*JSON):
        if any("conversation_parts" in r or (r.get("type") == "conversation" and "source" in r) for r in records(part)):
            return 90
    return 0


def check(arrived: Arrived, secrets: tuple[str, ...]) -> None:
    given = signed.signature(arrived, "X-Hub-Signature", "sha1=")
    signed.one_of(given, [f"sha1={signed.hex_of(s, arrived.raw, hashlib.sha1)}" for s in secrets])


def _body(arrived: Arrived) -> dict[str, Any]:
    found = json.loads(arrived.raw)
    if not isinstance(found, dict):
        raise ValueError("The body is no JSON object.")
    return found


def key(arrived: Arrived) -> str:
    if found := _body(arrived).get("id"):
        return str(found)
    raise Turned(400, "no event id")


def hear(arrived: Arrived) -> list[Told]:
    body = _body(arrived)
    topic, talk = str(body.get("topic") or ""), dig(body, "data", "item")
    if not topic.startswith("conversation.") or not isinstance(talk, dict) or not talk.get("id"):
        return [Leave(f"{topic[:60] or 'unknown'} events")]
    if topic in ("conversation.admin.closed", "conversation.admin.opened", "conversation.deleted"):
        return [Mark(f"conversation:{talk['id']}", {"state": topic.rpartition(".")[2]})]
    found = sayings(talk, arrived.switches)
    return [Leave(said) if isinstance(said, str) else Say(said) for said in found] or [Leave("without words")]


SOURCE = Source(
    name="intercom",
    label="Intercom",
    about="Each thing a customer wrote in a conversation is a voice; notes, bots and the team are left out.",
    channel="support",
    recipe=(
        "Fetch conversations from the API (GET /conversations/{id}, which has the parts) into one file: one JSON object a "
        'line, a list, or {"conversations": […]}.',
        "For a CSV export choose “A table” and say which column holds the words.",
    ),
    accept=".json,.jsonl,.ndjson,.gz,.zip",
    read=read,
    fits=fits,
    switches=SWITCHES,
    lasting=True,
    hook=Hook(
        recipe=(
            "app.intercom.com/a/apps/_/developer-hub → your app → Webhooks. Endpoint URL: this connection's address.",
            "Topics: conversation.user.created, conversation.user.replied; also conversation.admin.closed to follow the state.",
            "Basic information → Client secret: copy it into the field here; notifications are signed with it.",
        ),
        check=check,
        key=key,
        read=hear,
        theirs=True,
        called_there="Client secret",
        switches=SWITCHES,
    ),
)
