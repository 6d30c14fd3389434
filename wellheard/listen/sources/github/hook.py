"""GitHub's webhook."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from .. import signed
from ..base import Arrived, Gone, Hook, Leave, Mark, Say, Switch, Told, Turned
from ..heads import dig
from .records import left_out, node, row


def check(arrived: Arrived, secrets: tuple[str, ...]) -> None:
    given = signed.signature(arrived, "X-Hub-Signature-256", "sha256=")
    signed.one_of(given, [f"sha256={signed.hex_of(s, arrived.raw)}" for s in secrets])


def key(arrived: Arrived) -> str:
    found = arrived.header("X-GitHub-Delivery")
    if not found:
        raise Turned(400, "no X-GitHub-Delivery header")
    return found


def payload(arrived: Arrived) -> dict[str, Any]:
    raw = arrived.raw
    if arrived.header("content-type").startswith("application/x-www-form-urlencoded"):
        raw = parse_qs(raw.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("The body is no JSON object.")
    return found


def read(arrived: Arrived) -> list[Told]:
    event = arrived.header("X-GitHub-Event")
    body = payload(arrived)
    action = str(body.get("action", ""))
    repository = str(dig(body, "repository", "full_name") or "")
    if event in ("issue_comment", "discussion_comment"):
        return _comment(body, action, repository, arrived.switches)
    thing = body.get("issue") if event == "issues" else body.get("discussion") if event == "discussion" else None
    if not isinstance(thing, dict):
        return [Leave(f"{event[:40] or 'unknown'} events")]
    if action == "deleted":
        return [Gone(node(thing))]
    if action == "transferred":
        new = dig(body, "changes", "new_issue") or dig(body, "changes", "new_discussion")
        where = str(dig(body, "changes", "new_repository", "full_name") or "")
        if not isinstance(new, dict):
            return [Mark(node(thing), {"state": "transferred"})]
        if reason := left_out(new, arrived.switches):
            return [Leave(reason)]
        return [Say(row(new, where), before=node(thing))]
    if reason := left_out(thing, arrived.switches):
        return [Leave(reason)]
    if action in ("opened", "created", "edited", "closed", "reopened", "labeled", "unlabeled", "answered", "unanswered",
                  "category_changed", "typed", "untyped"):  # fmt: skip
        return [Say(row(thing, repository))]
    return [Leave(f"{event}: {action[:40]}")]


def _comment(body: dict[str, Any], action: str, repository: str, switches: frozenset[str]) -> list[Told]:
    comment, about = body.get("comment"), body.get("issue") or body.get("discussion")
    if not isinstance(comment, dict) or not isinstance(about, dict):
        return [Leave("a comment without its issue")]
    if action == "deleted":
        return [Gone(node(comment))]
    if "comments" not in switches:
        return [Leave("comments")]
    if reason := left_out(comment, switches):
        return [Leave(reason)]
    return [Say(row(comment, repository, thread=node(about)))]


HOOK = Hook(
    recipe=(
        "In the repository: Settings → Webhooks → Add webhook.",
        "Payload URL: this connection's address. Content type: application/json. Secret: the secret shown when you connect.",
        "Let me select individual events: Issues, Discussions; with comments also Issue comments and Discussion comments.",
        "GitHub sends a ping at once; it appears below within seconds.",
    ),
    check=check,
    key=key,
    read=read,
    switches=(
        Switch("comments", "Take comments as voices of their own too"),
        Switch("not_team", "Leave out what owners, members and collaborators of the repository wrote"),
    ),
    most_bytes=25 * 1024**2,
)
