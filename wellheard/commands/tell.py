"""tell: decisions told to those who asked."""

from __future__ import annotations

import click

from wellheard.decide.models import Decision
from wellheard.tell.services import answers

from .answer import Answer, Refused, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def tell() -> None:
    """Telling those who asked."""


@tell.command("decision")
@click.argument("number", type=click.IntRange(1))
@click.option("--words", default="", help="For those who asked, when the decision holds none yet.")
@click.option("--despite", default="", help="Why it is published although not everybody it hurts has acknowledged it.")
@WORKSPACE
@JSON
def decision(number: int, words: str, despite: str, slug: str, as_json: bool) -> Answer:
    """Publish a prepared decision and tell everybody who asked, or tell of one that was published without."""
    access = workspace_access(slug)
    found = Decision.objects.filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no decision {number} in {access.workspace.name}.")
    try:
        if found.published_at is None:
            owed = answers.publish_decision(access, found, despite, words)
        else:
            owed = answers.tell_decision(access, found, words)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": found.pk, "answer": found.answer, "owed": owed}, f"{owed} will be told by mail.")


COMMANDS = [tell]
