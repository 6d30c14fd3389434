"""outcome selfcheck: what watches over verdicts."""

from __future__ import annotations

import click

from wellheard.measure.selfcheck.services import Standing, check_workspace, standing

from .answer import Answer, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def outcome() -> None:
    """What watches over verdicts."""


@outcome.command()
@click.option("--show", is_flag=True, help="Only tell what the newest check said.")
@WORKSPACE
@JSON
def selfcheck(show: bool, slug: str, as_json: bool) -> Answer:
    """Try the method on things that did not ship: can “likely” be believed here?"""
    access = workspace_access(slug)
    if not show:
        check_workspace(access.workspace, engine(), access.actor)
    found = standing(access.workspace)
    rows = [(p.name, compared, likely) for p, compared, likely in found.topics]
    return Answer(found.as_dict(), f"{_said(found)}\n{table(['problem', 'comparisons', 'likely'], rows)}".rstrip())


def _said(found: Standing) -> str:
    n = found.newest
    if n is None:
        return "Not checked yet."
    if found.state == "too few":
        return f"Cannot be checked yet: {n.compared} of {found.needed} comparisons could be made." + (
            " “Likely” stays switched off." if n.off else ""
        )
    word = "switched off" if n.off else "in use"
    return f"“Likely” is {word}: {n.likely} of {n.compared} false ({found.share_percent}%); at most {found.allowed_percent}% may be."


COMMANDS = [outcome]
