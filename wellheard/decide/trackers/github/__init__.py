"""GitHub issues. The node id of an issue stays when its repository is renamed; a transferred issue gets a new one, which the
webhook tells."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wellheard.listen.sources import signed
from wellheard.listen.sources.base import Arrived

from ..base import Call, Change, Field, Kind, NoAnswer, Read, Remote, Renamed, Settings, dig, moment, text, web, whole

API = "https://api.github.com"


def _repository(value: str) -> str:
    found = re.search(r"(?:^|github\.com[/:])([A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?$", value.strip())
    if not found:
        raise ValueError("The repository is written owner/name, such as acme/shop.")
    return found[1]


def _call(settings: Settings, token: str) -> Call:
    return Call(
        "GitHub", settings.get("api") or API,
        {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    )  # fmt: skip


def probe(settings: Settings, token: str) -> dict[str, str]:
    found = _call(settings, token).get(f"repos/{settings['repository']}")
    if found.get("has_issues") is False:
        raise NoAnswer("Issues are switched off in that repository.")
    name = text(found.get("full_name"), 200)
    if not name:
        raise NoAnswer("GitHub answered without a repository. Is the address of its API right?")
    return {"repository": name, "place_id": text(found.get("node_id"), 120)}


def remote(issue: dict[str, Any], repository: str = "") -> Remote:
    state = "open"
    if issue.get("state") == "closed":
        state = "dropped" if issue.get("state_reason") in ("not_planned", "duplicate") else "done"
    number, url = text(issue.get("number"), 12), web(issue.get("html_url"))
    if not repository:  # from …/repos/acme/shop of its API
        repository = "/".join(urlsplit(text(issue.get("repository_url"), 400)).path.split("/")[-2:])
    return Remote(
        text(issue.get("node_id"), 120), f"{repository}#{number}" if number else "", url, text(issue.get("title"), 300), state,
        "closed" if state == "done" else "closed as not planned" if state == "dropped" else "open", moment(issue.get("updated_at")),
    )  # fmt: skip


def make(settings: Settings, token: str, title: str, body: str) -> Remote:
    made = _call(settings, token).post(f"repos/{settings['repository']}/issues", {"title": title, "body": body})
    return whole(remote(made), "GitHub")


FIND = "query($id: ID!) { node(id: $id) { ... on Issue { number repository { nameWithOwner } } } }"


def find(settings: Settings, token: str, reference: str) -> Remote:
    """By node id, number, owner/name#number, or the address of its page."""
    call, where = _call(settings, token), settings["repository"]
    asked = reference.strip()
    named = re.search(r"([A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100})(?:#|/issues/)(\d{1,10})(?:[#?].*)?$", asked)
    if named:
        where, number = named[1], named[2]
    elif number_only := re.fullmatch(r"#?(\d{1,10})", asked):
        number = number_only[1]
    elif re.fullmatch(r"[A-Za-z0-9_=-]{6,120}", asked):
        node = dig(call.post("graphql", {"query": FIND, "variables": {"id": asked}}), "data", "node")
        where, number = text(dig(node, "repository", "nameWithOwner"), 200), text(dig(node, "number"), 12)
        if not where or not number:
            raise NoAnswer("GitHub does not know that issue any more.")
    else:
        raise NoAnswer("Paste the address of the issue, or its number.")
    found = call.get(f"repos/{where}/issues/{number}")
    if "pull_request" in found:
        raise NoAnswer("That is a pull request. Link the issue it belongs to.")
    return whole(remote(found), "GitHub")


def check(arrived: Arrived, secret: str) -> None:
    given = signed.signature(arrived, "X-Hub-Signature-256", "sha256=")
    signed.one_of(given, [f"sha256={signed.hex_of(secret, arrived.raw)}"])


def read(arrived: Arrived) -> Read:
    raw = arrived.raw
    if arrived.header("content-type").startswith("application/x-www-form-urlencoded"):
        raw = parse_qs(raw.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    body = json.loads(raw)
    if not isinstance(body, dict):
        raise ValueError("The body is no JSON object.")
    event, action = arrived.header("X-GitHub-Event"), str(body.get("action", ""))
    repository = text(dig(body, "repository", "full_name"), 200)
    if event == "repository" and action in ("renamed", "transferred"):
        owner, name = repository.partition("/")[0], repository.partition("/")[2]
        was = text(dig(body, "changes", "repository", "name", "from"), 100) or name
        from_owner = dig(body, "changes", "owner", "from", "user") or dig(
            body, "changes", "owner", "from", "organization"
        )
        old = f"{text(dig(from_owner, 'login'), 40) or owner}/{was}"
        return Renamed(text(dig(body, "repository", "node_id"), 120), repository, old)
    issue = body.get("issue")
    if event != "issues" or not isinstance(issue, dict) or "pull_request" in issue:
        return None
    told = remote(issue, repository)
    if action == "deleted":
        return Change(told, gone=True)
    new = dig(body, "changes", "new_issue")
    if action == "transferred" and isinstance(new, dict):
        return Change(remote(new, text(dig(body, "changes", "new_repository", "full_name"), 200)), before=told.id)
    return Change(told)


def _api(value: str) -> str:
    return value.strip().rstrip("/")


KIND = Kind(
    "github", "GitHub", "Token",
    "A fine-grained personal access token for this repository with the right Issues: read and write.",
    (
        Field("repository", "Repository", "owner/name, such as acme/shop", check=_repository),
        Field("api", "Address of its API", "Only for GitHub Enterprise, such as https://github.acme.example/api/v3", needed=False, check=_api),
    ),
    (
        "In the repository: Settings → Webhooks → Add webhook.",
        "Payload URL: this connection’s address. Content type: application/json. Secret: the secret shown when you connect.",
        "Let me select individual events: Issues, and Repositories, so that a rename is noticed at once.",
    ),
    probe, make, find, check, read,
)  # fmt: skip
