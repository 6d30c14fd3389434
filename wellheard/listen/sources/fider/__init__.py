"""Fider: posts, votes and comments; its backup zip, its CSV export, or JSON of its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from wellheard.core import json_stream
from wellheard.core.bundle import Bundle, Part
from wellheard.core.lookup import Lookup, lookup
from wellheard.core.rows import Bad, Row, Skip, raw_of
from wellheard.core.rows import read as read_rows

from ..base import Reading, Records, Source, Switch, prune, who
from ..heads import JSON, cells, dig, inner, objects, pick, records, tables

# Fider's numbers for a status in its backup, and its words elsewhere → ours.
STATUS = {
    "0": "open", "1": "started", "2": "shipped", "3": "declined", "4": "planned", "5": "declined", "6": "declined",
    "open": "open", "planned": "planned", "started": "started", "completed": "shipped", "declined": "declined",
    "duplicate": "declined",
}  # fmt: skip
DELETED = ("6", "deleted")


def _sort(part: Part, v: dict[str, Any]) -> str:
    """What a record is: by the file's name in a backup, else by what it has."""
    name = PurePosixPath(part.name).name.lower()
    for word, sort in (("votes", "vote"), ("users", "user"), ("comments", "comment"), ("posts", "post")):
        if name.endswith(f"{word}.json"):
            return sort
    if "content" in v:
        return "comment"
    if "title" in v:
        return "post"
    return "vote" if "user" in v and "createdAt" in v else ""


def _items(bundle: Bundle, encoding: str) -> Iterator[tuple[str, Row | Bad]]:
    for part in bundle.ending(*JSON):
        if json_stream.is_whole(part.path, encoding):
            items: Iterator[Row | Bad] = (i for _, i in json_stream.objects(part.path, encoding))
        else:
            items = read_rows(part.path, encoding)
        yield from (("post", i) if isinstance(i, Bad) else (_sort(part, i.values), i) for i in items)
    for part, names in tables(bundle, encoding):
        if {"number", "title"} <= names:
            yield from (("post", row) for row in cells(part, encoding))


def read(bundle: Bundle, reading: Reading) -> Records:
    with lookup() as held:
        for sort, item in _items(bundle, reading.encoding):
            if not isinstance(item, Row):
                continue
            v = item.values
            if sort == "user":
                held.add("user", v.get("id"), {k: v.get(k) for k in ("id", "name", "email", "role")})
            elif sort == "vote" and v.get("post_id"):
                held.add("vote", v["post_id"], v.get("user_id"))
            elif sort == "post":
                held.add("number", v.get("id"), v.get("number"))
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
                yield _comment(number, item.values, held, reading)


def _by(v: dict[str, Any], held: Lookup) -> dict[str, Any]:
    user = inner(v.get("user")) or held.one("user", v.get("user_id")) or {}
    id_ = user.get("id") or v.get("user_id")
    return who("fider", id_, user.get("email"), user.get("name") or pick(v, "created_by"))


def _post(number: int, item: Row, held: Lookup) -> Row | Bad | Skip:
    v = item.values
    status = str(pick(v, "status") if pick(v, "status") is not None else "open").lower()
    if status in DELETED:
        return Skip(number, "deleted posts")
    if not v.get("title"):
        return Bad(number, raw_of(item), "The post has no title.")
    voters = [_by({"user_id": user}, held) for user in held.all("vote", v.get("id"))]
    voters += [_by({"user": o.get("user", o)}, held) for o in objects(v.get("votes"))]
    row = {
        "id": f"post:{pick(v, 'number', 'id')}",
        "title": v.get("title"),
        "text": v.get("description") or "",
        **_by(v, held),
        "created_at": pick(v, "createdAt", "created_at"),
        "url": pick(v, "url"),
        "thread": f"post:{pick(v, 'number', 'id')}",
        "kind": "request",
        "channel": "portal",
        "status": STATUS.get(status, "open"),
        "votes": pick(v, "votesCount", "votes_count"),
        "tags": v.get("tags"),
        "response": dig(v.get("response"), "text") or (v["response"] if isinstance(v.get("response"), str) else None),
    }
    return Row(number, {**prune(row), "voters": voters})


def _comment(number: int, v: dict[str, Any], held: Lookup, reading: Reading) -> Row | Skip:
    user = inner(v.get("user")) or held.one("user", v.get("user_id")) or {}
    role = str(user.get("role", "")).lower()
    if role in ("2", "3", "collaborator", "administrator") and "team" not in reading.switches:
        return Skip(number, "written by the team")
    if not v.get("content"):
        return Skip(number, "comments without words")
    post = held.one("number", v.get("post_id")) or v.get("post_id") or ""
    row = {
        "id": f"comment:{v.get('id')}",
        "text": v["content"],
        **_by(v, held),
        "created_at": pick(v, "createdAt", "created_at"),
        "thread": f"post:{post}",
        "channel": "portal",
    }
    return Row(number, prune(row))


def fits(bundle: Bundle) -> int:
    names = {PurePosixPath(part.name).name.lower() for part in bundle.parts}
    if "posts.json" in names and names & {"post_votes.json", "votes.json"}:
        return 90
    for part in bundle.ending(*JSON):
        if any({"title", "slug", "number"} <= set(r) for r in records(part)):
            return 85
    for _, columns in tables(bundle):
        if {"number", "title", "votes_count", "original_number"} <= columns:
            return 88
    return 0


SOURCE = Source(
    name="fider",
    label="Fider",
    about="A post becomes a voice and an idea with its voters: each of them follows it and hears what becomes of it.",
    channel="portal",
    recipe=(
        "Fider → Site settings → Export: the full backup (zip) has voters and comments; posts.csv has the posts only.",
        "JSON of the API (/api/v1/posts) works as well.",
        "Ideas are hidden from the portal until you show them, unless you say so below.",
    ),
    accept=".zip,.json,.csv,.gz",
    read=read,
    fits=fits,
    switches=(
        Switch("publish", "Show the ideas on the portal at once"),
        Switch("team", "Take in what the team wrote too"),
    ),
    lasting=True,
)
