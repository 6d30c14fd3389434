"""segment list|show|create|members|delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from wellheard.people import segments
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Segment
from wellheard.people.queries.segments import SegmentRow, segment_row, segment_rows
from wellheard.people.services import segments as services

from .answer import Answer, FileHere, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SEGMENT = click.argument("segment")
HEAD = ["id", "size", "of", "kind", "name", "who"]


@click.group()
def segment() -> None:
    """Segments: named sets of people or of accounts."""


def _line(row: SegmentRow) -> tuple[Any, ...]:
    held = row.segment
    return (
        held.pk,
        "?" if row.size is None else row.size,
        held.of,
        "live" if held.live else "static",
        held.name,
        row.words,
    )


def _found(access: Access, ref: str) -> Segment:
    try:
        return segments.find(access.workspace, ref)
    except segments.UnknownSegment as e:
        raise Refused(str(e)) from None


@segment.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Every segment, and how many are in it."""
    workspace = workspace_access(slug).workspace
    engine()
    rows = segment_rows(workspace)
    return Answer({"segments": [row.as_dict() for row in rows]}, table(HEAD, [_line(row) for row in rows]))


@segment.command()
@SEGMENT
@WORKSPACE
@JSON
def show(segment: str, slug: str, as_json: bool) -> Answer:
    """One segment, by name or number: its rule, in words and as JSON."""
    found = _found(workspace_access(slug), segment)
    engine()
    row = segment_row(found)
    used = f"\nUsed by {', '.join(row.used_by)}." if row.used_by else ""
    trouble = f"\n{row.trouble}" if row.trouble else ""
    rule = f"\n{json.dumps(found.rule, ensure_ascii=False)}" if found.live else ""
    size = "an unknown number of" if row.size is None else f"{row.size:,}"
    return Answer(row.as_dict(), f"{found.name}: {size} {found.of}\n{row.words}{rule}{used}{trouble}")


@segment.command()
@click.argument("name")
@click.option("--of", "of", type=click.Choice(["people", "accounts"]), default="people", show_default=True)
@click.option("--rule", default="", help="The rule, as JSON.")
@click.option("--rule-file", type=FileHere(), default=None, help="A file that holds the rule.")
@click.option("--list", "listed", type=FileHere(), default=None, help="Static: a file with one id or e-mail a line.")
@click.option("--freeze", default="", help="Static: whoever is in this segment now.")
@WORKSPACE
@JSON
def create(
    name: str, of: str, rule: str, rule_file: Path | None, listed: Path | None, freeze: str, slug: str, as_json: bool
) -> Answer:
    """Make a segment: by a rule (live), from a list, or frozen from another (static)."""
    access = workspace_access(slug)
    if sum(map(bool, (rule, rule_file, listed, freeze))) != 1:
        raise Refused("Give one of --rule, --rule-file, --list and --freeze.")
    engine()
    try:
        if listed:
            made = services.make_list(access, name, of, listed.read_text("utf-8-sig").splitlines())
        elif freeze:
            made = services.freeze_segment(access, segments.find(access.workspace, freeze), name)
        else:
            said = rule_file.read_text("utf-8-sig") if rule_file else rule
            made = services.make_segment(access, name, of, json.loads(said))
    except json.JSONDecodeError as e:
        raise Refused(f"The rule is not JSON: {e}.") from None
    except UnicodeDecodeError:
        raise Refused("The file is not UTF-8 text.") from None
    except ValueError as e:
        raise Refused(str(e)) from None
    row = segment_row(made)
    size = "an unknown number of" if row.size is None else f"{row.size:,}"
    return Answer(row.as_dict(), f"Made the segment {made.name} ({made.pk}): {size} {made.of}.")


@segment.command()
@SEGMENT
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many; all when left out.")
@WORKSPACE
@JSON
def members(segment: str, limit: int | None, slug: str, as_json: bool) -> Answer:
    """Who is in a segment now."""
    access = workspace_access(slug)
    engine()
    try:
        found = segments.members(_found(access, segment))
    except segments.UnknownSegment as e:
        raise Refused(str(e)) from None
    columns = ["id", "external_id", "email", "name"] if found.of == "people" else ["id", "external_id", "name"]
    model: type[Person] | type[Account] = Person if found.of == "people" else Account
    held = model._default_manager.filter(workspace=access.workspace).order_by("pk")
    names = ["pk", *columns[1:]]
    rows = [row for row in held.values_list(*names) if row[0] in found.keys][:limit]
    data = [dict(zip(columns, row, strict=True)) for row in rows]
    return Answer({"of": found.of, "total": len(found), "members": data}, table(columns, rows))


@segment.command()
@SEGMENT
@WORKSPACE
@JSON
def delete(segment: str, slug: str, as_json: bool) -> Answer:
    """Delete a segment that nothing uses."""
    access = workspace_access(slug)
    found = _found(access, segment)
    number, name = found.pk, found.name
    try:
        services.delete_segment(access, found)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"deleted": number}, f"Deleted the segment {name}.")


COMMANDS = [segment]
