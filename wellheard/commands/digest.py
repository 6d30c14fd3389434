"""digest: what happened in the loop in some days."""

from __future__ import annotations

import click

from wellheard.measure.digest import days_before, gather

from .answer import Answer, workspace_access


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


COMMANDS = [digest]
