"""Linear. An issue's id stays when it moves to another team; its identifier (ENG-12) changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wellheard.listen.sources import signed
from wellheard.listen.sources.base import Arrived

from ..base import Call, Change, Field, Kind, NoAnswer, Read, Remote, Settings, dig, moment, payload, text, web, whole

API = "https://api.linear.app/graphql"
TYPES = {"started": "started", "completed": "done", "canceled": "dropped", "duplicate": "dropped"}
PARTS = "id identifier url title updatedAt state { name type }"
TEAM = "query($key: String!) { teams(filter: { key: { eq: $key } }) { nodes { id key } } }"
MAKE = f"mutation($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {PARTS} }} }} }}"
FIND = f"query($id: String!) {{ issue(id: $id) {{ {PARTS} }} }}"


def _team(value: str) -> str:
    found = value.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,10}", found):
        raise ValueError("The team is its key, such as ENG.")
    return found


def _ask(settings: Settings, token: str, query: str, variables: Mapping[str, Any]) -> Any:
    call = Call("Linear", settings.get("api") or API, {"Authorization": token})
    told = call.post("", {"query": query, "variables": variables})
    if told.get("errors"):
        first = told["errors"][0] if isinstance(told["errors"], list) else None
        raise NoAnswer(f"Linear refuses it: {text(dig(first, 'message'), 200) or 'no reason given'}.")
    return told.get("data")


def probe(settings: Settings, token: str) -> dict[str, str]:
    nodes = dig(_ask(settings, token, TEAM, {"key": settings["team"]}), "teams", "nodes")
    if not isinstance(nodes, list) or not nodes:
        raise NoAnswer(f"Linear knows no team {settings['team']}, or the key may not see it.")
    return {"place_id": text(dig(nodes[0], "id"), 120)}


def remote(issue: Any) -> Remote:
    name = text(dig(issue, "state", "name"), 80)
    state = TYPES.get(text(dig(issue, "state", "type"), 20), "open")
    return Remote(
        text(dig(issue, "id"), 120), text(dig(issue, "identifier"), 60), web(dig(issue, "url")), text(dig(issue, "title"), 300), state,
        name or state, moment(dig(issue, "updatedAt")),
    )  # fmt: skip


def make(settings: Settings, token: str, title: str, body: str) -> Remote:
    given = {"teamId": settings["place_id"], "title": title, "description": body}
    return whole(remote(dig(_ask(settings, token, MAKE, {"input": given}), "issueCreate", "issue")), "Linear")


def find(settings: Settings, token: str, reference: str) -> Remote:
    """By its id, its identifier, or the address of its page."""
    asked = reference.strip()
    found = re.search(r"(?:^|/issue/)([A-Za-z0-9]{1,10}-\d{1,9})(?:[/?#].*)?$", asked) or re.fullmatch(
        r"([0-9a-f-]{36})", asked
    )
    if not found:
        raise NoAnswer("Paste the address of the issue, or its identifier such as ENG-12.")
    return whole(remote(dig(_ask(settings, token, FIND, {"id": found[1]}), "issue")), "Linear")


def check(arrived: Arrived, secret: str) -> None:
    given = signed.signature(arrived, "Linear-Signature")
    signed.one_of(given, [signed.hex_of(secret, arrived.raw)])


def read(arrived: Arrived) -> Read:
    body = payload(arrived)
    data = body.get("data")
    if body.get("type") != "Issue" or not isinstance(data, dict):
        return None
    return Change(remote({**data, "url": body.get("url") or data.get("url")}), gone=body.get("action") == "remove")


KIND = Kind(
    "linear", "Linear", "Personal API key", "Made under Settings → Security & access → Personal API keys.",
    (
        Field("team", "Team", "Its key, such as ENG", check=_team),
        Field("api", "Address of its API", "Leave empty", needed=False),
    ),
    (
        "In Linear: Settings → API → New webhook.",
        "URL: this connection’s address. Data change events: Issues.",
        "Linear makes the secret: copy its signing secret and give it here, when you connect or afterwards.",
    ),
    probe, make, find, check, read,
)  # fmt: skip
