"""Canny: posts with their votes and comments; JSON from its API, or its CSV exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wellheard.core import json_stream
from wellheard.core.bundle import Bundle
from wellheard.core.lookup import Lookup, lookup
from wellheard.core.rows import Bad, Row, Skip, raw_of
from wellheard.core.rows import read as read_rows

from ..base import Reading, Records, Source, Switch, prune, who
from ..heads import JSON, TABLES, cells, dig, header, objects, pick, records, tables

# Canny's words for a status → ours.
STATUS = {
    "open": "open", "under review": "considering", "planned": "planned", "in progress": "started",
    "complete": "shipped", "closed": "declined",
}  # fmt: skip
LISTS = ("posts", "votes", "comments")


def _sort(v: dict[str, Any] | frozenset[str]) -> str:
    names = set(v)
    if names & {"voter", "voter_email", "voter_name"}:
        return "vote"
    if names & {"value", "comment"} and names & {"post", "post_id"}:
        return "comment"
    if names & {"title", "post_title"} and names & {"details", "score", "status", "board", "votes", "post_id"}:
        return "post"
    return ""


def _items(bundle: Bundle, encoding: str) -> Iterator[tuple[str, Row | Bad]]:
    for part in bundle.parts:
        if part.ending in TABLES:
            sort = _sort(frozenset(header(part, encoding)))
            yield from ((sort, row) for row in cells(part, encoding) if sort)
        elif part.ending in JSON:
            items = (
                (i for _, i in json_stream.objects(part.path, encoding, LISTS))
                if json_stream.is_whole(part.path, encoding)
                else read_rows(part.path, encoding)
            )
            yield from (("post" if isinstance(i, Bad) else _sort(i.values), i) for i in items)


def _person(v: dict[str, Any], field: str) -> dict[str, Any]:
    """An author or voter, whichever way it is written."""
    by = v.get(field)
    if isinstance(by, dict):
        return who("canny", by.get("id"), by.get("email"), by.get("name"), by.get("userID"))
    return who(
        "canny",
        pick(v, f"{field}_id", f"{field}_canny_id"),
        pick(v, f"{field}_email", "email" if field == "voter" else ""),
        pick(v, f"{field}_name", field if isinstance(by, str) else ""),
        pick(v, f"{field}_user_id"),
    )


def _post_of(v: dict[str, Any]) -> Any:
    return dig(v.get("post"), "id") or pick(v, "post_id", "post_title", "post")


def read(bundle: Bundle, reading: Reading) -> Records:
    with lookup() as held:
        for sort, item in _items(bundle, reading.encoding):
            if sort == "vote" and isinstance(item, Row):
                held.add("vote", _post_of(item.values), _person(item.values, "voter"))
        number = 0
        for sort, item in _items(bundle, reading.encoding):
            if sort not in ("post", "comment"):
                continue
            number += 1
            if isinstance(item, Bad):
                yield Bad(number, item.raw, item.reason)
            elif sort == "post":
                yield _post(number, item, held)
            else:
                yield _comment(number, item.values, reading)


def _post(number: int, item: Row, held: Lookup) -> Row | Bad:
    v = item.values
    id_, title = pick(v, "id", "post_id"), pick(v, "title", "post_title")
    if not title:
        return Bad(number, raw_of(item), "The post has no title.")
    voters = [*held.all("vote", id_), *(held.all("vote", title) if title != id_ else [])]
    voters += [_person({"voter": o}, "voter") for o in objects(v.get("voters"))]
    status = str(pick(v, "status", "post_status") or "open").lower()
    row = {
        "id": f"post:{id_ or title}"[:255],
        "title": title,
        "text": pick(v, "details", "description", "body", "post_details") or "",
        **_person(v, "author"),
        "created_at": pick(v, "created", "created_at", "date_created", "post_created"),
        "url": pick(v, "url", "post_url", "link"),
        "thread": f"post:{id_ or title}"[:255],
        "kind": "request",
        "channel": "portal",
        "status": STATUS.get(status, "open"),
        "voters": voters,
        "votes": pick(v, "score", "votes", "vote_count", "votes_count"),
        "board": dig(v.get("board"), "name") or (v["board"] if isinstance(v.get("board"), str) else None),
        "category": dig(v.get("category"), "name") or (v["category"] if isinstance(v.get("category"), str) else None),
        "tags": [t.get("name") for t in objects(v.get("tags"))]
        or (v["tags"] if isinstance(v.get("tags"), str) else None),
        "status_there": status,
    }
    return Row(number, {**prune(row), "voters": voters})


def _comment(number: int, v: dict[str, Any], reading: Reading) -> Row | Skip:
    private = str(v.get("private", v.get("internal", ""))).lower() == "true"
    if private and "internal" not in reading.switches:
        return Skip(number, "internal comments")
    if dig(v, "author", "isAdmin") and "team" not in reading.switches:
        return Skip(number, "written by the team")
    text = pick(v, "value", "comment")
    if not text:
        return Skip(number, "comments without words")
    row = {
        "id": f"comment:{v['id']}" if v.get("id") else "",
        "text": text,
        **_person(v, "author"),
        "created_at": pick(v, "created", "created_at"),
        "thread": f"post:{_post_of(v)}"[:255],
        "channel": "portal",
    }
    return Row(number, prune(row))


def fits(bundle: Bundle) -> int:
    for part in bundle.ending(*JSON):
        for r in records(part):
            if "canny.io" in str(r.get("url")) or (isinstance(r.get("voter"), dict) and "post" in r):
                return 92
            if {"details", "score", "board"} <= set(r):
                return 88
    for _, names in tables(bundle):
        if {"voter_email", "post_title"} <= names or (
            {"board", "status", "details"} <= names and names & {"title", "post_title"}
        ):
            return 85
    return 0


SOURCE = Source(
    name="canny",
    label="Canny",
    about="A post becomes a voice and an idea with its voters: each of them follows it and hears what becomes of it.",
    channel="portal",
    recipe=(
        "Canny → Admin → the board → Export: posts as CSV; with the votes export beside it the voters come along.",
        "Or the API: posts/list, votes/list and comments/list as JSON files. Choose all files together or as one zip.",
        "Ideas are hidden from the portal until you show them, unless you say so below.",
    ),
    accept=".json,.jsonl,.ndjson,.csv,.gz,.zip",
    read=read,
    fits=fits,
    switches=(
        Switch("publish", "Show the ideas on the portal at once"),
        Switch("internal", "Take in internal comments too"),
        Switch("team", "Take in what the team wrote too"),
    ),
    lasting=True,
)
