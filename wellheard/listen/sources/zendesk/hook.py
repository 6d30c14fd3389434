"""Zendesk's webhook: its own ticket events, or whatever JSON a trigger was told to send."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from wellheard.core.lookup import lookup

from .. import signed
from ..base import Arrived, Gone, Hook, Leave, Mark, Say, Switch, Told, Turned, prune, who
from ..heads import dig, inner, pick
from .export import ticket

HEADER, STAMP = "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp"


def check(arrived: Arrived, secrets: tuple[str, ...]) -> None:
    given, stamp = signed.signature(arrived, HEADER), arrived.header(STAMP)
    base = stamp.encode("latin-1", "replace") + arrived.raw
    signed.one_of(given, [signed.base64_of(s, base) for s in secrets])
    try:
        signed.fresh(arrived, datetime.fromisoformat(stamp).timestamp())
    except ValueError:
        raise Turned(401, "no time stamp") from None


def key(arrived: Arrived) -> str:
    found = arrived.header("X-Zendesk-Webhook-Invocation-Id")
    if not found:
        raise Turned(400, "no X-Zendesk-Webhook-Invocation-Id header")
    return found


def read(arrived: Arrived) -> list[Told]:
    body = json.loads(arrived.raw)
    if not isinstance(body, dict):
        raise ValueError("The body is no JSON object.")
    event = str(body.get("type") or "")
    given = inner(body.get("ticket")) or body.get("detail")
    thing: dict[str, Any] = given if isinstance(given, dict) else body
    if not thing.get("id"):
        return [Leave(f"{event[:60] or 'unknown'} events")]
    name = f"ticket:{thing['id']}"
    if event.endswith(("ticket.deleted", "permanently_deleted", "soft_deleted", "marked_as_spam")):
        return [Gone(name)]
    if event.endswith("comment_added"):
        return _comment(body, name, arrived.switches)
    if event and not event.endswith("ticket.created"):
        marks = {"status_there": str(thing.get("status") or "").lower(), "priority": thing.get("priority")}
        return [Mark(name, prune({**marks, "tags": thing.get("tags")}))]
    if _internal(thing) and "internal" not in arrived.switches:
        return [Leave("internal tickets")]
    if str(dig(thing, "requester", "role")) in ("agent", "admin") and "agents" not in arrived.switches:
        return [Leave("written by an agent")]
    text = str(pick(thing, "description", "body") or "")
    if not (text or pick(thing, "subject")):
        return [Leave("tickets without words")]
    with lookup() as held:
        requester = thing.get("requester_id") or dig(thing, "requester", "id")
        return [Say(ticket(thing, requester, text, held))]


def _internal(thing: dict[str, Any]) -> bool:
    return str(thing.get("is_public", "")).lower() == "false"


def _comment(body: dict[str, Any], thread: str, switches: frozenset[str]) -> list[Told]:
    comment = dig(body, "event", "comment")
    if not isinstance(comment, dict) or not comment.get("id"):
        return [Leave("comments without words")]
    by = inner(comment.get("author"))
    if str(comment.get("is_public", comment.get("public", ""))).lower() == "false" and "internal" not in switches:
        return [Leave("internal notes")]
    if by.get("is_staff") and "agents" not in switches:
        return [Leave("written by an agent")]
    row = {
        "id": f"comment:{comment['id']}",
        "text": str(comment.get("body") or ""),
        **who("zendesk", by.get("id"), by.get("email"), by.get("name"), by.get("external_id")),
        "created_at": pick(body, "time"),
        "thread": thread,
        "channel": "support",
    }
    return [Say(prune(row))] if row["text"].strip() else [Leave("comments without words")]


HOOK = Hook(
    recipe=(
        "Admin Center → Apps and integrations → Webhooks → Create webhook → Zendesk events: Ticket created, Comment added.",
        "Endpoint URL: this connection's address; POST, JSON, no authentication (the signature is checked).",
        "After saving: Show signing secret; copy it into the field here.",
        "A trigger works as well. Its JSON body needs ticket.id, ticket.subject, ticket.description and "
        "ticket.requester with id, email and name.",
    ),
    check=check,
    key=key,
    read=read,
    theirs=True,
    called_there="Signing secret",
    switches=(
        Switch("internal", "Take in internal notes and internal tickets too"),
        Switch("agents", "Take in what agents wrote too"),
    ),
)
