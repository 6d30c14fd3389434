"""An issue, discussion or comment of GitHub as a row; the REST, webhook and `gh` spellings are read alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip
from wellheard.core.rows import read as read_rows

from ..base import Reading, Records, prune
from ..heads import JSON, dig, objects, pick, records

TEAM = ("OWNER", "MEMBER", "COLLABORATOR")


def author(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    found = thing.get("user") or thing.get("author")
    return found if isinstance(found, Mapping) else {}


def left_out(thing: Mapping[str, Any], switches: frozenset[str]) -> str:
    """Why this is not a voice, or nothing."""
    by = author(thing)
    if "pull_request" in thing or thing.get("isPullRequest") or "/pull/" in str(address(thing)):
        return "pull requests"
    if by.get("type") == "Bot" or by.get("is_bot") or str(by.get("login", "")).endswith("[bot]"):
        return "written by a bot"
    if "not_team" in switches and pick(thing, "author_association", "authorAssociation") in TEAM:
        return "written by a member of the repository"
    return ""


def address(thing: Mapping[str, Any]) -> Any:
    return pick(thing, "html_url", "url")


def node(thing: Mapping[str, Any]) -> str:
    """The id that lasts: a node id. `gh` calls it id."""
    return str(thing.get("node_id") or thing.get("id") or "")


def row(thing: Mapping[str, Any], repository: str = "", thread: str = "") -> dict[str, Any]:
    login = str(author(thing).get("login") or "")
    labels = [
        str(label.get("name")) if isinstance(label, Mapping) else str(label) for label in _nodes(thing.get("labels"))
    ]
    names = {label.lower() for label in labels}
    kind = "bug" if names & {"bug", "type: bug"} else "request" if names & {"enhancement", "feature"} else ""
    body = thing.get("body") or ""
    return prune(
        {
            "id": node(thing),
            "title": thing.get("title"),
            "text": body if isinstance(body, str) else "",
            "author": f"github:{login}" if login else None,
            "name": author(thing).get("name") or login,
            "created_at": pick(thing, "created_at", "createdAt"),
            "url": address(thing),
            "thread": thread or node(thing),
            "kind": kind,
            "channel": "issue",
            "state": str(pick(thing, "state") or "").lower(),
            "as_of": pick(thing, "updated_at", "updatedAt"),
            "number": thing.get("number"),
            "labels": labels,
            "category": dig(thing.get("category"), "name"),
            "repository": repository or _repository(thing),
        }
    )


def _repository(thing: Mapping[str, Any]) -> str:
    if name := dig(thing.get("repository"), "full_name") or dig(thing.get("repository"), "nameWithOwner"):
        return str(name)
    parts = str(address(thing) or "").split("/")
    return "/".join(parts[3:5]) if len(parts) > 5 and "github" in parts[2] else ""


def _nodes(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        value = value.get("nodes")
    return value if isinstance(value, list) else []


def _dug(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The issues and discussions inside one record: itself, those of a GraphQL answer, or that of a webhook."""
    if isinstance(values.get("issue"), dict) or isinstance(values.get("discussion"), dict):
        inner = values.get("issue") or values["discussion"]
        yield {"repository": values.get("repository"), **inner}
        return
    for kind in ("issues", "discussions"):
        for holder in (values, dig(values, "data", "repository"), dig(values, "repository")):
            found = dig(holder, kind, "nodes")
            if isinstance(found, list):
                yield from objects(found)
                return
    yield values


def read(bundle: Bundle, reading: Reading) -> Records:
    number = 0
    for part in bundle.ending(*JSON):
        for item in read_rows(part.path, reading.encoding):
            if isinstance(item, Bad):
                number += 1
                yield Bad(number, item.raw, item.reason)
                continue
            for thing in _dug(item.values):
                number += 1
                yield from _said(number, thing, reading)
                for comment in _nodes(thing.get("comments")) if "comments" in reading.switches else ():
                    if isinstance(comment, dict):
                        number += 1
                        yield from _said(number, comment, reading, node(thing))


def _said(number: int, thing: dict[str, Any], reading: Reading, thread: str = "") -> Records:
    if reason := left_out(thing, reading.switches):
        yield Skip(number, reason)
    elif not thread and not thing.get("title") and "/" not in str(thing.get("issue_url", "")):
        yield Bad(number, str(thing)[:2000], "This is no issue and no discussion: it has no title.")
    else:
        yield Row(number, row(thing, thread=thread))


def fits(bundle: Bundle) -> int:
    for part in bundle.ending(*JSON):
        for values in records(part):
            thing = next(_dug(values), values)
            if "github" in str(address(thing)) and ("node_id" in thing or "author" in thing or "user" in thing):
                return 90
    return 0
