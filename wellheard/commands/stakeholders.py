"""stakeholders list|add|touch|import|export, decisions stakeholders."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import click

from wellheard.core.rows import harmless
from wellheard.decide import importing
from wellheard.decide.models import Decision, Stakeholder, Touch
from wellheard.decide.queries import stakeholders as queries
from wellheard.decide.services import stakeholders as services
from wellheard.people.queries.named import person_named

from .answer import Answer, FileHere, Refused, found_in, table, workspace_access
from .decisions import JSON, WHICH, WORKSPACE, decisions

LEVEL = click.IntRange(1, 5)


@click.group()
def stakeholders() -> None:
    """Who has a stake, inside and outside, and how they are involved."""


@stakeholders.command("list")
@click.option("--which", type=click.Choice(["all", "due", "gone"]), default="all", show_default=True)
@WORKSPACE
@JSON
def list_(which: str, slug: str, as_json: bool) -> Answer:
    """The map, or what is due."""
    found = queries.rows(workspace_access(slug).workspace, which)
    lines = [
        (r.stakeholder.pk, r.stakeholder.power, r.stakeholder.interest, r.stakeholder.stance, r.stakeholder.how,
         f"{r.late} days late" if r.late and r.late > 0 else r.stakeholder.due or "", r.stakeholder.name)
        for r in found
    ]  # fmt: skip
    head = ["id", "power", "interest", "stance", "involved", "next", "who"]
    return Answer({"stakeholders": [r.as_dict() for r in found]}, table(head, lines))


@stakeholders.command("add")
@click.argument("name", required=False, default="")
@click.option("--person", default="", help="A known person: id, e-mail address or name.")
@click.option("--role", default="")
@click.option("--power", type=LEVEL, default=3, show_default=True)
@click.option("--interest", type=LEVEL, default=3, show_default=True)
@click.option("--stance", type=click.Choice(Stakeholder.Stance.values), default="unknown", show_default=True)
@click.option("--cares-about", default="")
@click.option("--how", type=click.Choice(Stakeholder.How.values), default="informed", show_default=True)
@click.option("--every", "every_days", type=click.IntRange(0, 730), default=0, help="At least every so many days.")
@click.option("--topic", "topics", multiple=True, help="A word in names and tags; may be repeated.")
@click.option("--everything", is_flag=True, help="Every decision concerns them.")
@WORKSPACE
@JSON
def add(
    name: str, person: str, role: str, power: int, interest: int, stance: str, cares_about: str, how: str, every_days: int,
    topics: tuple[str, ...], everything: bool, slug: str, as_json: bool,
) -> Answer:  # fmt: skip
    """Put somebody on the map: a colleague, a known person or a name from outside."""
    access = workspace_access(slug)
    try:
        known = person_named(access.workspace, person) if person else None
        stake = services.Stake(
            name or str(known or ""), role, power, interest, stance, cares_about, how, every_days, topics=topics, everything=everything
        )  # fmt: skip
        made = services.add(access, stake, person=known)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(queries.row(made).as_dict(), f"{made} is on the map ({made.pk}).")


@stakeholders.command("touch")
@WHICH
@click.argument("note")
@click.option("--what", type=click.Choice(Touch.What.values), default="talked", show_default=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="The day; today when left out.")
@click.option("--decision", type=click.IntRange(1), default=None, help="About this decision.")
@WORKSPACE
@JSON
def touch(
    which: int, note: str, what: str, on: datetime | None, decision: int | None, slug: str, as_json: bool
) -> Answer:
    """Note that we were in touch."""
    access = workspace_access(slug)
    found = found_in(access, Stakeholder, which, "workspace", "member__user", "person")
    about = found_in(access, Decision, decision, "workspace", "bet", "problem", "idea") if decision else None
    try:
        services.touch(access, found, what, note, on.date() if on else None, about)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(queries.row(found).as_dict(), f"Noted.{f' Next on {found.due}.' if found.due else ''}")


@stakeholders.command("import")
@click.argument("file", type=FileHere())
@WORKSPACE
@JSON
def bring(file: Path, slug: str, as_json: bool) -> Answer:
    """Bring stakeholders in from CSV: all rows or none."""
    try:
        added, changed = importing.bring(workspace_access(slug), file.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(f"{file.name} is not valid UTF-8. Save it as UTF-8.") from None
    except ValueError as e:
        raise Refused(f"{file.name}: {e}") from None
    return Answer({"added": added, "changed": changed}, f"{added} added, {changed} changed.")


@stakeholders.command("export")
@WORKSPACE
@JSON
def export(slug: str, as_json: bool) -> Answer:
    """Print the map as CSV, as `import` reads it."""
    rows = importing.table(workspace_access(slug).workspace)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(importing.COLUMNS)
    writer.writerows([[harmless(c) for c in row] for row in rows])
    return Answer(
        {"stakeholders": [dict(zip(importing.COLUMNS, r, strict=True)) for r in rows]}, out.getvalue().rstrip("\n")
    )


@decisions.command("stakeholders")
@WHICH
@WORKSPACE
@JSON
def concerned(which: int, slug: str, as_json: bool) -> Answer:
    """Who must be asked or told of a decision, and by when."""
    access = workspace_access(slug)
    found = found_in(access, Decision, which, "workspace", "bet__workspace", "problem__workspace", "idea__workspace")
    rows = queries.concerned(found)
    lines = [(c.stakeholder.name, c.todo, c.until, f"done {c.done}" if c.done else "late" if c.late else "", ", ".join(c.why)) for c in rows]  # fmt: skip
    return Answer({"stakeholders": [c.as_dict() for c in rows]}, table(["who", "do", "by", "", "why"], lines))


COMMANDS = [stakeholders]
