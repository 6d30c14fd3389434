"""digest: what happened in the loop in some days. tell updates: what those with a stake would read of it."""

from __future__ import annotations

import click

from wellheard.measure import updates as service
from wellheard.measure.digest import days_before, gather

from .answer import Answer, workspace_access
from .tell import tell


@click.command()
@click.option("--every", type=click.Choice(["day", "week", "month"]), default="week", help="How many days.")
@click.option("--workspace", "slug", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def digest(every: str, slug: str, as_json: bool) -> Answer:
    """What happened, up to yesterday."""
    workspace = workspace_access(slug).workspace
    found = gather(workspace, *days_before(workspace, every))
    parts = [f"{found.first} to {found.last}"]
    for section in found.sections:
        rows = [f"  {line.text}{f': {line.detail}' if line.detail else ''}" for line in section.lines]
        parts.append("\n".join([section.title, *rows, *([f"  and {section.more} more"] if section.more else [])]))
    if not found.stirring:
        parts.append("Nothing happened in these days.")
    return Answer(found.as_dict(), "\n\n".join(parts))


@tell.command("updates")
@click.option("--all", "everybody", is_flag=True, help="Everybody on the map, not only who is due.")
@click.option("--workspace", "slug", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def updates(everybody: bool, slug: str, as_json: bool) -> Answer:
    """What each stakeholder who is due would read."""
    rows = service.updates(workspace_access(slug).workspace, everybody)
    data = [
        {"stakeholder": u.stakeholder.pk, "name": u.stakeholder.name, "since": u.since.isoformat(), "lines": u.lines}
        for u in rows
    ]
    parts = [
        "\n".join([u.stakeholder.name, *(f"  {line}" for line in u.lines or ["nothing that concerns them"])])
        for u in rows
    ]
    return Answer({"updates": data}, "\n\n".join(parts) or "Nobody is due.")


COMMANDS = [digest]
