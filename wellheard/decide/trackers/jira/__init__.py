"""Jira Cloud. An issue's number inside Jira stays when it moves to another project; its key changes."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote, urlsplit

from wellheard.listen.sources import signed
from wellheard.listen.sources.base import Arrived

from ..base import Call, Change, Field, Kind, NoAnswer, Read, Remote, Settings, dig, moment, payload, text, whole

CATEGORIES = {"new": "open", "indeterminate": "started", "done": "done"}
# What people call a status in which something ended without being done.
NOT_DONE = re.compile(r"won'?t|reject|declin|cancel|not planned|abandon|duplicate", re.I)


def _site(value: str) -> str:
    found = value.strip().rstrip("/")
    parts = urlsplit(found if "://" in found else f"https://{found}")
    if not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("The site is written like https://acme.atlassian.net.")
    return f"{parts.scheme}://{parts.netloc}"


def _project(value: str) -> str:
    found = value.strip().upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,19}", found):
        raise ValueError("The project is its key, such as SHOP.")
    return found


def _call(settings: Settings, token: str) -> Call:
    pair = base64.b64encode(f"{settings['email']}:{token}".encode()).decode()
    return Call("Jira", f"{settings['site']}/rest/api/3", {"Authorization": f"Basic {pair}"})


def probe(settings: Settings, token: str) -> dict[str, str]:
    found = _call(settings, token).get(f"project/{settings['project']}")
    if not found.get("id"):
        raise NoAnswer("Jira answered without a project. Is the site right?")
    return {"place_id": text(found.get("id"), 40)}


def remote(issue: dict[str, Any], site: str) -> Remote:
    fields = issue.get("fields")
    status = dig(fields, "status")
    name = text(dig(status, "name"), 80)
    state = CATEGORIES.get(text(dig(status, "statusCategory", "key"), 20), "open")
    if state == "done" and NOT_DONE.search(f"{name} {text(dig(fields, 'resolution', 'name'), 80)}"):
        state = "dropped"
    key = text(issue.get("key"), 60)
    return Remote(
        text(issue.get("id"), 40), key, f"{site}/browse/{quote(key)}" if key else "", text(dig(fields, "summary"), 300), state, name or state,
        moment(dig(fields, "updated")),
    )  # fmt: skip


def make(settings: Settings, token: str, title: str, body: str) -> Remote:
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": part}]}
        for part in body.split("\n\n")
        if part.strip()
    ]
    fields = {
        "project": {"key": settings["project"]}, "issuetype": {"name": settings.get("type") or "Task"}, "summary": title[:255],
        "description": {"type": "doc", "version": 1, "content": paragraphs},
    }  # fmt: skip
    made = _call(settings, token).post("issue", {"fields": fields})
    number, key = text(made.get("id"), 40), text(made.get("key"), 60)
    # Creating answers with little; how it stands is told by asking, or by the webhook if that fails.
    told = Remote(number, key, f"{settings['site']}/browse/{quote(key)}", title, "open", "open", None)
    try:
        return find(settings, token, number) if number else whole(told, "Jira")
    except NoAnswer:
        return whole(told, "Jira")


def find(settings: Settings, token: str, reference: str) -> Remote:
    """By its number inside Jira, its key, or the address of its page."""
    found = re.search(
        r"(?:^|/browse/|selectedIssue=)([A-Za-z][A-Za-z0-9_]{1,19}-\d{1,9}|\d{1,18})(?:[?#&].*)?$", reference.strip()
    )
    if not found:
        raise NoAnswer("Paste the address of the issue, or its key such as SHOP-12.")
    issue = _call(settings, token).get(f"issue/{found[1]}?fields=summary,status,resolution,updated")
    return whole(remote(issue, settings["site"]), "Jira")


def check(arrived: Arrived, secret: str) -> None:
    given = signed.signature(arrived, "X-Hub-Signature", "sha256=")
    signed.one_of(given, [f"sha256={signed.hex_of(secret, arrived.raw)}"])


def read(arrived: Arrived) -> Read:
    body = payload(arrived)
    issue, event = body.get("issue"), str(body.get("webhookEvent", ""))
    if not event.startswith("jira:issue_") or not isinstance(issue, dict):
        return None
    own = urlsplit(text(issue.get("self"), 500))
    site = f"{own.scheme}://{own.netloc}" if own.scheme in ("https", "http") else ""
    return Change(remote(issue, site), gone=event == "jira:issue_deleted")


KIND = Kind(
    "jira", "Jira", "API token", "Made under id.atlassian.com → Security → API tokens, by somebody who may create issues.",
    (
        Field("site", "Site", "https://acme.atlassian.net", check=_site),
        Field("email", "E-mail of whoever made the token"),
        Field("project", "Project", "Its key, such as SHOP", check=_project),
        Field("type", "Type of issue", "Task, if left empty", needed=False),
    ),
    (
        "In Jira: Settings → System → WebHooks → Create.",
        "URL: this connection’s address. Secret: the secret shown when you connect.",
        "Events: Issue created, updated, deleted; as a filter: project = your project.",
    ),
    probe, make, find, check, read,
)  # fmt: skip
