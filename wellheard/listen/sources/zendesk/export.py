"""Zendesk's files: which is which is seen by their columns, not by their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wellheard.core import json_stream, plain
from wellheard.core.bundle import Bundle, Part
from wellheard.core.lookup import Lookup, lookup
from wellheard.core.rows import Bad, Row, Skip, raw_of
from wellheard.core.rows import read as read_rows

from ..base import Reading, Records, prune, who
from ..heads import JSON, TABLES, cells, dig, header, inner, objects, pick, records

Item = tuple[str, Row | Bad]
KINDS = {"question": "question", "problem": "bug", "incident": "bug"}
LISTS = ("tickets", "users", "organizations", "comments", "ticket_comments", "organization_memberships", "tags")


def _sort(names: frozenset[str] | set[str]) -> str:
    """What a table or record is, by the names of its columns."""
    if "ticket_id" in names:
        if "body" in names or "html_body" in names:
            return "comment"
        return "tag" if "tag" in names else "other"
    if "requester_id" in names and names & {"subject", "description", "raw_subject"}:
        return "ticket"
    if "role" in names and "email" in names:
        return "user"
    if "shared_tickets" in names or "domain_names" in names:
        return "organization"
    return "other"


def _items(part: Part, encoding: str) -> Iterator[Item]:
    if part.ending in TABLES:
        sort = _sort(frozenset(header(part, encoding)))
        if sort != "other":
            yield from ((sort, row) for row in cells(part, encoding))
        return
    if part.ending not in JSON:
        return
    whole = json_stream.is_whole(part.path, encoding)
    items = (
        json_stream.objects(part.path, encoding, LISTS) if whole else (("", r) for r in read_rows(part.path, encoding))
    )
    for _, item in items:
        if isinstance(item, Bad):
            yield "ticket", item
            continue
        values = item.values
        inner = values.get("ticket")
        values = inner if isinstance(inner, dict) else values
        yield _sort(set(values)), Row(item.line, values)


def read(bundle: Bundle, reading: Reading) -> Records:
    with lookup() as held:
        late: list[Part] = []
        for part in bundle.parts:
            if _joins(part, held, reading.encoding):
                late.append(part)
        number = 0
        for sort in ("ticket", "comment"):
            for part in late:
                for found, item in _items(part, reading.encoding):
                    if found != sort:
                        continue
                    number += 1
                    if isinstance(item, Bad):
                        yield Bad(number, item.raw, item.reason)
                    elif sort == "ticket":
                        for said in _ticket(number, item, held, reading):
                            number = max(number, said.line)
                            yield said
                    elif "no_comments" not in reading.switches:
                        yield _comment(number, item.values, None, held, reading)


def _joins(part: Part, held: Lookup, encoding: str) -> bool:
    """Takes from a file what others are joined with; returns whether it holds tickets or comments."""
    said = False
    for sort, item in _items(part, encoding):
        if sort in ("ticket", "comment"):
            said = True
            if part.ending in TABLES:
                break
        if isinstance(item, Bad):
            continue
        v = item.values
        if sort == "user":
            held.add(
                "user", v.get("id"), {k: v.get(k) for k in ("name", "email", "role", "external_id", "organization_id")}
            )
        elif sort == "organization":
            held.add("organization", v.get("id"), {"name": v.get("name"), "own": v.get("external_id")})
        elif sort == "tag":
            held.add("tag", v.get("ticket_id"), v.get("tag"))
    return said


def _is(value: Any, word: bool) -> bool:
    return str(value).strip().lower() == ("true" if word else "false")


def _author(held: Lookup, user: Any) -> dict[str, Any]:
    known = held.one("user", user) or {}
    return who("zendesk", user, known.get("email"), known.get("name"), known.get("external_id"))


def _account(held: Lookup, organization: Any, user: Any) -> str | None:
    organization = organization or (held.one("user", user) or {}).get("organization_id")
    if not organization:
        return None
    known = held.one("organization", organization) or {}
    return known.get("own") or known.get("name") or f"zendesk:{organization}"


def _staff(held: Lookup, user: Any) -> bool:
    return (held.one("user", user) or {}).get("role") in ("agent", "admin")


def _ticket(number: int, item: Row, held: Lookup, reading: Reading) -> Iterator[Row | Bad | Skip]:
    v = item.values
    requester = pick(v, "requester_id") or dig(v.get("requester"), "id")
    reason = ""
    if str(v.get("status")).lower() == "deleted":
        reason = "deleted tickets"
    elif _is(v.get("is_public"), False) and "internal" not in reading.switches:
        reason = "internal tickets"
    elif _staff(held, requester) and "agents" not in reading.switches:
        reason = "written by an agent"
    text = pick(v, "description", "body") or ""
    if reason:
        yield Skip(number, reason)
    elif not (text or pick(v, "subject", "raw_subject")):
        yield Bad(number, raw_of(item), "The ticket has neither a subject nor a description.")
    else:
        yield Row(number, ticket(v, requester, str(text), held))
    comments = v.get("comments")
    for comment in objects(comments) if "no_comments" not in reading.switches and reason != "deleted tickets" else ():
        if str(comment.get("body") or "").strip() == str(text).strip():
            continue  # the first comment of a ticket is its description
        number += 1
        yield _comment(number, {"ticket_id": v.get("id"), **comment}, v, held, reading)


def ticket(v: dict[str, Any], requester: Any, text: str, held: Lookup) -> dict[str, Any]:
    tags: list[Any] = v["tags"] if isinstance(v.get("tags"), list) else []
    inline = inner(v.get("requester"))
    author = _author(held, requester)
    if "email" not in author and inline:
        author = who("zendesk", requester, inline.get("email"), inline.get("name"), inline.get("external_id"))
    return prune(
        {
            "id": f"ticket:{v.get('id')}",
            "title": pick(v, "subject", "raw_subject"),
            "text": text,
            **author,
            "account": _account(held, v.get("organization_id"), requester),
            "created_at": pick(v, "created_at"),
            "url": str(v.get("url") or "").replace("/api/v2/tickets/", "/agent/tickets/").removesuffix(".json"),
            "thread": f"ticket:{v.get('id')}",
            "kind": KINDS.get(str(v.get("type")).lower(), ""),
            "channel": "support",
            "status_there": v.get("status"),
            "priority": v.get("priority"),
            "type": v.get("type"),
            "via": dig(v.get("via"), "channel") or v.get("via_channel"),
            "tags": list(dict.fromkeys([*map(str, tags), *map(str, held.all("tag", v.get("id")))])),
            **_custom(v.get("custom_fields")),
        }
    )


def _custom(fields: Any) -> dict[str, Any]:
    return {f"field {f.get('id')}": f["value"] for f in objects(fields) if f.get("value") not in (None, "", [])}


def _comment(number: int, v: dict[str, Any], of: dict[str, Any] | None, held: Lookup, reading: Reading) -> Row | Skip:
    user = pick(v, "author_id", "user_id")
    if _is(v.get("public"), False) and "internal" not in reading.switches:
        return Skip(number, "internal notes")
    if _staff(held, user) and "agents" not in reading.switches:
        return Skip(number, "written by an agent")
    if (
        of is not None
        and not held.one("user", user)
        and user != of.get("requester_id")
        and "agents" not in reading.switches
    ):
        return Skip(number, "written by somebody who is not the requester")
    text = v.get("body") or (plain.from_html(str(v["html_body"])) if v.get("html_body") else "")
    if not str(text).strip():
        return Skip(number, "comments without words")
    row = {
        "id": f"comment:{v.get('id')}",
        "text": str(text),
        **_author(held, user),
        "account": _account(held, None, user),
        "created_at": pick(v, "created_at", "created"),
        "thread": f"ticket:{v.get('ticket_id')}",
        "channel": "support",
        "internal": True if _is(v.get("public"), False) else None,
    }
    return Row(number, prune(row))


def fits(bundle: Bundle) -> int:
    for part in bundle.parts:
        if part.ending in TABLES and _sort(frozenset(header(part))) in ("ticket", "comment"):
            return 80
        if part.ending in JSON:
            for values in records(part):
                inner = values.get("ticket")
                if _sort(set(inner if isinstance(inner, dict) else values)) == "ticket":
                    return 90
    return 0
